#include "elementwise.h"
#include "vectormath.h"

#pragma STDC FP_CONTRACT OFF

#define LVM_LOOPS(T, expression)                        \
  for (long r = 0; r < rows; r++) {                     \
    const T *pa = a + r * as, *pb = b + r * bs;         \
    T *po = out + r * cols;                             \
    if (inner == 3) {                                   \
      for (long c = 0; c < cols; c++) {                 \
        T x = pa[c], y = pb[c];                         \
        po[c] = (T)(expression);                        \
      }                                                 \
    } else if (inner == 1) {                            \
      T y = *pb;                                        \
      for (long c = 0; c < cols; c++) {                 \
        T x = pa[c];                                    \
        po[c] = (T)(expression);                        \
      }                                                 \
    } else if (inner == 2) {                            \
      T x = *pa;                                        \
      for (long c = 0; c < cols; c++) {                 \
        T y = pb[c];                                    \
        po[c] = (T)(expression);                        \
      }                                                 \
    } else {                                            \
      T x = *pa, y = *pb;                               \
      T value = (T)(expression);                        \
      for (long c = 0; c < cols; c++) po[c] = value;    \
    }                                                   \
  }

#define LVM_BINARY(name, expression)                                                         \
  LVM_CLONES(void, lvm_each_##name##_f64,                                                    \
      (const double *a, long as, const double *b, long bs, double *out, long rows, long cols, \
       int inner),                                                                           \
      (a, as, b, bs, out, rows, cols, inner)) {                                              \
    LVM_LOOPS(double, expression)                                                            \
  }                                                                                          \
  LVM_CLONES(void, lvm_each_##name##_f32,                                                    \
      (const float *a, long as, const float *b, long bs, float *out, long rows, long cols,   \
       int inner),                                                                           \
      (a, as, b, bs, out, rows, cols, inner)) {                                              \
    LVM_LOOPS(float, expression)                                                             \
  }

LVM_BINARY(add, x + y)
LVM_BINARY(subtract, x - y)
LVM_BINARY(multiply, x *y)
LVM_BINARY(divide, x / y)
// NaN in either operand comes through.
LVM_BINARY(maximum, (x > y || x != x) ? x : y)
LVM_BINARY(minimum, (x < y || x != x) ? x : y)
LVM_BINARY(less, x < y ? 1 : 0)
LVM_BINARY(less_equal, x <= y ? 1 : 0)
LVM_BINARY(equal, x == y ? 1 : 0)
LVM_BINARY(xlogy, x == 0 ? (y == y ? 0.0 : (double)y) : (double)x * lvm_log1((double)y))
LVM_BINARY(xlog1py, x == 0 ? (y == y ? 0.0 : (double)y) : (double)x * lvm_log1p1((double)y))
// What is left of both where the logarithm has been taken; it must not be NaN.
LVM_BINARY(times_log, x == 0 ? 0 : x *y)
LVM_BINARY(exp_difference_runs, x == -INFINITY ? 0.0 : lvm_exp_weight1((double)x - (double)y))

// Short rows against one number each, as in responsibilities: the numbers are spread first, so that rows
// share the vector units.
#define LVM_EXP_DIFFERENCE(T, suffix)                                                          \
  LVM_CLONES(void, lvm_each_exp_difference_##suffix,                                           \
      (const T *a, long as, const T *b, long bs, T *out, long rows, long cols, int inner),     \
      (a, as, b, bs, out, rows, cols, inner)) {                                                \
    enum { CHUNK = 512 };                                                                      \
    if (inner != 1 || as != cols || cols >= 64 || cols < 1) {                                  \
      lvm_each_exp_difference_runs_##suffix(a, as, b, bs, out, rows, cols, inner);             \
      return;                                                                                  \
    }                                                                                          \
    T spread[CHUNK];                                                                           \
    long step = CHUNK / cols;                                                                  \
    for (long r = 0; r < rows; r += step) {                                                    \
      long n = rows - r < step ? rows - r : step;                                              \
      for (long i = 0; i < n; i++)                                                             \
        for (long c = 0; c < cols; c++) spread[i * cols + c] = b[(r + i) * bs];                \
      const T *p = a + r * cols;                                                               \
      T *q = out + r * cols;                                                                   \
      for (long i = 0; i < n * cols; i++)                                                      \
        q[i] = p[i] == -INFINITY ? (T)0 : (T)lvm_exp_weight1((double)p[i] - (double)spread[i]); \
    }                                                                                          \
  }
LVM_EXP_DIFFERENCE(double, f64)
LVM_EXP_DIFFERENCE(float, f32)

// The library's own function, for which there is nothing to clone.
#undef LVM_CLONES
#define LVM_CLONES(result, name, parameters, arguments) result name parameters
LVM_BINARY(power, pow((double)x, (double)y))
