// Elementary functions as branch-free inline code that compilers vectorise: about 1 ulp, right at
// infinities, NaN, subnormals and huge arguments. Methods: fdlibm (Sun Microsystems, 1993) for the
// logarithm's polynomial, Cody & Waite (1980) argument reduction for the exponential.
#ifndef LVM_VECTORMATH_H
#define LVM_VECTORMATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "clones.h"

#pragma STDC FP_CONTRACT OFF

// Adding this rounds to an integer and leaves it in the low bits of the sum.
#define LVM_MAGIC 6755399441055744.0
#define LVM_LN2_HI 6.93147180369123816490e-01
#define LVM_LN2_LO 1.90821492927058770002e-10

LVM_INLINE uint64_t lvm_bits(double x) {
  uint64_t u;
  memcpy(&u, &x, 8);
  return u;
}

LVM_INLINE double lvm_from_bits(uint64_t u) {
  double x;
  memcpy(&x, &u, 8);
  return x;
}

#if defined(__has_builtin)
#if __has_builtin(__builtin_elementwise_sqrt)
#define LVM_SQRT(x) __builtin_elementwise_sqrt(x)
#endif
#endif
#ifndef LVM_SQRT
#define LVM_SQRT(x) (sizeof(x) == 4 ? sqrtf(x) : sqrt(x))
#endif

LVM_INLINE double lvm_sqrt1(double x) { return LVM_SQRT(x); }
LVM_INLINE double lvm_abs1(double x) { return fabs(x); }
LVM_INLINE double lvm_floor1(double x) { return __builtin_floor(x); }

// A fused multiply-add in every clone, so that clones agree; without the instruction it is a slow call.
LVM_INLINE double lvm_fma1(double a, double b, double c) { return __builtin_fma(a, b, c); }

LVM_INLINE double lvm_nan1(void) { return lvm_from_bits(0x7ff8000000000000ull); }
LVM_INLINE double lvm_inf1(void) { return lvm_from_bits(0x7ff0000000000000ull); }

// (exp(r) - 1 - r) / r^2 for |r| <= ln 2 / 2: minimax (Remez), relative error of exp(r) 7e-19. Summed in
// pairs (Estrin): a chain of eleven dependent steps would leave the arithmetic units waiting.
LVM_INLINE double lvm_exp_polynomial(double r, double r2) {
  double q01 = lvm_fma1(0x1.555555555555dp-3, r, 0.5);
  double q23 = lvm_fma1(0x1.111111110e30fp-7, r, 0x1.555555555556fp-5);
  double q45 = lvm_fma1(0x1.a01a01b7031ecp-13, r, 0x1.6c16c16c07df1p-10);
  double q67 = lvm_fma1(0x1.71dde78f0ce40p-19, r, 0x1.a01a01fcbb3aep-16);
  double q89 = lvm_fma1(0x1.af7a719b1d399p-26, r, 0x1.27e40b8e58d0bp-22);
  double r4 = r2 * r2;
  double q03 = lvm_fma1(q23, r2, q01);
  double q47 = lvm_fma1(q67, r2, q45);
  double q8 = lvm_fma1(0x1.20d1ca5c23847p-29, r2, q89);
  return lvm_fma1(lvm_fma1(q8, r4, q47), r4, q03);
}

// exp(x) = 2^n (1 + s): n as a double plus LVM_MAGIC, and s with |s| < 0.42.
LVM_INLINE double lvm_exp_split(double x, double *shifted) {
  double t = lvm_fma1(x, 1.44269504088896338700, LVM_MAGIC);
  double n = t - LVM_MAGIC;
  double hi = lvm_fma1(n, -LVM_LN2_HI, x);
  double r = lvm_fma1(n, -LVM_LN2_LO, hi);
  double tail = lvm_fma1(n, -LVM_LN2_LO, hi - r);
  double r2 = r * r;
  *shifted = t;
  return r + lvm_fma1(lvm_exp_polynomial(r, r2), r2, tail);
}

// 2^n from n + LVM_MAGIC, for -1022 <= n <= 1023; 1024 gives infinity.
LVM_INLINE double lvm_power_of_two(double shifted) {
  return lvm_from_bits((lvm_bits(shifted) << 52) + 0x3ff0000000000000ull);
}

LVM_INLINE double lvm_exp1(double x) {
  x = x > 710.0 ? 710.0 : x;
  x = x < -746.0 ? -746.0 : x;
  double t;
  double s = lvm_exp_split(x, &t);
  // Two factors, so that results next to overflow and subnormal ones come out.
  double half = lvm_fma1(t - LVM_MAGIC, 0.5, LVM_MAGIC);
  double p = lvm_power_of_two(half);
  double rest = lvm_from_bits(((lvm_bits(t) - lvm_bits(half)) << 52) + 0x3ff0000000000000ull);
  return lvm_fma1(s, p, p) * rest;
}

// exp for weights, 1.2 ulp: what would be subnormal is 0, and infinity begins at 709 already.
LVM_INLINE double lvm_exp_weight1(double x) {
  double y = x > 709.0 ? 710.0 : x;
  double t = lvm_fma1(y, 1.44269504088896338700, LVM_MAGIC);
  double n = t - LVM_MAGIC;
  double r = lvm_fma1(n, -LVM_LN2_LO, lvm_fma1(n, -LVM_LN2_HI, y));
  double r2 = r * r;
  double p = lvm_power_of_two(t);
  double value = lvm_fma1(lvm_fma1(lvm_exp_polynomial(r, r2), r2, r), p, p);
  return x < -708.0 ? 0.0 : value;
}

LVM_INLINE double lvm_expm11(double x0) {
  double x = x0 > 709.9 ? 709.9 : x0;
  x = x < -60.0 ? -60.0 : x;
  double t;
  double s = lvm_exp_split(x, &t);
  double n = t - LVM_MAGIC;
  // 2^n s + (2^n - 1), halved so that n = 1024 is in range.
  double p = lvm_power_of_two(t - 1.0);
  double y = lvm_fma1(p, s, p - 0.5) * 2.0;
  y = n == 0.0 ? s : y;
  y = x0 > 709.79 ? lvm_inf1() : y;
  // Keeps the sign of zero and subnormals as they are.
  return fabs(x0) < 1e-300 ? x0 : y;
}

// log(1 + f) + k ln 2 + c for 1 + f in [sqrt(1/2), sqrt(2)).
LVM_INLINE double lvm_log_kernel(double f, double k, double c) {
  double hfsq = 0.5 * f * f;
  double s = f / (2.0 + f);
  double z = s * s;
  double w = z * z;
  double t1 = lvm_fma1(1.531383769920937332e-01, w, 2.222219843214978396e-01);
  t1 = w * lvm_fma1(t1, w, 3.999999999940941908e-01);
  double t2 = lvm_fma1(1.479819860510658591e-01, w, 1.818357216161805012e-01);
  t2 = lvm_fma1(lvm_fma1(t2, w, 2.857142874366239149e-01), w, 6.666666666666735130e-01);
  double r = lvm_fma1(t2, z, t1);
  double low = lvm_fma1(s, hfsq + r, lvm_fma1(k, LVM_LN2_LO, c));
  return lvm_fma1(k, LVM_LN2_HI, -((hfsq - low) - f));
}

// x = 2^k m with m in [sqrt(1/2), sqrt(2)), for normal positive x.
LVM_INLINE double lvm_log_split(double x, double *k) {
  uint64_t u = lvm_bits(x) + (0x3ff0000000000000ull - 0x3fe6a09e667f3bcdull);
  // The biased exponent as a double without an integer conversion.
  *k = lvm_from_bits((u >> 52) | 0x4330000000000000ull) - (4503599627370496.0 + 1023.0);
  return lvm_from_bits((u & 0x000fffffffffffffull) + 0x3fe6a09e667f3bcdull);
}

LVM_INLINE double lvm_log1(double x0) {
  double small = x0 < 2.2250738585072014e-308 ? 54.0 : 0.0;
  double x = x0 < 2.2250738585072014e-308 ? x0 * 18014398509481984.0 : x0;
  double k;
  double m = lvm_log_split(x, &k);
  double y = lvm_log_kernel(m - 1.0, k - small, 0.0);
  y = x0 == 0.0 ? -lvm_inf1() : y;
  y = x0 == lvm_inf1() ? x0 : y;
  return x0 >= 0.0 ? y : lvm_nan1();
}

LVM_INLINE double lvm_log1p1(double x0) {
  double u = 1.0 + x0;
  double k;
  double m = lvm_log_split(u, &k);
  double c = (k >= 2.0 ? 1.0 - (u - x0) : x0 - (u - 1.0)) / u;
  double f = k == 0.0 ? x0 : m - 1.0;
  c = k == 0.0 ? 0.0 : c;
  double y = lvm_log_kernel(f, k, c);
  y = x0 == -1.0 ? -lvm_inf1() : y;
  y = x0 == lvm_inf1() ? x0 : y;
  y = fabs(x0) < 1e-300 ? x0 : y;
  return x0 >= -1.0 ? y : lvm_nan1();
}

LVM_INLINE double lvm_tanh1(double x) {
  double t = lvm_expm11(-2.0 * fabs(x));
  return copysign(t / (t + 2.0), x);
}

LVM_INLINE double lvm_sigmoid1(double x) {
  double e = lvm_exp1(-fabs(x));
  return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

LVM_INLINE double lvm_softplus1(double x) {
  return (x > 0.0 ? x : 0.0) + lvm_log1p1(lvm_exp1(-fabs(x)));
}

#endif
