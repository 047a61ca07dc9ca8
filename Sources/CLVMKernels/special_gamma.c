// lgamma_r is an extension to C11: glibc shows it with the first macro, Darwin with the second.
#define _DEFAULT_SOURCE 1
#define _REENTRANT 1
#include "include/special.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

// From here on the asymptotic series below are exact to rounding with eight terms: the ninth is under
// 3e-18 absolute for log Γ and ψ, and under 6e-17 of ψ′.
static const double asymptotic_from = 10.0;

static double log_gamma(double x) {
  int sign;
  return lgamma_r(x, &sign);
}

// Coefficients of Stirling's series for log Γ in odd powers of 1/x: B(2k) / (2k (2k − 1)).
static const double stirling[8] = {
  1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360360.0,
  1.0 / 156.0, -3617.0 / 122400.0,
};

// B(2k) / 2k for ψ, in powers of 1/x².
static const double psi_series[8] = {
  1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32760.0, 1.0 / 12.0,
  -3617.0 / 8160.0,
};

// B(2k) for ψ′.
static const double bernoulli[8] = {
  1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0,
  -3617.0 / 510.0,
};

static double series(const double coefficients[8], double z) {
  double sum = coefficients[7];
  for (int k = 6; k >= 0; k--) sum = sum * z + coefficients[k];
  return sum;
}

// The divided difference (P(v) − P(u)) / (v − u) of the polynomial; P(v) goes to *at_v.
static double divided_difference(const double coefficients[8], double u, double v, double *at_v) {
  double value = coefficients[7], slope = 0;
  for (int k = 6; k >= 0; k--) {
    slope = slope * u + value;
    value = value * v + coefficients[k];
  }
  *at_v = value;
  return slope;
}

// log Γ(x) − [(x − ½) log x − x + ½ log 2π] for x >= asymptotic_from.
static double stirling_correction(double x) {
  double u = 1 / x;
  return u * series(stirling, u * u);
}

// log(1 + t) − t for t >= 0.
static double log1p_minus(double t) {
  if (t > 0.25) return log1p(t) - t;
  // With r = t / (2 + t): log(1 + t) = 2 atanh r, and 2r − t = −t r.
  double r = t / (2 + t), z = r * r;
  double tail = 0;
  for (int k = 17; k >= 3; k -= 2) tail = tail * z + 1.0 / k;
  return 2 * r * z * tail - t * r;
}

// ψ on [1, 2] is (x − root) times a polynomial, so that it keeps relative accuracy at its root. The
// polynomial is the Chebyshev interpolant of degree 23 in powers of x − 3/2 (error below 1e-18).
static double digamma_near_root(double x) {
  static const double c[24] = {
    0.95105587603183287931, -0.42362742128146049282, 0.24054248424078737018,
    -0.14840492305391873054, 0.094988724452828179873, -0.061922133271540863262,
    0.040760833944741226698, -0.026975796849870900947, 0.017907248192288752217,
    -0.011908215022954471982, 0.0079270241368436363362, -0.0052800202644503058763,
    0.0035180792717028123689, -0.0023446244638506526659, 0.0015635739915515124089,
    -0.0010424375640517787341, 0.00068994285142190894795, -0.00045917430083105223377,
    0.00032689316473621456341, -0.00022008418201681152411, 0.000091588168821170009713,
    -0.000057604886525567203956, 0.00012241591000024266397, -0.000084012895637604893548,
  };
  const double root = 1.4616321449683622, root_low = 9.549995429965697e-17;
  double u = x - 1.5, g = c[23];
  for (int k = 22; k >= 0; k--) g = g * u + c[k];
  return ((x - root) - root_low) * g;
}

static double digamma_positive(double x) {
  if (x >= asymptotic_from) {
    double u = 1 / x;
    return log(x) - 0.5 * u - u * u * series(psi_series, u * u);
  }
  if (x < 1) return digamma_near_root(x + 1) - 1 / x;
  // ψ(x) = ψ(x − 1) + 1 / (x − 1), down to [1, 2]: every term is positive, every x − 1 exact.
  double sum = 0;
  while (x > 2) {
    x -= 1;
    sum += 1 / x;
  }
  return digamma_near_root(x) + sum;
}

static const double pi = 3.14159265358979323846;

static double digamma(double x) {
  if (x != x) return x;
  if (x > 0) return isinf(x) ? x : digamma_positive(x);
  if (isinf(x)) return NAN;
  // Reflection: ψ(x) = ψ(1 − x) − π cot πx, with x reduced exactly to within ½ of an integer.
  double r = x - rint(x);
  if (r == 0) return -INFINITY;
  double cotangent = fabs(r) <= 0.25
    ? 1 / tan(pi * r) : copysign(tan(pi * (0.5 - fabs(r))), r);
  return digamma_positive(1 - x) - pi * cotangent;
}

static double trigamma_positive(double x) {
  double sum = 0;
  while (x < asymptotic_from) {
    sum += 1 / (x * x);
    x += 1;
  }
  double u = 1 / x, z = u * u;
  return sum + (u + (0.5 * z + u * z * series(bernoulli, z)));
}

static double trigamma(double x) {
  if (x != x) return x;
  if (x > 0) return trigamma_positive(x);
  if (isinf(x)) return NAN;
  double r = x - rint(x);
  if (r == 0) return INFINITY;
  double s = sin(pi * r) / pi;
  return 1 / (s * s) - trigamma_positive(1 - x);
}

// x >= asymptotic_from, n >= 0. Stirling's formula at x + n less that at x, arranged so that each term
// is small beside n log x or harmless.
static double log_rising_large(double x, double n) {
  double t = n / x;
  double u = 1 / x, v = 1 / (x + n);
  double at_v;
  double slope = divided_difference(stirling, u * u, v * v, &at_v);
  double correction = -(n * u * v) * (at_v + u * (u + v) * slope);
  return n * log(x) + (x * log1p_minus(t) + (n - 0.5) * log1p(t)) + correction;
}

static double log_rising(double x, double n) {
  if (x != x || n != n) return NAN;
  if (n == 0) return 0;
  if (!(x >= 0 && n > 0)) return log_gamma(x + n) - log_gamma(x);
  if (x == 0) return -INFINITY;
  if (isinf(x) || isinf(n)) return INFINITY;
  if (n <= 8 && n == rint(n) && x < 1e30) {
    double product = x;
    for (int i = 1; i < (int)n; i++) product *= x + i;
    // A subnormal or rounded-away product only for x near 1e-308: leave that to the general way.
    if (product > 1e-290) return log(product);
  }
  if (x >= asymptotic_from) return log_rising_large(x, n);

  // Γ(x + n) / Γ(x) = Γ(x + k + n) / Γ(x + k) over Π (1 + n / (x + i)); the product less 1 is summed
  // so that it keeps relative accuracy for tiny n.
  double excess = 0, logs = 0;
  while (x < asymptotic_from) {
    double term = n / x;
    if (excess > 1e200 || term > 1e100) {
      logs += log1p(excess);
      excess = 0;
    }
    if (isinf(term)) logs += log(n) - log(x);
    else excess += term + excess * term;
    x += 1;
  }
  return log_rising_large(x, n) - (logs + log1p(excess));
}

static double digamma_rising(double x, double n) {
  if (x != x || n != n) return NAN;
  if (n == 0) return 0;
  if (!(x > 0 && n > 0)) return digamma(x + n) - digamma(x);
  if (isinf(x)) return 0;
  if (isinf(n)) return INFINITY;
  // ψ(x + n) − ψ(x) = Σ n / ((x + i)(x + i + n)) + the same at x + k: all terms are positive.
  double sum = 0;
  while (x < asymptotic_from) {
    sum += n / (x + n) / x;
    x += 1;
  }
  double u = 1 / x, v = 1 / (x + n), at_v;
  double slope = divided_difference(psi_series, u * u, v * v, &at_v);
  // P(z) = z·series(z), so P(v²) − P(u²) = (v² − u²)(series(v²) + u²·slope), and v − u = −n u v.
  double square_part = (u + v) * (at_v + u * u * slope);
  return sum + (log1p(n / x) + n * u * v * (0.5 + square_part));
}

static double lbeta(double a, double b) {
  if (a != a || b != b || a < 0 || b < 0) return NAN;
  if (a > b) {
    double swap = a;
    a = b;
    b = swap;
  }
  if (a == 0) return INFINITY;
  if (isinf(b)) return -INFINITY;
  if (a < asymptotic_from) return log_gamma(a) - log_rising(b, a);
  // DiDonato & Morris (1992), ACM TOMS 18, algorithm 708, for both arguments large.
  double ratio = a / b, share = ratio / (1 + ratio);
  double correction =
    stirling_correction(a) + (stirling_correction(b) - stirling_correction(a + b));
  const double half_log_two_pi = 0.91893853320467274178;
  double log_share = ratio > 0.5 ? -log1p(1 / ratio) : log(share);
  return (a - 0.5) * log_share - b * log1p(ratio) - 0.5 * log(b) + half_log_two_pi + correction;
}

void lvm_lgamma_f64(const double *a, double *out, long n) {
  for (long i = 0; i < n; i++) out[i] = log_gamma(a[i]);
}

void lvm_digamma_f64(const double *a, double *out, long n) {
  for (long i = 0; i < n; i++) out[i] = digamma(a[i]);
}

void lvm_trigamma_f64(const double *a, double *out, long n) {
  for (long i = 0; i < n; i++) out[i] = trigamma(a[i]);
}

void lvm_log_rising_f64(const double *x, const double *count, double *out, long n) {
  for (long i = 0; i < n; i++) out[i] = log_rising(x[i], count[i]);
}

void lvm_digamma_rising_f64(const double *x, const double *count, double *out, long n) {
  for (long i = 0; i < n; i++) out[i] = digamma_rising(x[i], count[i]);
}

void lvm_lbeta_f64(const double *a, const double *b, double *out, long n) {
  for (long i = 0; i < n; i++) out[i] = lbeta(a[i], b[i]);
}
