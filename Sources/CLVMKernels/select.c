#include "clones.h"
#include "elementwise.h"

// Inner strides are 0 or 1; the common cases are split so that they vectorise.
#define LVM_SELECT(T, suffix)                                                                   \
  LVM_CLONES(void, lvm_select_##suffix,                                                         \
      (const T *a, long as, const T *b, long bs, const T *condition, long cs, T *out, long rows, \
       long cols, int inner),                                                                   \
      (a, as, b, bs, condition, cs, out, rows, cols, inner)) {                                  \
    long ia = inner & 1, ib = (inner >> 1) & 1, ic = (inner >> 2) & 1;                          \
    for (long r = 0; r < rows; r++) {                                                           \
      const T *pa = a + r * as, *pb = b + r * bs, *pc = condition + r * cs;                     \
      T *po = out + r * cols;                                                                   \
      if (inner == 7) {                                                                         \
        for (long c = 0; c < cols; c++) po[c] = pc[c] != 0 ? pa[c] : pb[c];                      \
      } else if (inner == 5) {                                                                  \
        T y = *pb;                                                                              \
        for (long c = 0; c < cols; c++) po[c] = pc[c] != 0 ? pa[c] : y;                          \
      } else if (inner == 6) {                                                                  \
        T x = *pa;                                                                              \
        for (long c = 0; c < cols; c++) po[c] = pc[c] != 0 ? x : pb[c];                          \
      } else {                                                                                  \
        for (long c = 0; c < cols; c++) po[c] = pc[c * ic] != 0 ? pa[c * ia] : pb[c * ib];       \
      }                                                                                         \
    }                                                                                           \
  }

LVM_SELECT(double, f64)
LVM_SELECT(float, f32)

#define LVM_COPY(T, suffix)                                                                    \
  LVM_CLONES(void, lvm_copy_##suffix,                                                          \
      (const T *a, long as, T *out, long rows, long cols, int inner),                          \
      (a, as, out, rows, cols, inner)) {                                                       \
    for (long r = 0; r < rows; r++) {                                                          \
      const T *pa = a + r * as;                                                                \
      T *po = out + r * cols;                                                                  \
      if (inner & 1) {                                                                         \
        for (long c = 0; c < cols; c++) po[c] = pa[c];                                         \
      } else {                                                                                 \
        T x = *pa;                                                                             \
        for (long c = 0; c < cols; c++) po[c] = x;                                             \
      }                                                                                        \
    }                                                                                          \
  }

LVM_COPY(double, f64)
LVM_COPY(float, f32)
