// The filter that the Gaussian chain's kernels share. Covariances are held as P = U D Uᵀ, U unit upper
// triangular (Bierman 1977; Thornton 1976): a square-root form without square roots, which takes zero
// variances as they come. Stored transposed: row j has U[0…j−1, j], then D[j], then zeros.
#ifndef LVM_CHAINS_GAUSSIAN_H
#define LVM_CHAINS_GAUSSIAN_H

#include "include/chains.h"

typedef struct {
  long s, m;
  double *mean, *ud;           // the state's distribution as it stands: [S], [S, S]
  double *transition;          // A transposed
  double *noise, *noise_scale; // Q = Σ_k scale[k] noise[k, ·] noise[k, ·]ᵀ
  double *rows, *weights;      // the stacked factor of a prediction: [2S, S], [2S]
  double *symmetric;           // [S, S]
  double *f, *g, *b;           // [S] each
} lvm_gaussian_filter;

// What one observation did; the gain and the covariance after it are for the way back.
typedef struct {
  double innovation, variance;
  double *gain, *ud;
} lvm_gaussian_step;

static inline const double *lvm_row(lvm_chain_input input, long row) {
  return input.data + row * input.stride;
}

// Lays out the filter at the start of the work space and returns the first double after it.
double *lvm_gaussian_place(lvm_gaussian_filter *filter, long s, long m, double *workspace);
long lvm_gaussian_filter_size(long s);

// Runs over all rows, keeping the predicted mean and covariance factor of row t at
// kept + t·(S + S²) if kept is not null. Returns the log likelihood.
double lvm_gaussian_run(
  const lvm_gaussian_chain *chain, lvm_gaussian_filter *filter, double *kept);

// Predicts row t from row t − 1; `fresh` when a row-free A and Q have not been taken in yet. Leaves V of
// [A·U, noise] = (new U)·V in `rows`, transposed, with its columns' weights; columns of zero weight are
// left out. Returns 0 if Q is not positive semidefinite.
int lvm_gaussian_predict(
  const lvm_gaussian_chain *chain, lvm_gaussian_filter *filter, long t, int fresh);

// Takes in the observations of row t; steps [M] is null or holds a place for each. Adds to
// log_likelihood (sum and compensation); returns 0 if an observation has no density.
int lvm_gaussian_observe(
  const lvm_gaussian_chain *chain, lvm_gaussian_filter *filter, long t, lvm_gaussian_step *steps,
  double log_likelihood[2]);

// out = U D Uᵀ as a full matrix.
void lvm_gaussian_covariance(const double *ud, double *out, long s);

#endif
