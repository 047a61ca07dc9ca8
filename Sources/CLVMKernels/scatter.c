#include <stdint.h>

#include "include/gaussian.h"
#include "turn.h"

typedef lvm_v8 v8;
typedef double v4 __attribute__((vector_size(32), aligned(8)));

// Rows summed in registers before they are added to the sums.
enum { CHUNK = 128 };

// Rows of up to this many coordinates lie across the lanes; longer ones along them.
enum { NARROW = 4 };

// Vectors of four columns in a tile.
enum { WIDEST = 2 };

// A row whose weight is below this share of the largest in its chunk is skipped: to count beyond rounding
// it would have to lie 2^53 spreads away, where differences of coordinates are themselves rounding.
static const double LVM_NEGLIGIBLE = 0x1p-160;

LVM_INLINE long padded(long d) { return (d + 3) / 4 * 4; }

long lvm_scatter_workspace(long d, long states) {
  return CHUNK * states + (2 * CHUNK + 1) * padded(d);
}

// The sum of eight lanes, in one fixed order; vectors are not passed between functions, whose calling
// conventions differ from clone to clone.
LVM_INLINE double lanes(const v8 *vector) {
  const double *z = (const double *)vector;
  return ((z[0] + z[4]) + (z[2] + z[6])) + ((z[1] + z[5]) + (z[3] + z[7]));
}

// xt [d][CHUNK] and weights [CHUNK], zeros beyond the last row; `d` is known to the compiler.
LVM_INLINE void add_narrow(
  const double *xt, const double *weights, const double *c, const int d, double *first,
  double *second) {
  v8 sum[NARROW], a[NARROW][NARROW];
  for (int i = 0; i < d; i++) {
    sum[i] = (v8){0};
    for (int j = 0; j <= i; j++) a[i][j] = (v8){0};
  }
  for (long t = 0; t < CHUNK; t += 8) {
    v8 r[NARROW], wr[NARROW], w = *(const v8 *)(weights + t);
    for (int i = 0; i < d; i++) {
      r[i] = *(const v8 *)(xt + i * CHUNK + t) - c[i];
      wr[i] = w * r[i];
      sum[i] += wr[i];
    }
    for (int i = 0; i < d; i++)
      for (int j = 0; j <= i; j++) a[i][j] = __builtin_elementwise_fma(wr[i], r[j], a[i][j]);
  }
  for (int i = 0; i < d; i++) {
    first[i] += lanes(&sum[i]);
    for (int j = 0; j <= i; j++) second[i * d + j] += lanes(&a[i][j]);
  }
}

LVM_STATIC_CLONES(void, scatter_narrow,
    (const double *x, long n, long d, const double *c, const double *w, long states, double *sums,
     double *workspace),
    (x, n, d, c, w, states, sums, workspace)) {
  double *weights = workspace, *xt = weights + states * CHUNK;
  for (long start = 0; start < n; start += CHUNK) {
    long rows = n - start < CHUNK ? n - start : CHUNK;
    if (rows < CHUNK) memset(workspace, 0, (size_t)((states + d) * CHUNK) * sizeof(double));
    lvm_turn(x + start * d, d, rows, d, xt, CHUNK);
    lvm_turn(w + start * states, states, rows, states, weights, CHUNK);
    for (long k = 0; k < states; k++) {
      const double *wk = weights + k * CHUNK, *ck = c + k * d;
      double *first = sums + k * (d + d * d), *second = first + d;
      switch (d) {
      case 1: add_narrow(xt, wk, ck, 1, first, second); break;
      case 2: add_narrow(xt, wk, ck, 2, first, second); break;
      case 3: add_narrow(xt, wk, ck, 3, first, second); break;
      default: add_narrow(xt, wk, ck, NARROW, first, second); break;
      }
    }
  }
}

// The rows to be counted, in order. Magnitudes are compared as whole numbers, which order them alike and
// put NaN on top: where a weight is NaN, all rows count.
LVM_INLINE long chosen(const double *weights, long rows, int *index) {
  const int64_t magnitude = 0x7fffffffffffffff;
  int64_t bits[CHUNK], top = 0, least;
  memcpy(bits, weights, (size_t)rows * sizeof(double));
  for (long t = 0; t < rows; t++) {
    bits[t] &= magnitude;
    top = bits[t] > top ? bits[t] : top;
  }
  double share;
  memcpy(&share, &top, sizeof share);
  share = share * LVM_NEGLIGIBLE;
  memcpy(&least, &share, sizeof least);
  if (share != share) least = -1;
  long count = 0;
  for (long t = 0; t < rows; t++) {
    index[count] = (int)t;
    count += bits[t] > least;
  }
  return count;
}

// wr[s] = w (x - c) for the chosen rows, 4 `count` columns of them, and their sums.
LVM_INLINE void weigh(
  const double *x, const double *weights, const int *index, long rows, long width,
  const double *centre, const int count, double *wr, double *total) {
  v4 sum[WIDEST], c[WIDEST];
  for (int q = 0; q < count; q++) {
    sum[q] = (v4){0};
    c[q] = *(const v4 *)(centre + 4 * q);
  }
  for (long s = 0; s < rows; s++) {
    long t = index[s];
    double w = weights[t];
    for (int q = 0; q < count; q++) {
      v4 value = w * (*(const v4 *)(x + t * width + 4 * q) - c[q]);
      *(v4 *)(wr + s * width + 4 * q) = value;
      sum[q] += value;
    }
  }
  for (int q = 0; q < count; q++) *(v4 *)(total + 4 * q) = sum[q];
}

// A tile of the sums, 4 rows by 4 `count` columns: few enough for 16 registers of four doubles.
LVM_INLINE void add_tile(
  const double *x, const int *index, long rows, long width, const double *wr, const double *centre,
  const int count, double *tile) {
  v4 a[4][WIDEST], c[WIDEST];
  for (int q = 0; q < count; q++) {
    c[q] = *(const v4 *)(centre + 4 * q);
    for (int p = 0; p < 4; p++) a[p][q] = (v4){0};
  }
  for (long s = 0; s < rows; s++) {
    const double *xs = x + index[s] * width, *left = wr + s * width;
    v4 r[WIDEST];
    for (int q = 0; q < count; q++) r[q] = *(const v4 *)(xs + 4 * q) - c[q];
    for (int p = 0; p < 4; p++) {
      v4 l = (v4){left[p], left[p], left[p], left[p]};
      for (int q = 0; q < count; q++) a[p][q] = __builtin_elementwise_fma(l, r[q], a[p][q]);
    }
  }
  // Stored once: lanes picked from registers would keep the sums in memory.
  for (int p = 0; p < 4; p++)
    for (int q = 0; q < count; q++) *(v4 *)(tile + (p * WIDEST + q) * 4) = a[p][q];
}

LVM_STATIC_CLONES(void, scatter_wide,
    (const double *x, long n, long d, const double *c, const double *w, long states, double *sums,
     double *workspace),
    (x, n, d, c, w, states, sums, workspace)) {
  long width = padded(d);
  double *weights = workspace, *wr = weights + states * CHUNK, *copy = wr + width * CHUNK;
  double *centre = copy + width * CHUNK;
  for (long j = 0; j < width; j++) centre[j] = 0;
  for (long start = 0; start < n; start += CHUNK) {
    long rows = n - start < CHUNK ? n - start : CHUNK;
    const double *xs = x + start * d;
    if (d < width) {
      for (long t = 0; t < rows; t++) {
        memcpy(copy + t * width, xs + t * d, (size_t)d * sizeof(double));
        for (long j = d; j < width; j++) copy[t * width + j] = 0;
      }
      xs = copy;
    }
    lvm_turn(w + start * states, states, rows, states, weights, CHUNK);
    for (long k = 0; k < states; k++) {
      const double *wk = weights + k * CHUNK;
      double *first = sums + k * (d + d * d), *second = first + d;
      int index[CHUNK];
      long count = chosen(wk, rows, index);
      if (count == 0) continue;
      for (long j = 0; j < d; j++) centre[j] = c[k * d + j];
      for (long j = 0; j < width;) {
        double total[4 * WIDEST];
        const double *xj = xs + j, *cj = centre + j;
        long step = (width - j) / 4 < WIDEST ? (width - j) / 4 : WIDEST;
        if (step == 2) weigh(xj, wk, index, count, width, cj, 2, wr + j, total);
        else weigh(xj, wk, index, count, width, cj, 1, wr + j, total);
        for (long q = 0; q < 4 * step && j + q < d; q++) first[j + q] += total[q];
        j += 4 * step;
      }
      // Tiles on and below the diagonal.
      for (long i = 0; i < width; i += 4)
        for (long j = 0; j <= i;) {
          double tile[16 * WIDEST];
          const double *xj = xs + j, *cj = centre + j, *left = wr + i;
          long rest = (i - j) / 4 + 1, step = rest < WIDEST ? rest : WIDEST;
          if (step == 2) add_tile(xj, index, count, width, left, cj, 2, tile);
          else add_tile(xj, index, count, width, left, cj, 1, tile);
          double *place = second + i * d + j;
          if (i + 4 <= d) {
            for (int p = 0; p < 4; p++)
              for (int q = 0; q < step; q++)
                *(v4 *)(place + p * d + 4 * q) += *(v4 *)(tile + (p * WIDEST + q) * 4);
          } else {
            for (int p = 0; i + p < d; p++)
              for (int q = 0; q < 4 * step && j + q <= i + p; q++)
                place[p * d + q] += tile[4 * WIDEST * p + q];
          }
          j += 4 * step;
        }
    }
  }
}

void lvm_weighted_scatter(
  const double *x, long n, long d, const double *c, const double *w, long states, double *sums,
  double *workspace) {
  if (d <= NARROW)
    scatter_narrow(x, n, d, c, w, states, sums, workspace);
  else
    scatter_wide(x, n, d, c, w, states, sums, workspace);
  for (long k = 0; k < states; k++) {
    double *second = sums + k * (d + d * d) + d;
    for (long i = 0; i < d; i++)
      for (long j = 0; j < i; j++) second[j * d + i] = second[i * d + j];
  }
}
