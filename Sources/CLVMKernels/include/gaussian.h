#ifndef LVM_GAUSSIAN_H
#define LVM_GAUSSIAN_H

#ifdef __cplusplus
extern "C" {
#endif

// Doubles of work space for the two kernels below, for vectors of length d.
long lvm_whitened_workspace(long d, long states);
long lvm_scatter_workspace(long d, long states);

// out[n][states] = |W_k (x - m_k)|^2 for rows x [n][d], means m [states][d] and lower-triangular factors
// W [states][d][d], of which only entries on and below the diagonal are read.
void lvm_whitened_squares(
  const double *x, long n, long d, const double *m, const double *w, long states, double *out,
  double *workspace);

// Rows whose weight for a state is below 2^-160 of the largest around them are left out of its sums.
// Adds to sums [states][d + d*d]: sum_n w_nk (x - c_k), then sum_n w_nk (x - c_k)(x - c_k)^T, for weights
// w [n][states] and reference points c [states][d].
void lvm_weighted_scatter(
  const double *x, long n, long d, const double *c, const double *w, long states, double *sums,
  double *workspace);

#ifdef __cplusplus
}
#endif
#endif
