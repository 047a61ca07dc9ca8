// Products of Float32 matrices of the sizes that networks have, without packing.
#ifndef LVM_PRODUCTS_H
#define LVM_PRODUCTS_H

// C[m, n] (+)= A[m, k] B[k, n]: B and C row-major, A with any strides. Returns 0 and does nothing where
// the machine lacks AVX-512. The order of additions depends on k alone.
int lvm_sgemm(const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
              long c_row, long m, long n, long k, int add);

// The same with B given as its transpose: B'[n, k], row-major with rows b_row apart.
int lvm_sgemm_transposed(const float *a, long a_row, long a_column, const float *b, long b_row,
                         float *c, long c_row, long m, long n, long k, int add);

#endif
