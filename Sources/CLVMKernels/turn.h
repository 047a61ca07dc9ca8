// Rows to columns: what lies row by row becomes one vector per column, eight rows at a time.
#ifndef LVM_TURN_H
#define LVM_TURN_H

#include <string.h>

#include "clones.h"

typedef double lvm_v8 __attribute__((vector_size(64), aligned(8)));

// One number in all lanes of a register. The addition keeps compilers from loading it again at each use.
#define LVM_ALL(s) ((lvm_v8){0} + (s))

#define LVM_PAIRS(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

// out[j][t] = a[t][j] for 8 by 8 numbers whose rows are `from` and `to` apart.
LVM_INLINE void lvm_turn8(const double *a, long from, double *out, long to) {
  lvm_v8 x[8], y[8];
  for (int t = 0; t < 8; t++) x[t] = *(const lvm_v8 *)(a + t * from);
  // Within pairs of lanes, then pairs of pairs, then halves.
  for (int t = 0; t < 8; t += 2) {
    y[t] = LVM_PAIRS(x[t], x[t + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    y[t + 1] = LVM_PAIRS(x[t], x[t + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
  for (int t = 0; t < 8; t += 4)
    for (int p = 0; p < 2; p++) {
      x[t + p] = LVM_PAIRS(y[t + p], y[t + p + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      x[t + p + 2] = LVM_PAIRS(y[t + p], y[t + p + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  for (int p = 0; p < 4; p++) {
    *(lvm_v8 *)(out + p * to) = LVM_PAIRS(x[p], x[p + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    *(lvm_v8 *)(out + (p + 4) * to) = LVM_PAIRS(x[p], x[p + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

// out[j · to + t] = a[t · from + j] for t in 0..<rows, j in 0..<columns.
LVM_INLINE void lvm_turn(
  const double *a, long from, long rows, long columns, double *out, long to) {
  long t = 0;
  for (; t + 8 <= rows; t += 8) {
    long j = 0;
    for (; j + 8 <= columns; j += 8) lvm_turn8(a + t * from + j, from, out + j * to + t, to);
    for (; j < columns; j++)
      for (long s = t; s < t + 8; s++) out[j * to + s] = a[s * from + j];
  }
  for (; t < rows; t++)
    for (long j = 0; j < columns; j++) out[j * to + t] = a[t * from + j];
}

#endif
