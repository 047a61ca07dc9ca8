#include "include/special.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

// Φ(−x): ½ erfc(x/√2), corrected for the rounding of x/√2, which erfc magnifies by 2(x/√2)² on the
// right (3e-13 at x = 37).
static double upper_tail(double x) {
  const double root_half = 0.7071067811865476, root_half_low = -4.833646656726457e-17;
  double z = x * root_half;
  double p = 0.5 * erfc(z);
  if (!(z > 1) || p == 0) return p;
  double low = fma(x, root_half, -z) + x * root_half_low;
  // −d/dz log erfc(z) is z + √(z² + 4/π) to some percent: enough for a correction of that size.
  return p - p * low * (z + sqrt(z * z + 1.2732395447351628));
}

static double log_normal_cdf(double x) {
  if (x > 0) return log1p(-upper_tail(x));
  if (x >= -30) return log(upper_tail(-x));
  if (x != x) return x;
  // Mills' ratio, asymptotically: below 1e-17 absolute after five terms from 30 on.
  double z = 1 / (x * x);
  double mills = -z * (1 - z * (3 - z * (15 - z * (105 - z * 945))));
  const double half_log_two_pi = 0.91893853320467274178;
  return -0.5 * x * x - (log(-x) + half_log_two_pi) + log1p(mills);
}

void lvm_normal_cdf_f64(const double *a, double *out, long n) {
  for (long i = 0; i < n; i++) out[i] = upper_tail(-a[i]);
}

void lvm_log_normal_cdf_f64(const double *a, double *out, long n) {
  for (long i = 0; i < n; i++) out[i] = log_normal_cdf(a[i]);
}

void lvm_xlogy_f64(const double *x, const double *y, double *out, long n) {
  for (long i = 0; i < n; i++) out[i] = x[i] == 0 && y[i] == y[i] ? 0 : x[i] * log(y[i]);
}

void lvm_xlog1py_f64(const double *x, const double *y, double *out, long n) {
  for (long i = 0; i < n; i++) out[i] = x[i] == 0 && y[i] == y[i] ? 0 : x[i] * log1p(y[i]);
}
