#include <math.h>

#include "reductions.h"
#include "turn.h"
#include "vectormath.h"

#pragma STDC FP_CONTRACT OFF

// Rows at a time, one to a lane; rows longer than SHORT are run along instead.
enum { ROWS = 64, SHORT = 64, CHUNK = 256 };

#define LVM_FROM_f64(a, rows, middle, x) lvm_turn(a, middle, rows, middle, x, ROWS)
#define LVM_FROM_f32(a, rows, middle, x)   \
  for (long r = 0; r < rows; r++)          \
    for (long m = 0; m < middle; m++) x[m * ROWS + r] = a[r * middle + m];
#define LVM_TO_f64(x, rows, middle, out) lvm_turn(x, ROWS, middle, rows, out, middle)
#define LVM_TO_f32(x, rows, middle, out)   \
  for (long r = 0; r < rows; r++)          \
    for (long m = 0; m < middle; m++) out[r * middle + m] = (float)x[m * ROWS + r];

#define LVM_SOFTMAX(T, suffix)                                                               \
  LVM_STATIC_CLONES(void, short_rows_##suffix,                                               \
      (const T *a, T *out, T *softmax, long outer, long middle),                             \
      (a, out, softmax, outer, middle)) {                                                    \
    double x[SHORT * ROWS], top[ROWS], sum[ROWS], result[ROWS];                              \
    for (long i = 0; i < middle * ROWS; i++) x[i] = 0.0;                                     \
    for (long o = 0; o < outer; o += ROWS) {                                                 \
      long rows = outer - o < ROWS ? outer - o : ROWS;                                       \
      const T *p = a + o * middle;                                                           \
      LVM_FROM_##suffix(p, rows, middle, x);                                                 \
      for (long r = 0; r < ROWS; r++) {                                                      \
        top[r] = -INFINITY;                                                                  \
        sum[r] = 0.0;                                                                        \
      }                                                                                      \
      for (long m = 0; m < middle; m++)                                                      \
        for (long r = 0; r < ROWS; r++) {                                                    \
          double value = x[m * ROWS + r];                                                    \
          top[r] = value > top[r] || value != value ? value : top[r];                        \
        }                                                                                    \
      for (long r = 0; r < ROWS; r++) top[r] = fabs(top[r]) == INFINITY ? 0.0 : top[r];      \
      for (long m = 0; m < middle; m++)                                                      \
        for (long r = 0; r < ROWS; r++) {                                                    \
          double value = lvm_exp_weight1(x[m * ROWS + r] - top[r]);                          \
          x[m * ROWS + r] = value;                                                           \
          sum[r] += value;                                                                   \
        }                                                                                    \
      for (long r = 0; r < ROWS; r++) result[r] = top[r] + lvm_log1(sum[r]);                 \
      for (long r = 0; r < rows; r++) out[o + r] = (T)result[r];                             \
      if (!softmax) continue;                                                                \
      for (long r = 0; r < ROWS; r++) sum[r] = sum[r] == 0.0 ? 0.0 : 1.0 / sum[r];           \
      for (long m = 0; m < middle; m++)                                                      \
        for (long r = 0; r < ROWS; r++) x[m * ROWS + r] *= sum[r];                           \
      T *q = softmax + o * middle;                                                           \
      LVM_TO_##suffix(x, rows, middle, q);                                                   \
    }                                                                                        \
  }                                                                                          \
  LVM_STATIC_CLONES(void, long_rows_##suffix,                                                \
      (const T *a, T *out, T *softmax, long outer, long middle),                             \
      (a, out, softmax, outer, middle)) {                                                    \
    double x[CHUNK];                                                                         \
    for (long o = 0; o < outer; o++) {                                                       \
      const T *p = a + o * middle;                                                           \
      double lane[8] = {-INFINITY, -INFINITY, -INFINITY, -INFINITY,                          \
                        -INFINITY, -INFINITY, -INFINITY, -INFINITY};                         \
      for (long c = 0; c < middle; c += 8) {                                                 \
        /* The last eight overlap those before. */                                           \
        const T *part = p + (c + 8 <= middle ? c : middle - 8);                              \
        for (int l = 0; l < 8; l++)                                                          \
          lane[l] = part[l] > lane[l] || part[l] != part[l] ? part[l] : lane[l];             \
      }                                                                                      \
      double top = lane[0];                                                                  \
      for (int l = 1; l < 8; l++) top = lane[l] > top || lane[l] != lane[l] ? lane[l] : top; \
      top = fabs(top) == INFINITY ? 0.0 : top;                                               \
      for (int l = 0; l < 8; l++) lane[l] = 0.0;                                             \
      for (long c = 0; c < middle; c += CHUNK) {                                             \
        long k = middle - c < CHUNK ? middle - c : CHUNK;                                    \
        for (long i = 0; i < k; i++) x[i] = lvm_exp_weight1((double)p[c + i] - top);         \
        long i = 0;                                                                          \
        for (; i + 8 <= k; i += 8)                                                           \
          for (int l = 0; l < 8; l++) lane[l] += x[i + l];                                   \
        for (int l = 0; i + l < k; l++) lane[l] += x[i + l];                                 \
      }                                                                                      \
      double sum = ((lane[0] + lane[4]) + (lane[2] + lane[6])) +                             \
                   ((lane[1] + lane[5]) + (lane[3] + lane[7]));                              \
      out[o] = (T)(top + lvm_log1(sum));                                                     \
      if (!softmax) continue;                                                                \
      double scale = sum == 0.0 ? 0.0 : 1.0 / sum;                                           \
      T *q = softmax + o * middle;                                                           \
      for (long i = 0; i < middle; i++)                                                      \
        q[i] = (T)(lvm_exp_weight1((double)p[i] - top) * scale);                             \
    }                                                                                        \
  }                                                                                          \
  void lvm_softmax_##suffix(const T *a, T *out, T *softmax, long outer, long middle) {       \
    if (middle <= SHORT)                                                                     \
      short_rows_##suffix(a, out, softmax, outer, middle);                                   \
    else                                                                                     \
      long_rows_##suffix(a, out, softmax, outer, middle);                                    \
  }

LVM_SOFTMAX(double, f64)
LVM_SOFTMAX(float, f32)
