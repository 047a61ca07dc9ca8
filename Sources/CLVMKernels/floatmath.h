// Elementary functions of Float32 as branch-free inline code that compilers vectorise: about 2 ulp,
// right at infinities and NaN. Methods as in vectormath.h, with the shorter polynomials of fdlibm's
// single-precision functions.
#ifndef LVM_FLOATMATH_H
#define LVM_FLOATMATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "clones.h"

#pragma STDC FP_CONTRACT OFF

// Adding this rounds to an integer and leaves it in the low bits of the sum.
#define LVM_MAGICF 12582912.0f
#define LVM_LN2F_HI 6.93145752e-1f
#define LVM_LN2F_LO 1.42860677e-6f

LVM_INLINE uint32_t lvm_bitsf(float x) {
  uint32_t u;
  memcpy(&u, &x, 4);
  return u;
}

LVM_INLINE float lvm_from_bitsf(uint32_t u) {
  float x;
  memcpy(&x, &u, 4);
  return x;
}

LVM_INLINE float lvm_sqrtf1(float x) {
#if defined(__has_builtin)
#if __has_builtin(__builtin_elementwise_sqrt)
  return __builtin_elementwise_sqrt(x);
#else
  return sqrtf(x);
#endif
#else
  return sqrtf(x);
#endif
}

LVM_INLINE float lvm_absf1(float x) { return lvm_from_bitsf(lvm_bitsf(x) & 0x7fffffffu); }

// exp(x) = 2^n (1 + s): n as a float plus LVM_MAGICF, and s with |s| < 0.42.
LVM_INLINE float lvm_expf_split(float x, float *shifted) {
  float t = x * 1.44269504f + LVM_MAGICF;
  float n = t - LVM_MAGICF;
  float hi = x - n * LVM_LN2F_HI;
  float lo = n * LVM_LN2F_LO;
  float r = hi - lo;
  float tail = (hi - r) - lo;
  float q = 1.9841270e-4f;        // 1/7!
  q = q * r + 1.3888889e-3f;      // 1/6!
  q = q * r + 8.3333333e-3f;      // 1/5!
  q = q * r + 4.1666667e-2f;      // 1/4!
  q = q * r + 1.6666667e-1f;      // 1/3!
  float r2 = r * r;
  *shifted = t;
  return r + (0.5f * r2 + (tail + r2 * (r * q)));
}

// 2^n from n + LVM_MAGICF, for -126 <= n <= 127.
LVM_INLINE float lvm_power_of_twof(float shifted) {
  return lvm_from_bitsf((lvm_bitsf(shifted) << 23) + 0x3f800000u);
}

LVM_INLINE float lvm_expf1(float x) {
  x = x > 89.0f ? 89.0f : x;
  x = x < -105.0f ? -105.0f : x;
  float t;
  float s = lvm_expf_split(x, &t);
  // Two factors, so that results next to overflow and subnormal ones come out.
  float n = t - LVM_MAGICF;
  float half = 0.5f * n + LVM_MAGICF;
  float rest = (n - (half - LVM_MAGICF)) + LVM_MAGICF;
  return ((1.0f + s) * lvm_power_of_twof(half)) * lvm_power_of_twof(rest);
}

// exp(−|x|): no overflow to guard against, and results too small to matter become zero.
LVM_INLINE float lvm_exp_negative_abs(float x) {
  float y = -lvm_absf1(x);
  float z = y < -87.0f ? -87.0f : y;
  float t;
  float s = lvm_expf_split(z, &t);
  float e = (1.0f + s) * lvm_power_of_twof(t);
  return y < -87.0f ? 0.0f : e;
}

LVM_INLINE float lvm_expm1f1(float x0) {
  float x = x0 > 88.7f ? 88.7f : x0;
  x = x < -30.0f ? -30.0f : x;
  float t;
  float s = lvm_expf_split(x, &t);
  float n = t - LVM_MAGICF;
  float p = lvm_power_of_twof(t - 1.0f);
  float y = (p * s + (p - 0.5f)) * 2.0f;
  y = n == 0.0f ? s : y;
  y = x0 > 88.73f ? INFINITY : y;
  return lvm_absf1(x0) < 1e-30f ? x0 : y;
}

// log(1 + f) + k ln 2 + c for 1 + f in [sqrt(1/2), sqrt(2)).
LVM_INLINE float lvm_logf_kernel(float f, float k, float c) {
  float hfsq = 0.5f * f * f;
  float s = f / (2.0f + f);
  float z = s * s;
  float w = z * z;
  float t1 = w * (0.40000972152f + w * 0.24279078841f);
  float t2 = z * (0.66666662693f + w * 0.28498786688f);
  float r = t2 + t1;
  return k * LVM_LN2F_HI - ((hfsq - (s * (hfsq + r) + (k * LVM_LN2F_LO + c))) - f);
}

// x = 2^k m with m in [sqrt(1/2), sqrt(2)), for normal positive x.
LVM_INLINE float lvm_logf_split(float x, float *k) {
  uint32_t u = lvm_bitsf(x) + (0x3f800000u - 0x3f3504f3u);
  *k = (float)(int32_t)(u >> 23) - 127.0f;
  return lvm_from_bitsf((u & 0x007fffffu) + 0x3f3504f3u);
}

LVM_INLINE float lvm_logf1(float x0) {
  float small = x0 < 1.17549435e-38f ? 25.0f : 0.0f;
  float x = x0 < 1.17549435e-38f ? x0 * 33554432.0f : x0;
  float k;
  float m = lvm_logf_split(x, &k);
  float y = lvm_logf_kernel(m - 1.0f, k - small, 0.0f);
  y = x0 == 0.0f ? -INFINITY : y;
  y = x0 == INFINITY ? x0 : y;
  return x0 >= 0.0f ? y : NAN;
}

LVM_INLINE float lvm_log1pf1(float x0) {
  float u = 1.0f + x0;
  float k;
  float m = lvm_logf_split(u, &k);
  float c = (k >= 2.0f ? 1.0f - (u - x0) : x0 - (u - 1.0f)) / u;
  float f = k == 0.0f ? x0 : m - 1.0f;
  c = k == 0.0f ? 0.0f : c;
  float y = lvm_logf_kernel(f, k, c);
  y = x0 == -1.0f ? -INFINITY : y;
  y = x0 == INFINITY ? x0 : y;
  y = lvm_absf1(x0) < 1e-30f ? x0 : y;
  return x0 >= -1.0f ? y : NAN;
}

// log(1 + e) for 0 <= e <= 1. Above √2 − 1 the argument is halved, so that no division is needed but
// the kernel's own; the rounding of 1 + e is carried.
LVM_INLINE float lvm_log1p_unit(float e) {
  float f = e > 0.41421357f ? 0.5f * e - 0.5f : e;
  float k = e > 0.41421357f ? 1.0f : 0.0f;
  return e >= 0.0f ? lvm_logf_kernel(f, k, 0.0f) : e;
}

LVM_INLINE float lvm_tanhf1(float x) {
  float t = lvm_expm1f1(-2.0f * lvm_absf1(x));
  return copysignf(t / (t + 2.0f), x);
}

#endif
