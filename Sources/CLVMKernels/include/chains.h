#ifndef LVM_CHAINS_H
#define LVM_CHAINS_H

// Kernels over one segment of a chain: `rows` consecutive rows of a plate. Matrices are row-major. Work
// space is given by the caller, in doubles, uninitialised; nothing allocates and nothing is shared.

#ifdef __cplusplus
extern "C" {
#endif

// An input whose value at row t of the segment starts at data + t·stride; stride 0 if it is the same
// on all rows.
typedef struct {
  const double *data;
  long stride;
} lvm_chain_input;

// A chain over K finite states with log factors: initial [K] (the first row's is used), transition
// [K, K] from row to column (row t's leads into t; the first row's is not used), emission [K].
// Factors need not be normalised; −inf is a structural zero.
typedef struct {
  long rows, states;
  lvm_chain_input log_initial, log_transition, log_emission;
} lvm_finite_chain;

long lvm_finite_chain_workspace(long states);

// log Σ over paths of exp(sum of log factors): −inf if no path is possible, 0 with no rows, NaN if a
// used factor is NaN or +inf.
double lvm_finite_chain_log_normalizer(const lvm_finite_chain *chain, double *workspace);

// Posterior marginals [K] at marginals + t·marginal_stride (stride at least K) and, unless pairs is
// null, posterior pairs [K, K] (previous, this) at pairs + t·pair_stride, zero in the first row. With
// pair_stride 0 the pairs are added to what is there, over all rows. Zeros if no path is possible; NaN if
// the log normaliser is. Returns the log normaliser.
double lvm_finite_chain_posterior(
  const lvm_finite_chain *chain, double *marginals, long marginal_stride, double *pairs,
  long pair_stride, double *workspace);

// A linear-Gaussian state chain: x₁ ~ N(m0, P0); x_t = A x_{t−1} + b + N(0, Q); y_t = C x_t + d +
// N(0, diag R). m0 and P0 are the first row's; A, b, Q of row t lead into t. mask is 0 where y is missing.
typedef struct {
  long rows, states, observations;
  lvm_chain_input m0, p0, a, b, q, c, d, r, y, mask;
} lvm_gaussian_chain;

long lvm_gaussian_chain_workspace(long states, long observations);
// The work space of the two kernels that go backwards: linear in rows.
long lvm_gaussian_chain_backward_workspace(long rows, long states, long observations);

// The log likelihood. NaN if P0 or Q is not positive semidefinite, R is negative, or an observation has
// prediction variance zero.
double lvm_gaussian_chain_log_likelihood(const lvm_gaussian_chain *chain, double *workspace);

// What each row adds to the log likelihood: log p(y_t | y_1 … y_{t−1}) at terms + t. Rows from the first
// that has none on are left as they were.
void lvm_gaussian_chain_row_terms(
  const lvm_gaussian_chain *chain, double *terms, double *workspace);

// Gradients of the log likelihood with respect to each input, packed per row at out + t·out_stride in
// the order m0, P0, A, b, Q, C, d, R, y: 2S + 3S² + MS + 3M numbers. Those of P0 and Q are the
// symmetric G with dL = Σ G_ij dP_ij. Returns the log likelihood; all NaN where that is NaN.
double lvm_gaussian_chain_adjoint(
  const lvm_gaussian_chain *chain, double *out, long out_stride, double *workspace);

// Smoothed means [S] and covariances [S, S], packed per row at out + t·out_stride. Returns the log
// likelihood; all NaN where that is NaN.
double lvm_gaussian_chain_smoother(
  const lvm_gaussian_chain *chain, double *out, long out_stride, double *workspace);

#ifdef __cplusplus
}
#endif

#endif
