// Batches of small matrices, row-major f64, where a LAPACK call would cost more than its work.
#ifndef LVM_SMALLMATRIX_H
#define LVM_SMALLMATRIX_H

// out[m·cm + n·cn] (+)= Σ_k a[m·am + k·ak] b[k·bk + n·bn] for each of `batches`, strides apart by
// (ab, bb, cb).
#define LVM_DECLARE_PRODUCTS(T, suffix)                                                          \
  void lvm_products_##suffix(const T *a, long ab, long am, long ak, const T *b, long bb, long bk, \
                             long bn, T *out, long cb, long cm, long cn, long batches, long m,   \
                             long n, long k, int accumulate);
LVM_DECLARE_PRODUCTS(double, f64)
LVM_DECLARE_PRODUCTS(float, f32)

// The lower factor of a[n, n] (reads its lower triangle) into out, zeros above; 0 where the matrix is
// not positive definite, and out is then all NaN. out may be a.
int lvm_cholesky(const double *a, double *out, long n);

// X[n, m] = L⁻¹X, or L⁻ᵀX with `transposed`, in place.
void lvm_triangular_solve(const double *l, double *x, long n, long m, int transposed);

#endif
