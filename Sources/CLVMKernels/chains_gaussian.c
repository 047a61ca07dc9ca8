#include "chains_gaussian.h"

#include <math.h>
#include <string.h>

#include "clones.h"

#pragma STDC FP_CONTRACT OFF

static const double epsilon = 2.220446049250313e-16;

long lvm_gaussian_filter_size(long s) { return 6 * s * s + 7 * s; }

double *lvm_gaussian_place(lvm_gaussian_filter *filter, long s, long m, double *workspace) {
  double *p = workspace;
  filter->s = s;
  filter->m = m;
  filter->mean = p, p += s;
  filter->ud = p, p += s * s;
  filter->transition = p, p += s * s;
  filter->noise = p, p += s * s;
  filter->noise_scale = p, p += s;
  filter->rows = p, p += 2 * s * s;
  filter->weights = p, p += 2 * s;
  filter->symmetric = p, p += s * s;
  filter->f = p, p += s;
  filter->g = p, p += s;
  filter->b = p, p += s;
  return p;
}

// P = Σ_k scale[k] rows[k, ·] rows[k, ·]ᵀ by pivoting on the largest remaining share of a variance, so
// that a singular P stops at its rank and each variance counts on its own scale. Returns the rank, or −1
// if P is not positive semidefinite up to rounding. `left` is work space [S, S].
static long factor(const double *p, long s, double *left, double *rows, double *scale) {
  for (long i = 0; i < s; i++) {
    for (long j = 0; j < s; j++) left[i * s + j] = 0.5 * (p[i * s + j] + p[j * s + i]);
  }
  long rank = 0;
  for (; rank < s; rank++) {
    long pivot = -1;
    double best = 8 * (double)s * epsilon;
    for (long i = 0; i < s; i++) {
      double share = left[i * s + i] / p[i * s + i];
      if (share > best) {
        best = share;
        pivot = i;
      }
    }
    if (pivot < 0) break;
    double d = left[pivot * s + pivot];
    double *column = rows + rank * s;
    for (long i = 0; i < s; i++) column[i] = left[i * s + pivot] / d;
    scale[rank] = d;
    for (long i = 0; i < s; i++) {
      for (long j = 0; j < s; j++) left[i * s + j] -= column[i] * d * column[j];
      left[i * s + pivot] = 0;
    }
    for (long j = 0; j < s; j++) left[pivot * s + j] = 0;
  }
  // What is left has to be rounding.
  for (long i = 0; i < s; i++) {
    for (long j = 0; j < s; j++) {
      double bound = 1e-9 * sqrt(p[i * s + i]) * sqrt(p[j * s + j]);
      if (!(fabs(left[i * s + j]) <= bound) || !(bound < INFINITY)) return -1;
    }
  }
  return rank;
}

// Turns Σ_k weights[k] rows[k, ·] rows[k, ·]ᵀ into U D Uᵀ by weighted modified Gram–Schmidt from the
// last coordinate up. Overwrites rows.
LVM_STATIC_CLONES(void, orthogonalize,
    (double *restrict rows, const double *restrict weights, long count, double *restrict ud,
     double *restrict before, long s),
    (rows, weights, count, ud, before, s)) {
  for (long i = 0; i < s; i++) before[i] = 0;
  for (long k = 0; k < count; k++) {
    const double *row = rows + k * s;
    for (long i = 0; i < s; i++) before[i] += weights[k] * row[i] * row[i];
  }
  // What Gram–Schmidt leaves of a dependent row is rounding: its square is this far below.
  double rounding = 4 * (double)s * epsilon * (4 * (double)s * epsilon);
  for (long j = s - 1; j >= 0; j--) {
    double *restrict out = ud + j * s;
    for (long i = 0; i < s; i++) out[i] = 0;
    double d = 0;
    for (long k = 0; k < count; k++) {
      const double *row = rows + k * s;
      double w = weights[k] * row[j];
      d += w * row[j];
      for (long i = 0; i < j; i++) out[i] += w * row[i];
    }
    if (!(d > rounding * before[j])) {
      // NaN has to go on, for the likelihood to show it.
      for (long i = 0; i < j; i++) out[i] = 0;
      out[j] = d != d ? d : 0;
      continue;
    }
    for (long i = 0; i < j; i++) out[i] /= d;
    for (long k = 0; k < count; k++) {
      double *restrict row = rows + k * s;
      double w = row[j];
      for (long i = 0; i < j; i++) row[i] -= w * out[i];
    }
    out[j] = d;
  }
}

static int start(const lvm_gaussian_chain *chain, lvm_gaussian_filter *filter) {
  long s = filter->s;
  memcpy(filter->mean, lvm_row(chain->m0, 0), (size_t)s * sizeof(double));
  long rank =
    factor(lvm_row(chain->p0, 0), s, filter->symmetric, filter->rows, filter->weights);
  if (rank < 0) return 0;
  orthogonalize(filter->rows, filter->weights, rank, filter->ud, filter->f, s);
  return 1;
}

// The rows of A·U and of Q's factor, with their weights; returns their number.
LVM_STATIC_CLONES(long, stack, (lvm_gaussian_filter *filter), (filter)) {
  long s = filter->s, count = 0;
  for (long k = 0; k < s; k++) {
    const double *u = filter->ud + k * s;
    if (u[k] == 0) continue;
    double *restrict row = filter->rows + count * s;
    const double *last = filter->transition + k * s;
    for (long i = 0; i < s; i++) row[i] = last[i];
    for (long l = 0; l < k; l++) {
      const double *restrict column = filter->transition + l * s;
      double w = u[l];
      for (long i = 0; i < s; i++) row[i] += w * column[i];
    }
    filter->weights[count++] = u[k];
  }
  for (long k = 0; k < s; k++) {
    if (filter->noise_scale[k] == 0) continue;
    memcpy(filter->rows + count * s, filter->noise + k * s, (size_t)s * sizeof(double));
    filter->weights[count++] = filter->noise_scale[k];
  }
  return count;
}

int lvm_gaussian_predict(
  const lvm_gaussian_chain *chain, lvm_gaussian_filter *filter, long t, int fresh
) {
  long s = filter->s;
  const double *a = lvm_row(chain->a, t), *offset = lvm_row(chain->b, t);
  if (fresh || chain->a.stride != 0) {
    for (long i = 0; i < s; i++) {
      for (long j = 0; j < s; j++) filter->transition[j * s + i] = a[i * s + j];
    }
  }
  if (fresh || chain->q.stride != 0) {
    long rank = factor(
      lvm_row(chain->q, t), s, filter->symmetric, filter->noise, filter->noise_scale);
    if (rank < 0) return 0;
    for (long k = rank; k < s; k++) filter->noise_scale[k] = 0;
  }
  for (long i = 0; i < s; i++) {
    double sum = 0;
    for (long j = 0; j < s; j++) sum += a[i * s + j] * filter->mean[j];
    filter->f[i] = sum + offset[i];
  }
  memcpy(filter->mean, filter->f, (size_t)s * sizeof(double));
  long count = stack(filter);
  orthogonalize(filter->rows, filter->weights, count, filter->ud, filter->f, s);
  return 1;
}

// Bierman's update with one observation of weights c and noise variance r: leaves variance·gain in
// filter->b and returns the variance of the prediction.
static double update(lvm_gaussian_filter *filter, const double *c, double r) {
  long s = filter->s;
  double alpha = r;
  for (long j = 0; j < s; j++) {
    double *restrict u = filter->ud + j * s;
    double f = c[j];
    for (long i = 0; i < j; i++) f += u[i] * c[i];
    double g = u[j] * f, before = alpha;
    alpha += f * g;
    filter->b[j] = g;
    if (g == 0) continue;
    u[j] *= before / alpha;
    // With nothing before, everything in b is zero.
    double lambda = before == 0 ? 0 : -f / before;
    for (long i = 0; i < j; i++) {
      double old = u[i];
      u[i] = old + filter->b[i] * lambda;
      filter->b[i] += g * old;
    }
  }
  return alpha;
}

int lvm_gaussian_observe(
  const lvm_gaussian_chain *chain, lvm_gaussian_filter *filter, long t, lvm_gaussian_step *steps,
  double log_likelihood[2]
) {
  long s = filter->s;
  const double *c = lvm_row(chain->c, t), *d = lvm_row(chain->d, t), *r = lvm_row(chain->r, t);
  const double *y = lvm_row(chain->y, t), *mask = lvm_row(chain->mask, t);
  for (long i = 0; i < filter->m; i++) {
    if (mask[i] == 0) continue;
    const double *weights = c + i * s;
    double predicted = d[i];
    for (long j = 0; j < s; j++) predicted += weights[j] * filter->mean[j];
    double v = y[i] - predicted;
    double variance = update(filter, weights, r[i]);
    if (!(r[i] >= 0 && variance > 0 && variance < INFINITY)) return 0;
    for (long j = 0; j < s; j++) {
      filter->b[j] /= variance;
      filter->mean[j] += filter->b[j] * v;
    }
    const double log_two_pi = 1.8378770664093454836;
    double term = -0.5 * (log_two_pi + log(variance) + v * v / variance);
    double sum = log_likelihood[0] + term;
    log_likelihood[1] += fabs(log_likelihood[0]) >= fabs(term)
      ? (log_likelihood[0] - sum) + term : (term - sum) + log_likelihood[0];
    log_likelihood[0] = sum;
    if (steps) {
      steps[i].innovation = v;
      steps[i].variance = variance;
      memcpy(steps[i].gain, filter->b, (size_t)s * sizeof(double));
      memcpy(steps[i].ud, filter->ud, (size_t)(s * s) * sizeof(double));
    }
  }
  return 1;
}

double lvm_gaussian_run(
  const lvm_gaussian_chain *chain, lvm_gaussian_filter *filter, double *kept
) {
  long s = filter->s, n = chain->rows;
  double sum[2] = {0, 0};
  if (n == 0) return 0;
  if (!start(chain, filter)) return NAN;
  for (long t = 0; t < n; t++) {
    if (t > 0 && !lvm_gaussian_predict(chain, filter, t, t == 1)) return NAN;
    if (kept) {
      double *row = kept + t * (s + s * s);
      memcpy(row, filter->mean, (size_t)s * sizeof(double));
      memcpy(row + s, filter->ud, (size_t)(s * s) * sizeof(double));
    }
    if (!lvm_gaussian_observe(chain, filter, t, 0, sum)) return NAN;
  }
  return sum[0] + sum[1];
}

void lvm_gaussian_covariance(const double *ud, double *out, long s) {
  memset(out, 0, (size_t)(s * s) * sizeof(double));
  for (long k = 0; k < s; k++) {
    const double *u = ud + k * s;
    double d = u[k];
    if (d == 0) continue;
    for (long i = 0; i <= k; i++) {
      double w = i == k ? d : d * u[i];
      for (long j = 0; j < k; j++) out[i * s + j] += w * u[j];
      out[i * s + k] += w;
    }
  }
}

long lvm_gaussian_chain_workspace(long states, long observations) {
  (void)observations;
  return lvm_gaussian_filter_size(states);
}

double lvm_gaussian_chain_log_likelihood(const lvm_gaussian_chain *chain, double *workspace) {
  lvm_gaussian_filter filter;
  lvm_gaussian_place(&filter, chain->states, chain->observations, workspace);
  return lvm_gaussian_run(chain, &filter, 0);
}

void lvm_gaussian_chain_row_terms(
  const lvm_gaussian_chain *chain, double *terms, double *workspace
) {
  lvm_gaussian_filter filter;
  lvm_gaussian_place(&filter, chain->states, chain->observations, workspace);
  if (chain->rows == 0 || !start(chain, &filter)) return;
  for (long t = 0; t < chain->rows; t++) {
    if (t > 0 && !lvm_gaussian_predict(chain, &filter, t, t == 1)) return;
    double sum[2] = {0, 0};
    if (!lvm_gaussian_observe(chain, &filter, t, 0, sum)) return;
    terms[t] = sum[0] + sum[1];
  }
}
