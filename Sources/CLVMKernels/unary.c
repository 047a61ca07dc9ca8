#include "elementwise.h"
#include "vectormathf.h"

#pragma STDC FP_CONTRACT OFF

#define LVM_EACH(T, suffix, name, expression)                                  \
  LVM_CLONES(void, lvm_##name##_##suffix,                                      \
      (const T *a, T *out, long n),                                            \
      (a, out, n)) {                                                           \
    for (long i = 0; i < n; i++) {                                            \
      T x = a[i];                                                             \
      out[i] = (expression);                                                  \
    }                                                                         \
  }

#define LVM_UNARY(name, expression)     \
  LVM_EACH(double, f64, name, expression) \
  LVM_EACH(float, f32, name, expression)

// Functions with an implementation for each number format.
#define LVM_FUNCTION(name)                  \
  LVM_EACH(double, f64, name, lvm_##name##1(x)) \
  LVM_EACH(float, f32, name, lvm_##name##1f(x))

LVM_UNARY(negate, -x)
LVM_FUNCTION(exp)
LVM_FUNCTION(expm1)
LVM_FUNCTION(log)
LVM_FUNCTION(log1p)
LVM_FUNCTION(sqrt)
LVM_UNARY(square, x *x)
LVM_UNARY(reciprocal, 1 / x)
LVM_FUNCTION(abs)
LVM_UNARY(sign, x > 0 ? 1 : (x < 0 ? -1 : x))
LVM_FUNCTION(floor)
LVM_FUNCTION(tanh)
LVM_FUNCTION(sigmoid)
LVM_FUNCTION(softplus)
LVM_UNARY(relu, x < 0 ? 0 : x)
LVM_UNARY(step, x > 0 ? 1 : 0)

LVM_CLONES(void, lvm_to_f32, (const double *a, float *out, long n), (a, out, n)) {
  for (long i = 0; i < n; i++) out[i] = (float)a[i];
}

LVM_CLONES(void, lvm_to_f64, (const float *a, double *out, long n), (a, out, n)) {
  for (long i = 0; i < n; i++) out[i] = (double)a[i];
}
