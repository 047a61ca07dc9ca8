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

LVM_INLINE double lvm_sqrt1(double x) {
#if defined(__has_builtin)
#if __has_builtin(__builtin_elementwise_sqrt)
  return __builtin_elementwise_sqrt(x);
#else
  return sqrt(x);
#endif
#else
  return sqrt(x);
#endif
}

LVM_INLINE double lvm_nan1(void) { return lvm_from_bits(0x7ff8000000000000ull); }
LVM_INLINE double lvm_inf1(void) { return lvm_from_bits(0x7ff0000000000000ull); }

// exp(x) = 2^n (1 + s): n as a double plus LVM_MAGIC, and s with |s| < 0.42.
LVM_INLINE double lvm_exp_split(double x, double *shifted) {
  double t = x * 1.44269504088896338700 + LVM_MAGIC;
  double n = t - LVM_MAGIC;
  double hi = x - n * LVM_LN2_HI;
  double lo = n * LVM_LN2_LO;
  double r = hi - lo;
  double tail = (hi - r) - lo;
  double q = 1.6059043836821613e-10;            // 1/13!
  q = q * r + 2.08767569878681e-09;             // 1/12!
  q = q * r + 2.505210838544172e-08;            // 1/11!
  q = q * r + 2.755731922398589e-07;            // 1/10!
  q = q * r + 2.7557319223985893e-06;           // 1/9!
  q = q * r + 2.48015873015873e-05;             // 1/8!
  q = q * r + 1.984126984126984e-04;            // 1/7!
  q = q * r + 1.388888888888889e-03;            // 1/6!
  q = q * r + 8.333333333333333e-03;            // 1/5!
  q = q * r + 4.1666666666666664e-02;           // 1/4!
  q = q * r + 1.6666666666666666e-01;           // 1/3!
  // s = r + (tail (1 + r) + r²/2 + r³ q)
  double r2 = r * r;
  double low = tail + tail * r + r2 * (r * q);
  *shifted = t;
  return r + (0.5 * r2 + low);
}

// 2^n from n + LVM_MAGIC, for -1022 <= n <= 1023.
LVM_INLINE double lvm_power_of_two(double shifted) {
  return lvm_from_bits((lvm_bits(shifted) << 52) + 0x3ff0000000000000ull);
}

LVM_INLINE double lvm_exp1(double x) {
  x = x > 710.0 ? 710.0 : x;
  x = x < -746.0 ? -746.0 : x;
  double t;
  double s = lvm_exp_split(x, &t);
  // Two factors, so that results next to overflow and subnormal ones come out.
  double n = t - LVM_MAGIC;
  double half = 0.5 * n + LVM_MAGIC;
  double rest = (n - (half - LVM_MAGIC)) + LVM_MAGIC;
  return ((1.0 + s) * lvm_power_of_two(half)) * lvm_power_of_two(rest);
}

LVM_INLINE double lvm_expm11(double x0) {
  double x = x0 > 709.9 ? 709.9 : x0;
  x = x < -60.0 ? -60.0 : x;
  double t;
  double s = lvm_exp_split(x, &t);
  double n = t - LVM_MAGIC;
  // 2^n s + (2^n - 1), halved so that n = 1024 is in range.
  double p = lvm_power_of_two(t - 1.0);
  double y = (p * s + (p - 0.5)) * 2.0;
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
  double t1 = w * (3.999999999940941908e-01 +
                   w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  double t2 = z * (6.666666666666735130e-01 +
                   w * (2.857142874366239149e-01 +
                        w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  double r = t2 + t1;
  return k * LVM_LN2_HI - ((hfsq - (s * (hfsq + r) + (k * LVM_LN2_LO + c))) - f);
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
