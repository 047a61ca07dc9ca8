#include "rows.h"

#include "clones.h"

#pragma STDC FP_CONTRACT OFF

LVM_CLONES(void, lvm_centre_rows,
    (const double *x, const double *centre, double *out, double *sums, long rows, long width),
    (x, centre, out, sums, rows, width)) {
  for (long r = 0; r < rows; r++) {
    const double *from = x + r * width;
    double *to = out + r * width;
    for (long j = 0; j < width; j++) {
      double v = from[j] - centre[j];
      to[j] = v;
      sums[j] += v;
    }
  }
}
