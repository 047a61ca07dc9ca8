#include "include/gaussian.h"

#include "clones.h"

// Rows are taken 64 at a time and turned, so that a vector register holds one coordinate of eight rows.
// Multiply-adds are explicitly fused: every clone gives the same bits.
typedef double v8 __attribute__((vector_size(64), aligned(8)));
enum { BLOCK = 64, VECTORS = BLOCK / 8 };

long lvm_gaussian_workspace(long d) { return BLOCK * (3 * d + 16); }

// The sum of eight lanes, in one fixed order; vectors are not passed between functions, whose calling
// conventions differ from clone to clone.
LVM_INLINE double lanes(const double *z) {
  return ((z[0] + z[4]) + (z[2] + z[6])) + ((z[1] + z[5]) + (z[3] + z[7]));
}

// xt[j][t] = x[t][j], zeros beyond the last row.
LVM_INLINE void turn(const double *x, long rows, long d, double *xt) {
  for (long j = 0; j < d; j++) {
    for (long t = 0; t < rows; t++) xt[j * BLOCK + t] = x[t * d + j];
    for (long t = rows; t < BLOCK; t++) xt[j * BLOCK + t] = 0;
  }
}

LVM_CLONES
void lvm_whitened_squares(
  const double *x, long n, long d, const double *m, const double *w, long states, double *out,
  double *workspace) {
  double *xt = workspace, *r = workspace + d * BLOCK;
  for (long start = 0; start < n; start += BLOCK) {
    long rows = n - start < BLOCK ? n - start : BLOCK;
    turn(x + start * d, rows, d, xt);
    for (long k = 0; k < states; k++) {
      const double *mk = m + k * d, *wk = w + k * d * d;
      for (long j = 0; j < d; j++) {
        v8 *rj = (v8 *)(r + j * BLOCK);
        const v8 *xj = (const v8 *)(xt + j * BLOCK);
        for (int v = 0; v < VECTORS; v++) rj[v] = xj[v] - mk[j];
      }
      v8 total[VECTORS];
      for (int v = 0; v < VECTORS; v++) total[v] = (v8){0};
      long i = 0;
      // Two rows of the factor at a time share their loads of the residuals.
      for (; i + 1 < d; i += 2) {
        v8 a[VECTORS], b[VECTORS];
        for (int v = 0; v < VECTORS; v++) a[v] = b[v] = (v8){0};
        const double *w0 = wk + i * d, *w1 = w0 + d;
        for (long j = 0; j <= i; j++) {
          const v8 *rj = (const v8 *)(r + j * BLOCK);
          v8 s0 = (v8){0} + w0[j], s1 = (v8){0} + w1[j];
          for (int v = 0; v < VECTORS; v++) {
            v8 q = rj[v];
            a[v] = __builtin_elementwise_fma(s0, q, a[v]);
            b[v] = __builtin_elementwise_fma(s1, q, b[v]);
          }
        }
        const v8 *rj = (const v8 *)(r + (i + 1) * BLOCK);
        v8 s1 = (v8){0} + w1[i + 1];
        for (int v = 0; v < VECTORS; v++) {
          b[v] = __builtin_elementwise_fma(s1, rj[v], b[v]);
          total[v] = __builtin_elementwise_fma(a[v], a[v], total[v]);
          total[v] = __builtin_elementwise_fma(b[v], b[v], total[v]);
        }
      }
      if (i < d) {
        v8 a[VECTORS];
        for (int v = 0; v < VECTORS; v++) a[v] = (v8){0};
        for (long j = 0; j <= i; j++) {
          const v8 *rj = (const v8 *)(r + j * BLOCK);
          v8 s = (v8){0} + wk[i * d + j];
          for (int v = 0; v < VECTORS; v++) a[v] = __builtin_elementwise_fma(s, rj[v], a[v]);
        }
        for (int v = 0; v < VECTORS; v++) total[v] = __builtin_elementwise_fma(a[v], a[v], total[v]);
      }
      const double *squares = (const double *)total;
      for (long t = 0; t < rows; t++) out[(start + t) * states + k] = squares[t];
    }
  }
}

LVM_CLONES
void lvm_weighted_scatter(
  const double *x, long n, long d, const double *c, const double *w, long states, double *sums,
  double *workspace) {
  long padded = (d + 3) / 4 * 4;
  double *xt = workspace, *r = workspace + d * BLOCK, *wr = r + padded * BLOCK;
  for (long start = 0; start < n; start += BLOCK) {
    long rows = n - start < BLOCK ? n - start : BLOCK;
    turn(x + start * d, rows, d, xt);
    for (long k = 0; k < states; k++) {
      const double *ck = c + k * d;
      double *first = sums + k * (d + d * d), *second = first + d;
      double weights[BLOCK];
      for (long t = 0; t < rows; t++) weights[t] = w[(start + t) * states + k];
      for (long t = rows; t < BLOCK; t++) weights[t] = 0;
      const v8 *wv = (const v8 *)weights;
      for (long j = 0; j < padded; j++) {
        v8 *rj = (v8 *)(r + j * BLOCK), *wj = (v8 *)(wr + j * BLOCK);
        if (j >= d) {
          for (int v = 0; v < VECTORS; v++) rj[v] = wj[v] = (v8){0};
          continue;
        }
        const v8 *xj = (const v8 *)(xt + j * BLOCK);
        v8 sum = (v8){0};
        for (int v = 0; v < VECTORS; v++) {
          rj[v] = xj[v] - ck[j];
          wj[v] = wv[v] * rj[v];
          sum += wj[v];
        }
        first[j] += lanes((const double *)&sum);
      }
      // Tiles of 4 by 4 entries on and below the diagonal.
      for (long i = 0; i < padded; i += 4)
        for (long j = 0; j <= i; j += 4) {
          v8 a[4][4];
          for (int p = 0; p < 4; p++)
            for (int q = 0; q < 4; q++) a[p][q] = (v8){0};
          for (int v = 0; v < VECTORS; v++) {
            v8 left[4], right[4];
            for (int p = 0; p < 4; p++) {
              left[p] = ((const v8 *)(wr + (i + p) * BLOCK))[v];
              right[p] = ((const v8 *)(r + (j + p) * BLOCK))[v];
            }
            for (int p = 0; p < 4; p++)
              for (int q = 0; q < 4; q++)
                a[p][q] = __builtin_elementwise_fma(left[p], right[q], a[p][q]);
          }
          for (int p = 0; p < 4 && i + p < d; p++)
            for (int q = 0; q < 4 && j + q <= i + p; q++) {
              double value = lanes((const double *)&a[p][q]);
              second[(i + p) * d + j + q] += value;
              if (j + q < i + p) second[(j + q) * d + i + p] += value;
            }
        }
    }
  }
}
