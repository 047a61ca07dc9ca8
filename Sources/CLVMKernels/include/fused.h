// Chains of elementwise Float32 operations in one pass: a small program runs over pieces of rows that
// stay in the nearest cache, so that values between operations are never written to memory.
#ifndef LVM_FUSED_H
#define LVM_FUSED_H

#include <stdint.h>

enum {
  LVM_FUSED_COPY,
  LVM_FUSED_NEGATE,
  LVM_FUSED_EXP,
  LVM_FUSED_EXPM1,
  LVM_FUSED_LOG,
  LVM_FUSED_LOG1P,
  LVM_FUSED_SQRT,
  LVM_FUSED_SQUARE,
  LVM_FUSED_RECIPROCAL,
  LVM_FUSED_ABS,
  LVM_FUSED_SIGN,
  LVM_FUSED_FLOOR,
  LVM_FUSED_TANH,
  LVM_FUSED_RELU,
  LVM_FUSED_STEP,
  // exp(−|a|); the sigmoid and the softplus of a are made from it and a.
  LVM_FUSED_EXP_NEGATIVE_ABS,
  LVM_FUSED_SIGMOID,   // a, b = exp(−|a|)
  LVM_FUSED_SOFTPLUS,  // a, b = exp(−|a|)
  LVM_FUSED_ADD,
  LVM_FUSED_SUBTRACT,
  LVM_FUSED_MULTIPLY,
  LVM_FUSED_DIVIDE,
  LVM_FUSED_MAXIMUM,
  LVM_FUSED_MINIMUM,
  LVM_FUSED_LESS,
  LVM_FUSED_LESS_EQUAL,
  LVM_FUSED_EQUAL,
  LVM_FUSED_XLOGY,
  LVM_FUSED_XLOG1PY,
  LVM_FUSED_EXP_DIFFERENCE,
  LVM_FUSED_SELECT  // a where c is not 0, else b
};

// Registers are numbered: inputs first, then outputs, then temporaries.
typedef struct {
  int32_t op, out, a, b, c;
} lvm_fused_op;

// Where an input lies. Its value at (row, column) is base[((row / divisor) % modulus) * stride + column
// * inner]; a modulus of 0 means none; inner is 0 or 1. With slot < 0 it is the number `value`.
typedef struct {
  long divisor, modulus, stride;
  int32_t slot, inner;
  float value;
} lvm_fused_input;

// out[row] = sum over columns of a register.
typedef struct {
  int32_t slot, source;
} lvm_fused_sum;

typedef struct {
  const lvm_fused_op *ops;
  const lvm_fused_input *inputs;
  const int32_t *outputs;  // slots of contiguous [rows, columns]
  const lvm_fused_sum *sums;
  int32_t op_count, input_count, output_count, sum_count, temporary_count;
  long columns;
} lvm_fused_program;

// Bytes of work space of a program.
long lvm_fused_workspace(const lvm_fused_program *program);

// Runs a program over `rows` rows; `slots` holds the start of every buffer. The order of additions
// depends on the number of columns alone.
void lvm_fused_run(const lvm_fused_program *program, void *const *slots, long rows, void *work);

#endif
