// Elementwise functions over contiguous buffers, f64 and f32.
#ifndef LVM_ELEMENTWISE_H
#define LVM_ELEMENTWISE_H

// Named by a header that older builds know of: a build folder from before there were levels then notices them.
#include "levels.h"

// out[i] = f(a[i]) for i < n; out may be a.
#define LVM_DECLARE_UNARY(name)                               \
  void lvm_##name##_f64(const double *a, double *out, long n); \
  void lvm_##name##_f32(const float *a, float *out, long n);

LVM_DECLARE_UNARY(negate)
LVM_DECLARE_UNARY(exp)
LVM_DECLARE_UNARY(expm1)
LVM_DECLARE_UNARY(log)
LVM_DECLARE_UNARY(log1p)
LVM_DECLARE_UNARY(sqrt)
LVM_DECLARE_UNARY(square)
LVM_DECLARE_UNARY(reciprocal)
LVM_DECLARE_UNARY(abs)
LVM_DECLARE_UNARY(sign)
LVM_DECLARE_UNARY(floor)
LVM_DECLARE_UNARY(tanh)
LVM_DECLARE_UNARY(sigmoid)
LVM_DECLARE_UNARY(softplus)
LVM_DECLARE_UNARY(relu)
LVM_DECLARE_UNARY(step)

// out[r, c] = f(a[r·as + c·ai], b[r·bs + c·bi]); ai is bit 0 of `inner` and bi is bit 1: whether the
// operand runs along c or is constant there. `out` is contiguous [rows, cols].
#define LVM_DECLARE_BINARY(name)                                                              \
  void lvm_each_##name##_f64(const double *a, long as, const double *b, long bs, double *out,       \
                        long rows, long cols, int inner);                                     \
  void lvm_each_##name##_f32(const float *a, long as, const float *b, long bs, float *out,          \
                        long rows, long cols, int inner);

LVM_DECLARE_BINARY(add)
LVM_DECLARE_BINARY(subtract)
LVM_DECLARE_BINARY(multiply)
LVM_DECLARE_BINARY(divide)
LVM_DECLARE_BINARY(power)
LVM_DECLARE_BINARY(maximum)
LVM_DECLARE_BINARY(minimum)
LVM_DECLARE_BINARY(less)
LVM_DECLARE_BINARY(less_equal)
LVM_DECLARE_BINARY(equal)
LVM_DECLARE_BINARY(xlogy)
LVM_DECLARE_BINARY(xlog1py)
LVM_DECLARE_BINARY(times_log)
LVM_DECLARE_BINARY(exp_difference)
LVM_DECLARE_BINARY(exp_difference_runs)

// out[r, c] = condition[…] != 0 ? a[…] : b[…]; bit 2 of `inner` is the condition's.
void lvm_select_f64(const double *a, long as, const double *b, long bs, const double *condition,
                    long cs, double *out, long rows, long cols, int inner);
void lvm_select_f32(const float *a, long as, const float *b, long bs, const float *condition,
                    long cs, float *out, long rows, long cols, int inner);

// out[r, c] = a[r·as + c·(inner & 1)].
void lvm_copy_f64(const double *a, long as, double *out, long rows, long cols, int inner);
void lvm_copy_f32(const float *a, long as, float *out, long rows, long cols, int inner);

void lvm_to_f32(const double *a, float *out, long n);
void lvm_to_f64(const float *a, double *out, long n);

#endif
