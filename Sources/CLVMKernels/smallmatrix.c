#include "smallmatrix.h"

#include "vectormath.h"

#pragma STDC FP_CONTRACT OFF

#define LVM_PRODUCTS(T, suffix)                                                                  \
  LVM_CLONES(void, lvm_products_##suffix,                                                        \
      (const T *a, long ab, long am, long ak, const T *b, long bb, long bk, long bn, T *out,     \
       long cb, long cm, long cn, long batches, long m, long n, long k, int accumulate),         \
      (a, ab, am, ak, b, bb, bk, bn, out, cb, cm, cn, batches, m, n, k, accumulate)) {           \
    for (long s = 0; s < batches; s++) {                                                         \
      const T *pa = a + s * ab, *pb = b + s * bb;                                                \
      T *pc = out + s * cb;                                                                      \
      if (n == 1 && m == 1) {                                                                    \
        T sum = 0;                                                                               \
        if (ak == 1 && bk == 1 && k >= 8) {                                                      \
          T lane[8] = {0, 0, 0, 0, 0, 0, 0, 0};                                                  \
          long i = 0;                                                                            \
          for (; i + 8 <= k; i += 8)                                                             \
            for (int l = 0; l < 8; l++) lane[l] += pa[i + l] * pb[i + l];                        \
          for (int l = 0; i + l < k; l++) lane[l] += pa[i + l] * pb[i + l];                      \
          sum = ((lane[0] + lane[4]) + (lane[2] + lane[6])) +                                    \
                ((lane[1] + lane[5]) + (lane[3] + lane[7]));                                     \
        } else {                                                                                 \
          for (long i = 0; i < k; i++) sum += pa[i * ak] * pb[i * bk];                           \
        }                                                                                        \
        *pc = accumulate ? *pc + sum : sum;                                                      \
        continue;                                                                                \
      }                                                                                          \
      for (long i = 0; i < m; i++) {                                                             \
        T *row = pc + i * cm;                                                                    \
        if (bn == 1 && cn == 1 && n > 1) {                                                       \
          if (!accumulate)                                                                       \
            for (long j = 0; j < n; j++) row[j] = 0;                                             \
          for (long l = 0; l < k; l++) {                                                         \
            T x = pa[i * am + l * ak];                                                           \
            for (long j = 0; j < n; j++) row[j] += x * pb[l * bk + j];                           \
          }                                                                                      \
        } else {                                                                                 \
          for (long j = 0; j < n; j++) {                                                         \
            T sum = 0;                                                                           \
            for (long l = 0; l < k; l++) sum += pa[i * am + l * ak] * pb[l * bk + j * bn];       \
            row[j * cn] = accumulate ? row[j * cn] + sum : sum;                                  \
          }                                                                                      \
        }                                                                                        \
      }                                                                                          \
    }                                                                                            \
  }

LVM_PRODUCTS(double, f64)
LVM_PRODUCTS(float, f32)

int lvm_cholesky(const double *a, double *out, long n) {
  for (long i = 0; i < n; i++) {
    for (long j = 0; j <= i; j++) {
      double s = a[i * n + j];
      for (long k = 0; k < j; k++) s -= out[i * n + k] * out[j * n + k];
      if (i == j) {
        if (!(s > 0.0) || s == INFINITY) {
          for (long q = 0; q < n * n; q++) out[q] = NAN;
          return 0;
        }
        out[i * n + i] = sqrt(s);
      } else {
        out[i * n + j] = s / out[j * n + j];
      }
    }
  }
  for (long i = 0; i < n; i++)
    for (long j = i + 1; j < n; j++) out[i * n + j] = 0.0;
  return 1;
}

LVM_CLONES(void, lvm_triangular_solve,
    (const double *l, double *x, long n, long m, int transposed),
    (l, x, n, m, transposed)) {
  for (long step = 0; step < n; step++) {
    long i = transposed ? n - 1 - step : step;
    double *xi = x + i * m;
    double d = l[i * n + i];
    for (long c = 0; c < m; c++) xi[c] /= d;
    if (transposed) {
      for (long j = 0; j < i; j++) {
        double f = l[i * n + j];
        for (long c = 0; c < m; c++) x[j * m + c] -= f * xi[c];
      }
    } else {
      for (long j = i + 1; j < n; j++) {
        double f = l[j * n + i];
        for (long c = 0; c < m; c++) x[j * m + c] -= f * xi[c];
      }
    }
  }
}
