#ifndef LVM_SPECIAL_H
#define LVM_SPECIAL_H

// Special functions over whole buffers: out[i] = f(a[i]) or f(a[i], b[i]) for i in 0..<n. `out` may be
// one of the inputs. NaN in gives NaN out. Nothing here touches global state (`signgam` included).

#ifdef __cplusplus
extern "C" {
#endif

// log |Γ(x)|; +inf at the poles 0, −1, −2, …
void lvm_lgamma_f64(const double *a, double *out, long n);
// ψ(x) = d/dx log Γ(x) on the whole line; −inf at the poles, its limit from the right.
void lvm_digamma_f64(const double *a, double *out, long n);
// ψ′(x) on the whole line; +inf at the poles.
void lvm_trigamma_f64(const double *a, double *out, long n);

// Φ(x), the standard normal distribution function, with full relative accuracy in the left tail.
void lvm_normal_cdf_f64(const double *a, double *out, long n);
// log Φ(x), with full relative accuracy in both tails: −x²/2 − … on the left, −Φ(−x) on the right.
void lvm_log_normal_cdf_f64(const double *a, double *out, long n);

// log Γ(x + n) − log Γ(x) for x >= 0 and real n >= 0 without cancellation, from n far below the
// rounding of x to n far above it. −inf at x = 0 < n; for other signs log |Γ(x + n) / Γ(x)| by libm.
void lvm_log_rising_f64(const double *x, const double *count, double *out, long n);
// ψ(x + n) − ψ(x) for x > 0, n >= 0 without cancellation: the derivative of log_rising in x.
void lvm_digamma_rising_f64(const double *x, const double *count, double *out, long n);
// log B(a, b) for a, b >= 0 without cancellation; +inf where either is 0, NaN where either is negative.
void lvm_lbeta_f64(const double *a, const double *b, double *out, long n);

// x·log y and x·log(1 + y), both 0 where x is 0 and y is not NaN.
void lvm_xlogy_f64(const double *x, const double *y, double *out, long n);
void lvm_xlog1py_f64(const double *x, const double *y, double *out, long n);

#ifdef __cplusplus
}
#endif

#endif
