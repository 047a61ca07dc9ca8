#include "fused.h"

#include "floatmath.h"

#pragma STDC FP_CONTRACT OFF

// Floats a register holds.
enum { LVM_PIECE = 512, LVM_MOST = 96 };

#if defined(__clang__)
#define LVM_LANES _Pragma("clang loop vectorize(assume_safety)")
#else
#define LVM_LANES
#endif

#define LVM_EACH1(name, expression)   \
  case name:                          \
    LVM_LANES                         \
    for (long i = 0; i < n; i++) {    \
      float x = a[i];                 \
      out[i] = (expression);          \
    }                                 \
    break;

#define LVM_EACH2(name, expression)   \
  case name:                          \
    LVM_LANES                         \
    for (long i = 0; i < n; i++) {    \
      float x = a[i], y = b[i];       \
      out[i] = (expression);          \
    }                                 \
    break;

LVM_STATIC_CLONES(void, lvm_fused_ops,
    (const lvm_fused_op *ops, long count, float *const *registers, long n),
    (ops, count, registers, n)) {
  for (long k = 0; k < count; k++) {
    const float *a = registers[ops[k].a], *b = registers[ops[k].b], *c = registers[ops[k].c];
    float *out = registers[ops[k].out];
    switch (ops[k].op) {
      LVM_EACH1(LVM_FUSED_COPY, x)
      LVM_EACH1(LVM_FUSED_NEGATE, -x)
      LVM_EACH1(LVM_FUSED_EXP, lvm_expf1(x))
      LVM_EACH1(LVM_FUSED_EXPM1, lvm_expm1f1(x))
      LVM_EACH1(LVM_FUSED_LOG, lvm_logf1(x))
      LVM_EACH1(LVM_FUSED_LOG1P, lvm_log1pf1(x))
      LVM_EACH1(LVM_FUSED_SQRT, lvm_sqrtf1(x))
      LVM_EACH1(LVM_FUSED_SQUARE, x *x)
      LVM_EACH1(LVM_FUSED_RECIPROCAL, 1.0f / x)
      LVM_EACH1(LVM_FUSED_ABS, lvm_absf1(x))
      LVM_EACH1(LVM_FUSED_SIGN, x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : x))
      LVM_EACH1(LVM_FUSED_FLOOR, __builtin_floorf(x))
      LVM_EACH1(LVM_FUSED_TANH, lvm_tanhf1(x))
      LVM_EACH1(LVM_FUSED_RELU, x < 0.0f ? 0.0f : x)
      LVM_EACH1(LVM_FUSED_STEP, x > 0.0f ? 1.0f : 0.0f)
      LVM_EACH1(LVM_FUSED_EXP_NEGATIVE_ABS, lvm_exp_negative_abs(x))
      LVM_EACH2(LVM_FUSED_SIGMOID, (x < 0.0f ? y : 1.0f) / (1.0f + y))
      LVM_EACH2(LVM_FUSED_SOFTPLUS, (x < 0.0f ? 0.0f : x) + lvm_log1p_unit(y))
      LVM_EACH2(LVM_FUSED_ADD, x + y)
      LVM_EACH2(LVM_FUSED_SUBTRACT, x - y)
      LVM_EACH2(LVM_FUSED_MULTIPLY, x *y)
      LVM_EACH2(LVM_FUSED_DIVIDE, x / y)
      // NaN in either operand comes through.
      LVM_EACH2(LVM_FUSED_MAXIMUM, (x > y || x != x) ? x : y)
      LVM_EACH2(LVM_FUSED_MINIMUM, (x < y || x != x) ? x : y)
      LVM_EACH2(LVM_FUSED_LESS, x < y ? 1.0f : 0.0f)
      LVM_EACH2(LVM_FUSED_LESS_EQUAL, x <= y ? 1.0f : 0.0f)
      LVM_EACH2(LVM_FUSED_EQUAL, x == y ? 1.0f : 0.0f)
      LVM_EACH2(LVM_FUSED_XLOGY, x == 0.0f ? (y == y ? 0.0f : y) : x * lvm_logf1(y))
      LVM_EACH2(LVM_FUSED_XLOG1PY, x == 0.0f ? (y == y ? 0.0f : y) : x * lvm_log1pf1(y))
      LVM_EACH2(LVM_FUSED_EXP_DIFFERENCE, x == -INFINITY ? 0.0f : lvm_expf1(x - y))
      case LVM_FUSED_SELECT:
        LVM_LANES
        for (long i = 0; i < n; i++) out[i] = c[i] != 0.0f ? a[i] : b[i];
        break;
    }
  }
}

// Sixteen lanes, each in order, then a fixed tree.
LVM_STATIC_CLONES(float, lvm_fused_total, (const float *a, long n), (a, n)) {
  float lane[16] = {0};
  long i = 0;
  for (; i + 16 <= n; i += 16)
    for (int l = 0; l < 16; l++) lane[l] += a[i + l];
  for (int l = 0; i + l < n; l++) lane[l] += a[i + l];
  for (int half = 8; half > 0; half /= 2)
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  return lane[0];
}

static void lvm_fill(float *out, float value, long n) {
  for (long i = 0; i < n; i++) out[i] = value;
}

static const float *lvm_input_row(const lvm_fused_input *input, const float *base, long row) {
  long place = row / input->divisor;
  if (input->modulus) place %= input->modulus;
  return base + place * input->stride;
}

long lvm_fused_workspace(const lvm_fused_program *p) {
  return (long)sizeof(float) * LVM_PIECE * (p->input_count + p->temporary_count);
}

void lvm_fused_run(const lvm_fused_program *p, void *const *slots, long rows, void *work) {
  float *registers[LVM_MOST], *buffers = work;
  const long columns = p->columns;
  const int inputs = p->input_count, outputs = p->output_count;
  if (columns == 0) {
    for (int i = 0; i < p->sum_count; i++)
      for (long r = 0; r < rows; r++) ((float *)slots[p->sums[i].slot])[r] = 0.0f;
    return;
  }
  const long together = columns <= LVM_PIECE / 2 ? LVM_PIECE / columns : 1;
  for (int i = 0; i < p->temporary_count; i++)
    registers[inputs + outputs + i] = buffers + (inputs + i) * (long)LVM_PIECE;
  // What is the same in every piece is spread once.
  for (int i = 0; i < inputs; i++) {
    const lvm_fused_input *input = p->inputs + i;
    float *own = buffers + i * (long)LVM_PIECE;
    if (input->slot < 0) {
      lvm_fill(own, input->value, LVM_PIECE);
    } else if (input->stride == 0 && !input->inner) {
      lvm_fill(own, *(const float *)slots[input->slot], LVM_PIECE);
    } else if (input->stride == 0 && together > 1) {
      const float *base = slots[input->slot];
      for (long r = 0; r < together; r++)
        for (long c = 0; c < columns; c++) own[r * columns + c] = base[c];
    }
    registers[i] = own;
  }
  for (long row = 0; row < rows; row += together) {
    long height = rows - row < together ? rows - row : together;
    for (long column = 0; column < columns; column += LVM_PIECE) {
      long width = columns - column < LVM_PIECE ? columns - column : LVM_PIECE;
      for (int i = 0; i < inputs; i++) {
        const lvm_fused_input *input = p->inputs + i;
        if (input->slot < 0 || (input->stride == 0 && (!input->inner || together > 1))) continue;
        const float *base = slots[input->slot];
        if (input->inner && (height == 1 || (input->stride == columns && input->divisor == 1 &&
                                             input->modulus == 0))) {
          registers[i] = (float *)lvm_input_row(input, base, row) + column;
          continue;
        }
        float *own = buffers + i * (long)LVM_PIECE;
        registers[i] = own;
        for (long r = 0; r < height; r++) {
          const float *from = lvm_input_row(input, base, row + r) + column * input->inner;
          if (input->inner)
            for (long c = 0; c < width; c++) own[r * width + c] = from[c];
          else
            lvm_fill(own + r * width, *from, width);
        }
      }
      for (int i = 0; i < outputs; i++)
        registers[inputs + i] = (float *)slots[p->outputs[i]] + row * columns + column;
      lvm_fused_ops(p->ops, p->op_count, registers, height * width);
      for (int i = 0; i < p->sum_count; i++) {
        float *total = slots[p->sums[i].slot];
        const float *values = registers[p->sums[i].source];
        for (long r = 0; r < height; r++) {
          float sum = lvm_fused_total(values + r * width, width);
          total[row + r] = column == 0 ? sum : total[row + r] + sum;
        }
      }
    }
  }
}
