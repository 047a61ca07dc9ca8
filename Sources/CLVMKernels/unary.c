#include "elementwise.h"
#include "vectormath.h"

#pragma STDC FP_CONTRACT OFF

// `expression` sees x as a double; f32 goes through double, which costs little and rounds once.
#define LVM_UNARY(name, expression)                                           \
  LVM_CLONES void lvm_##name##_f64(const double *a, double *out, long n) {     \
    for (long i = 0; i < n; i++) {                                            \
      double x = a[i];                                                        \
      out[i] = (expression);                                                  \
    }                                                                         \
  }                                                                           \
  LVM_CLONES void lvm_##name##_f32(const float *a, float *out, long n) {       \
    for (long i = 0; i < n; i++) {                                            \
      double x = a[i];                                                        \
      out[i] = (float)(expression);                                           \
    }                                                                         \
  }

LVM_UNARY(negate, -x)
LVM_UNARY(exp, lvm_exp1(x))
LVM_UNARY(expm1, lvm_expm11(x))
LVM_UNARY(log, lvm_log1(x))
LVM_UNARY(log1p, lvm_log1p1(x))
LVM_UNARY(sqrt, lvm_sqrt1(x))
LVM_UNARY(square, x *x)
LVM_UNARY(reciprocal, 1.0 / x)
LVM_UNARY(abs, fabs(x))
LVM_UNARY(sign, x > 0.0 ? 1.0 : (x < 0.0 ? -1.0 : x))
LVM_UNARY(floor, __builtin_floor(x))
LVM_UNARY(tanh, lvm_tanh1(x))
LVM_UNARY(sigmoid, lvm_sigmoid1(x))
LVM_UNARY(softplus, lvm_softplus1(x))
LVM_UNARY(relu, x < 0.0 ? 0.0 : x)
LVM_UNARY(step, x > 0.0 ? 1.0 : 0.0)

LVM_CLONES void lvm_to_f32(const double *a, float *out, long n) {
  for (long i = 0; i < n; i++) out[i] = (float)a[i];
}

LVM_CLONES void lvm_to_f64(const float *a, double *out, long n) {
  for (long i = 0; i < n; i++) out[i] = (double)a[i];
}
