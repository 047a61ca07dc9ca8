#include <math.h>
#include <string.h>

#include "chains_gaussian.h"
#include "clones.h"

#pragma STDC FP_CONTRACT OFF

long lvm_gaussian_chain_backward_workspace(long rows, long states, long observations) {
  long s = states;
  return lvm_gaussian_filter_size(s) + rows * (s + s * s) + observations * (s + s * s + 4)
    + 6 * s * s + 4 * s;
}

// out = a·b; any of them [S, S]. `a` transposed if asked.
LVM_STATIC_CLONES(void, multiply,
    (const double *restrict a, int transposed, const double *restrict b, double *restrict out,
     long s),
    (a, transposed, b, out, s)) {
  for (long i = 0; i < s; i++) {
    double *restrict row = out + i * s;
    for (long j = 0; j < s; j++) row[j] = 0;
    for (long k = 0; k < s; k++) {
      double w = transposed ? a[k * s + i] : a[i * s + k];
      if (w == 0) continue;
      const double *restrict from = b + k * s;
      for (long j = 0; j < s; j++) row[j] += w * from[j];
    }
  }
}

// out = a·x, or aᵀ·x.
static void apply(const double *a, int transposed, const double *x, double *out, long s) {
  for (long i = 0; i < s; i++) {
    double sum = 0;
    for (long j = 0; j < s; j++) sum += (transposed ? a[j * s + i] : a[i * s + j]) * x[j];
    out[i] = sum;
  }
}

// out = U D Uᵀ x.
static void apply_factor(const double *ud, const double *x, double *out, long s) {
  for (long j = 0; j < s; j++) {
    const double *u = ud + j * s;
    double w = x[j];
    for (long i = 0; i < j; i++) w += u[i] * x[i];
    w *= u[j];
    for (long i = 0; i < j; i++) out[i] += w * u[i];
    out[j] = w;
  }
}

static void symmetrize(double *a, long s) {
  for (long i = 0; i < s; i++) {
    for (long j = 0; j < i; j++) {
      double mean = 0.5 * (a[i * s + j] + a[j * s + i]);
      a[i * s + j] = mean;
      a[j * s + i] = mean;
    }
  }
}

// ½(r rᵀ − N): the gradient with respect to a covariance that enters the prediction.
static void covariance_gradient(const double *r, const double *n, double *out, long s) {
  for (long i = 0; i < s; i++) {
    for (long j = 0; j < s; j++) out[i * s + j] = 0.5 * (r[i] * r[j] - n[i * s + j]);
  }
}

// Brings the filter to row t after its observations, from what the run kept of its prediction.
static void restore(
  const lvm_gaussian_chain *chain, lvm_gaussian_filter *filter, const double *kept, long t,
  lvm_gaussian_step *steps
) {
  long s = filter->s;
  const double *row = kept + t * (s + s * s);
  double ignored[2] = {0, 0};
  memcpy(filter->mean, row, (size_t)s * sizeof(double));
  memcpy(filter->ud, row + s, (size_t)(s * s) * sizeof(double));
  lvm_gaussian_observe(chain, filter, t, steps, ignored);
}

static void fill(double *out, long stride, long width, long rows) {
  for (long t = 0; t < rows; t++) {
    for (long j = 0; j < width; j++) out[t * stride + j] = NAN;
  }
}

// r and N of Durbin & Koopman (2012), sections 4.4 and 4.5: given all that comes later, the smoothed
// state is a + P r with variance P − P N P, for (a, P) filtered up to that point.
typedef struct {
  double *r, *n, *smoothed, *nk, *pnk;
} backward;

// Takes r and N back over row t's observations and writes the gradients of C, d, R, y.
static void adjoint_observations(
  const lvm_gaussian_chain *chain, long t, const lvm_gaussian_step *steps, backward *back, double *gc,
  double *gd, double *gr, double *gy
) {
  long s = chain->states;
  const double *c = lvm_row(chain->c, t), *mask = lvm_row(chain->mask, t);
  for (long i = chain->observations - 1; i >= 0; i--) {
    if (mask[i] == 0) continue;
    const lvm_gaussian_step *step = steps + i;
    const double *weights = c + i * s, *gain = step->gain;
    apply(back->n, 0, gain, back->nk, s);
    double u = step->innovation / step->variance, precision = 1 / step->variance;
    for (long j = 0; j < s; j++) {
      u -= gain[j] * back->r[j];
      precision += gain[j] * back->nk[j];
    }
    // u is R⁻¹ times the smoothed noise, `precision` R⁻² times what smoothing took off its variance:
    // neither needs R to be positive. Likewise K − P N K is R⁻¹ times the smoothed covariance times c.
    gd[i] = u;
    gy[i] = -u;
    gr[i] = 0.5 * (u * u - precision);
    apply_factor(step->ud, back->nk, back->pnk, s);
    for (long j = 0; j < s; j++) {
      gc[i * s + j] = u * back->smoothed[j] - (gain[j] - back->pnk[j]);
    }
    for (long j = 0; j < s; j++) {
      back->r[j] += weights[j] * u;
      for (long l = 0; l <= j; l++) {
        double v = back->n[j * s + l] - weights[j] * back->nk[l] - back->nk[j] * weights[l]
          + precision * weights[j] * weights[l];
        back->n[j * s + l] = v;
        back->n[l * s + j] = v;
      }
    }
  }
}

double lvm_gaussian_chain_adjoint(
  const lvm_gaussian_chain *chain, double *out, long out_stride, double *workspace
) {
  long s = chain->states, m = chain->observations, n = chain->rows, ss = s * s;
  long width = 2 * s + 3 * ss + m * s + 3 * m;
  lvm_gaussian_filter filter;
  double *p = lvm_gaussian_place(&filter, s, m, workspace);
  double *kept = p;
  p += n * (s + ss);
  double value = lvm_gaussian_run(chain, &filter, kept);
  if (value != value) {
    fill(out, out_stride, width, n);
    return value;
  }
  // One record an observation, in the space set aside: gain, factor, and the record itself apart.
  double *records = p;
  p += m * (s + ss);
  backward back = {p, p + s, p + s + ss, p + 2 * s + ss, p + 3 * s + ss};
  p += 4 * s + ss;
  double *covariance = p, *na = p + ss, *nap = p + 2 * ss;
  memset(back.r, 0, (size_t)s * sizeof(double));
  memset(back.n, 0, (size_t)ss * sizeof(double));

  for (long t = n - 1; t >= 0; t--) {
    double *row = out + t * out_stride;
    memset(row, 0, (size_t)width * sizeof(double));
    lvm_gaussian_step *steps = (lvm_gaussian_step *)(p + 3 * ss);
    for (long i = 0; i < m; i++) {
      steps[i].gain = records + i * (s + ss);
      steps[i].ud = steps[i].gain + s;
    }
    restore(chain, &filter, kept, t, steps);
    if (t + 1 < n) {
      double *next = out + (t + 1) * out_stride;
      double *ga = next + s + ss, *gb = ga + ss, *gq = gb + s;
      const double *a = lvm_row(chain->a, t + 1);
      memcpy(gb, back.r, (size_t)s * sizeof(double));
      covariance_gradient(back.r, back.n, gq, s);
      lvm_gaussian_covariance(filter.ud, covariance, s);
      multiply(back.n, 0, a, na, s);
      multiply(na, 0, covariance, nap, s);
      apply(a, 1, back.r, back.nk, s);
      memcpy(back.r, back.nk, (size_t)s * sizeof(double));
      apply_factor(filter.ud, back.r, back.smoothed, s);
      for (long j = 0; j < s; j++) back.smoothed[j] += filter.mean[j];
      for (long i = 0; i < s; i++) {
        for (long j = 0; j < s; j++) ga[i * s + j] = gb[i] * back.smoothed[j] - nap[i * s + j];
      }
      multiply(a, 1, na, back.n, s);
      symmetrize(back.n, s);
    } else {
      memcpy(back.smoothed, filter.mean, (size_t)s * sizeof(double));
    }
    double *gc = row + 2 * s + 3 * ss, *gd = gc + m * s, *gr = gd + m, *gy = gr + m;
    adjoint_observations(chain, t, steps, &back, gc, gd, gr, gy);
    if (t == 0) {
      memcpy(row, back.r, (size_t)s * sizeof(double));
      covariance_gradient(back.r, back.n, row + s, s);
    }
  }
  return value;
}

// The smoother's gain P Aᵀ (U D Uᵀ)⁺, transposed, for the filtered P with factor `before` and the
// prediction just made from it: A P is U·V times the filtered factor, so only Uᵀ is left to solve with.
LVM_STATIC_CLONES(void, smoother_gain,
    (const lvm_gaussian_filter *filter, const double *restrict before, double *restrict gain,
     long s),
    (filter, before, gain, s)) {
  for (long j = 0; j < s; j++) {
    double *restrict row = gain + j * s;
    for (long l = 0; l < s; l++) row[l] = 0;
    double d = filter->ud[j * s + j];
    if (d > 0) {
      long kept = 0;
      for (long k = 0; k < s; k++) {
        const double *u = before + k * s;
        if (u[k] == 0) continue;
        double w = filter->rows[kept++ * s + j] * u[k] / d;
        for (long l = 0; l < k; l++) row[l] += w * u[l];
        row[k] += w;
      }
    }
    for (long i = 0; i < j; i++) {
      double w = filter->ud[j * s + i];
      for (long l = 0; l < s; l++) row[l] -= w * gain[i * s + l];
    }
  }
}

// out += b · diagonal of ud · bᵀ, for b whose row k (stored transposed) belongs to variance k.
LVM_STATIC_CLONES(void, add_weighted,
    (const double *restrict rows, const double *restrict ud, double *restrict out, long s),
    (rows, ud, out, s)) {
  for (long k = 0; k < s; k++) {
    double d = ud[k * s + k];
    const double *row = rows + k * s;
    for (long i = 0; i < s; i++) {
      double w = d * row[i];
      for (long j = 0; j < s; j++) out[i * s + j] += w * row[j];
    }
  }
}

double lvm_gaussian_chain_smoother(
  const lvm_gaussian_chain *chain, double *out, long out_stride, double *workspace
) {
  long s = chain->states, n = chain->rows, ss = s * s;
  lvm_gaussian_filter filter;
  double *p = lvm_gaussian_place(&filter, s, chain->observations, workspace);
  double *kept = p;
  p += n * (s + ss);
  double value = lvm_gaussian_run(chain, &filter, kept);
  if (value != value) {
    fill(out, out_stride, s + ss, n);
    return value;
  }
  double *gain = p, *left = p + ss, *right = p + 2 * ss, *work = p + 3 * ss, *factor = p + 4 * ss;
  double *change = p + 5 * ss;
  for (long t = n - 1; t >= 0; t--) {
    double *mean = out + t * out_stride, *covariance = mean + s;
    restore(chain, &filter, kept, t, 0);
    memcpy(mean, filter.mean, (size_t)s * sizeof(double));
    lvm_gaussian_covariance(filter.ud, covariance, s);
    if (t + 1 == n) continue;

    // Rauch–Tung–Striebel with the gain J = P Aᵀ (predicted P)⁺, transposed here, and the covariance in
    // the form (I − J A) P (I − J A)ᵀ + J (Q + V) Jᵀ, where P − J(…)Jᵀ would cancel.
    const double *next = out + (t + 1) * out_stride, *predicted = kept + (t + 1) * (s + ss);
    const double *a = lvm_row(chain->a, t + 1), *q = lvm_row(chain->q, t + 1);
    memcpy(factor, filter.ud, (size_t)ss * sizeof(double));
    lvm_gaussian_predict(chain, &filter, t + 1, 0);
    smoother_gain(&filter, factor, gain, s);
    for (long j = 0; j < s; j++) change[j] = next[j] - predicted[j];
    apply(gain, 1, change, work, s);
    for (long j = 0; j < s; j++) mean[j] += work[j];

    // left = I − J A; work = (left·U)ᵀ.
    multiply(gain, 1, a, left, s);
    for (long i = 0; i < ss; i++) left[i] = -left[i];
    for (long i = 0; i < s; i++) left[i * s + i] += 1;
    for (long k = 0; k < s; k++) {
      const double *u = factor + k * s;
      for (long i = 0; i < s; i++) {
        double sum = left[i * s + k];
        for (long l = 0; l < k; l++) sum += left[i * s + l] * u[l];
        work[k * s + i] = sum;
      }
    }
    for (long i = 0; i < s; i++) {
      for (long j = 0; j < s; j++) {
        right[i * s + j] = 0.5 * (q[i * s + j] + q[j * s + i]) + next[s + i * s + j];
      }
    }
    multiply(right, 0, gain, left, s);
    multiply(gain, 1, left, covariance, s);
    add_weighted(work, factor, covariance, s);
    symmetrize(covariance, s);
  }
  return value;
}
