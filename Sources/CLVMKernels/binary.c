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
  LVM_CLONES void lvm_each_##name##_f64(const double *a, long as, const double *b, long bs,        \
                                   double *out, long rows, long cols, int inner) {           \
    LVM_LOOPS(double, expression)                                                            \
  }                                                                                          \
  LVM_CLONES void lvm_each_##name##_f32(const float *a, long as, const float *b, long bs,          \
                                   float *out, long rows, long cols, int inner) {            \
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
LVM_BINARY(exp_difference, x == -INFINITY ? 0.0 : lvm_exp1((double)x - (double)y))

#undef LVM_CLONES
#define LVM_CLONES
LVM_BINARY(power, pow((double)x, (double)y))
