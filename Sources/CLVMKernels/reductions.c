#include "reductions.h"
#include "vectormath.h"

#pragma STDC FP_CONTRACT OFF

// Eight lanes, each in order, then a fixed tree.
#define LVM_SUM8(T, suffix)                                                          \
  LVM_INLINE T lvm_sum8_##suffix(const T *a, long n) {                               \
    T lane[8] = {0, 0, 0, 0, 0, 0, 0, 0};                                            \
    long i = 0;                                                                      \
    for (; i + 8 <= n; i += 8)                                                       \
      for (int l = 0; l < 8; l++) lane[l] += a[i + l];                               \
    for (int l = 0; i + l < n; l++) lane[l] += a[i + l];                             \
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +                             \
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));                              \
  }                                                                                  \
  LVM_INLINE T lvm_max1_##suffix(const T *a, long n) {                               \
    T m = -INFINITY;                                                                 \
    for (long i = 0; i < n; i++) m = a[i] > m || a[i] != a[i] ? a[i] : m;             \
    return m;                                                                        \
  }

LVM_SUM8(double, f64)
LVM_SUM8(float, f32)

enum { LVM_CHUNK = 256 };

#define LVM_REDUCTIONS(T, suffix)                                                            \
  LVM_CLONES(void, lvm_sum_##suffix,                                                         \
      (const T *a, T *out, long outer, long middle, long inner, int accumulate),             \
      (a, out, outer, middle, inner, accumulate)) {                                          \
    if (inner == 1) {                                                                        \
      if (middle < 8) {                                                                      \
        for (long o = 0; o < outer; o++) {                                                   \
          T s = 0;                                                                           \
          for (long m = 0; m < middle; m++) s += a[o * middle + m];                          \
          out[o] = accumulate ? out[o] + s : s;                                              \
        }                                                                                    \
      } else {                                                                               \
        for (long o = 0; o < outer; o++) {                                                   \
          T s = lvm_sum8_##suffix(a + o * middle, middle);                                   \
          out[o] = accumulate ? out[o] + s : s;                                              \
        }                                                                                    \
      }                                                                                      \
      return;                                                                                \
    }                                                                                        \
    for (long o = 0; o < outer; o++) {                                                       \
      const T *p = a + o * middle * inner;                                                   \
      T *q = out + o * inner;                                                                \
      if (!accumulate)                                                                       \
        for (long i = 0; i < inner; i++) q[i] = 0;                                           \
      long done = 0;                                                                         \
      if (inner <= 32 && middle >= 16) {                                                     \
        /* Eight rows lie side by side as one long row. */                                   \
        T lanes[256];                                                                        \
        long width = 8 * inner;                                                              \
        for (long i = 0; i < width; i++) lanes[i] = p[i];                                    \
        for (done = 8; done + 8 <= middle; done += 8)                                        \
          for (long i = 0; i < width; i++) lanes[i] += p[done * inner + i];                  \
        for (long half = 4; half > 0; half /= 2)                                             \
          for (long i = 0; i < half * inner; i++) lanes[i] += lanes[half * inner + i];       \
        for (long i = 0; i < inner; i++) q[i] += lanes[i];                                   \
      }                                                                                      \
      for (long m = done; m < middle; m++)                                                      \
        for (long i = 0; i < inner; i++) q[i] += p[m * inner + i];                           \
    }                                                                                        \
  }                                                                                          \
  LVM_CLONES(void, lvm_max_##suffix,                                                         \
      (const T *a, T *out, long outer, long middle, long inner),                             \
      (a, out, outer, middle, inner)) {                                                      \
    if (inner == 1) {                                                                        \
      for (long o = 0; o < outer; o++) out[o] = lvm_max1_##suffix(a + o * middle, middle);    \
      return;                                                                                \
    }                                                                                        \
    for (long o = 0; o < outer; o++) {                                                       \
      const T *p = a + o * middle * inner;                                                   \
      T *q = out + o * inner;                                                                \
      for (long i = 0; i < inner; i++) q[i] = -INFINITY;                                     \
      for (long m = 0; m < middle; m++)                                                      \
        for (long i = 0; i < inner; i++) {                                                   \
          T x = p[m * inner + i];                                                            \
          q[i] = x > q[i] || x != x ? x : q[i];                                              \
        }                                                                                    \
    }                                                                                        \
  }                                                                                          \
  LVM_STATIC_CLONES(void, lvm_lse_inner_##suffix,                                            \
      (const T *a, T *out, long outer, long middle, long inner),                             \
      (a, out, outer, middle, inner)) {                                                      \
    double top[LVM_CHUNK], sum[LVM_CHUNK];                                                   \
    for (long o = 0; o < outer; o++)                                                         \
      for (long start = 0; start < inner; start += LVM_CHUNK) {                              \
        long k = inner - start < LVM_CHUNK ? inner - start : LVM_CHUNK;                      \
        const T *p = a + o * middle * inner + start;                                         \
        for (long i = 0; i < k; i++) {                                                       \
          top[i] = -INFINITY;                                                                \
          sum[i] = 0.0;                                                                      \
        }                                                                                    \
        for (long m = 0; m < middle; m++)                                                    \
          for (long i = 0; i < k; i++) {                                                     \
            double x = p[m * inner + i];                                                     \
            top[i] = x > top[i] || x != x ? x : top[i];                                      \
          }                                                                                  \
        for (long i = 0; i < k; i++) top[i] = fabs(top[i]) == INFINITY ? 0.0 : top[i];        \
        for (long m = 0; m < middle; m++)                                                    \
          for (long i = 0; i < k; i++) sum[i] += lvm_exp_weight1((double)p[m * inner + i] - top[i]); \
        for (long i = 0; i < k; i++)                                                         \
          out[o * inner + start + i] = (T)(top[i] + lvm_log1(sum[i]));                       \
      }                                                                                      \
  }                                                                                          \
  void lvm_log_sum_exp_##suffix(const T *a, T *out, long outer, long middle, long inner) {   \
    if (inner == 1)                                                                          \
      lvm_softmax_##suffix(a, out, 0, outer, middle);                                        \
    else                                                                                     \
      lvm_lse_inner_##suffix(a, out, outer, middle, inner);                                  \
  }                                                                                          \
  void lvm_cumsum_##suffix(const T *a, T *out, long outer, long middle, long inner,          \
                           int reversed) {                                                   \
    for (long o = 0; o < outer; o++) {                                                       \
      const T *p = a + o * middle * inner;                                                   \
      T *q = out + o * middle * inner;                                                       \
      for (long step = 0; step < middle; step++) {                                           \
        long m = reversed ? middle - 1 - step : step;                                        \
        long before = reversed ? m + 1 : m - 1;                                              \
        for (long i = 0; i < inner; i++)                                                     \
          q[m * inner + i] = (step ? q[before * inner + i] : 0) + p[m * inner + i];          \
      }                                                                                      \
    }                                                                                        \
  }

LVM_REDUCTIONS(double, f64)
LVM_REDUCTIONS(float, f32)
