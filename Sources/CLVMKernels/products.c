#include "products.h"

#include "clones.h"
#include "products_sparse.h"

// Libraries pack both operands into panels first, which pays where each is used often. A minibatch is a
// few dozen rows: here B is read where it lies, 48 columns at a time, which stay in the second-level
// cache while blocks of eight rows pass.

#if LVM_HAS_LEVELS
#include <immintrin.h>

#define LVM_V4_INLINE LVM_V4 static inline __attribute__((always_inline))

// LVM_DEPTH: rows of a panel that is transposed on the stack.
enum { LVM_ROWS = 8, LVM_VECTORS = 3, LVM_COLUMNS = 16 * LVM_VECTORS, LVM_DEPTH = 256 };

// `rows` × 16·vectors numbers of C; the last vector holds those of `mask`. On the way, a row from `ahead`
// on is fetched every so many steps: the blocks of a panel together fetch the next panel.
LVM_V4_INLINE void lvm_block(const int rows, const int vectors, const float *a, long a_row,
                             long a_column, const float *b, long b_row, float *c, long c_row,
                             long k, __mmask16 mask, int add, const float *ahead, long every) {
  __m512 sum[LVM_ROWS][LVM_VECTORS];
#pragma unroll
  for (int i = 0; i < rows; i++)
#pragma unroll
    for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_setzero_ps();
  long left = every;
  for (long p = 0; p < k; p++) {
    if (--left == 0) {
      left = every;
      for (int j = 0; j < LVM_VECTORS; j++)
        _mm_prefetch((const char *)(ahead + 16 * j), _MM_HINT_T1);
      ahead += b_row;
    }
    __m512 y[LVM_VECTORS];
    const float *row = b + p * b_row;
#pragma unroll
    for (int j = 0; j < vectors; j++) {
      y[j] = j + 1 == vectors ? _mm512_maskz_loadu_ps(mask, row + 16 * j)
                              : _mm512_loadu_ps(row + 16 * j);
    }
    const float *x = a + p * a_column;
#pragma unroll
    for (int i = 0; i < rows; i++) {
      __m512 each = _mm512_set1_ps(x[i * a_row]);
#pragma unroll
      for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_fmadd_ps(each, y[j], sum[i][j]);
    }
  }
#pragma unroll
  for (int i = 0; i < rows; i++)
#pragma unroll
    for (int j = 0; j < vectors; j++) {
      float *to = c + i * c_row + 16 * j;
      __mmask16 lanes = j + 1 == vectors ? mask : (__mmask16)0xffff;
      if (add) sum[i][j] = _mm512_add_ps(sum[i][j], _mm512_maskz_loadu_ps(lanes, to));
      _mm512_mask_storeu_ps(to, lanes, sum[i][j]);
    }
}

#define LVM_CASE(r, v)                                                          \
  case r:                                                                       \
    lvm_block(r, v, a, a_row, a_column, b, b_row, c, c_row, k, mask, add,       \
              ahead, every);                                                    \
    break;
#define LVM_ROW_CASES(v)                                                                          \
  switch (rows) {                                                                                 \
    LVM_CASE(1, v) LVM_CASE(2, v) LVM_CASE(3, v) LVM_CASE(4, v) LVM_CASE(5, v) LVM_CASE(6, v)      \
    LVM_CASE(7, v) LVM_CASE(8, v)                                                                 \
  }

LVM_V4 static void lvm_panel(const float *a, long a_row, long a_column, const float *b, long b_row,
                             float *c, long c_row, long m, long n, long k, int add,
                             const float *next) {
  int vectors = (int)((n + 15) / 16);
  __mmask16 mask = (__mmask16)(0xffff >> (16 * vectors - n));
  long blocks = (m + LVM_ROWS - 1) / LVM_ROWS;
  long every = next ? blocks : k + 1;
  for (long i = 0; i < m; i += LVM_ROWS, a += LVM_ROWS * a_row, c += LVM_ROWS * c_row) {
    int rows = (int)(m - i < LVM_ROWS ? m - i : LVM_ROWS);
    const float *ahead = next ? next + i / LVM_ROWS * (k / blocks) * b_row : 0;
    switch (vectors) {
      case 1: LVM_ROW_CASES(1) break;
      case 2: LVM_ROW_CASES(2) break;
      case 3: LVM_ROW_CASES(3) break;
    }
  }
}

LVM_V4 static void lvm_sgemm_dense(const float *a, long a_row, long a_column, const float *b,
                                   long b_row, float *c, long c_row, long m, long n, long k, int add) {
  for (long j = 0; j < n; j += LVM_COLUMNS)
    lvm_panel(a, a_row, a_column, b + j, b_row, c + j, c_row, m,
              n - j < LVM_COLUMNS ? n - j : LVM_COLUMNS, k, add,
              n - j > LVM_COLUMNS ? b + j + LVM_COLUMNS : 0);
}

int lvm_sgemm(const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
              long c_row, long m, long n, long k, int add) {
  if (lvm_level_now() != LVM_LEVEL_V4) return 0;
  int sparse = lvm_looks_sparse(a, a_row, a_column, m, n, k);
  while (m > 0) {
    long rows = sparse ? lvm_sgemm_sparse(a, a_row, a_column, b, b_row, c, c_row, m, n, k, add) : 0;
    if (rows == 0) {
      rows = sparse && m > 64 ? 64 : m;
      lvm_sgemm_dense(a, a_row, a_column, b, b_row, c, c_row, rows, n, k, add);
    }
    a += rows * a_row;
    c += rows * c_row;
    m -= rows;
  }
  return 1;
}

// out[p, 0..<16] = b[0..<16, p] for sixteen p: four rounds of shuffles.
LVM_V4_INLINE void lvm_transpose16(const float *b, long b_row, float *out, long out_row) {
  __m512 r[16], t[16];
#pragma unroll
  for (int i = 0; i < 16; i++) r[i] = _mm512_loadu_ps(b + i * b_row);
#pragma unroll
  for (int i = 0; i < 8; i++) {
    t[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    __m512d a0 = _mm512_castps_pd(t[4 * i]), a1 = _mm512_castps_pd(t[4 * i + 1]);
    __m512d a2 = _mm512_castps_pd(t[4 * i + 2]), a3 = _mm512_castps_pd(t[4 * i + 3]);
    r[4 * i] = _mm512_castpd_ps(_mm512_unpacklo_pd(a0, a2));
    r[4 * i + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(a0, a2));
    r[4 * i + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(a1, a3));
    r[4 * i + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(a1, a3));
  }
  // r[4g + q] holds, in its lane L, rows 4g…4g+3 of column 4L + q.
#pragma unroll
  for (int q = 0; q < 4; q++) {
    __m512 lo = _mm512_shuffle_f32x4(r[q], r[4 + q], 0x88);      // lanes 0, 2 of groups 0 and 1
    __m512 hi = _mm512_shuffle_f32x4(r[q], r[4 + q], 0xdd);      // lanes 1, 3
    __m512 lo2 = _mm512_shuffle_f32x4(r[8 + q], r[12 + q], 0x88);
    __m512 hi2 = _mm512_shuffle_f32x4(r[8 + q], r[12 + q], 0xdd);
    _mm512_storeu_ps(out + q * out_row, _mm512_shuffle_f32x4(lo, lo2, 0x88));
    _mm512_storeu_ps(out + (4 + q) * out_row, _mm512_shuffle_f32x4(hi, hi2, 0x88));
    _mm512_storeu_ps(out + (8 + q) * out_row, _mm512_shuffle_f32x4(lo, lo2, 0xdd));
    _mm512_storeu_ps(out + (12 + q) * out_row, _mm512_shuffle_f32x4(hi, hi2, 0xdd));
  }
}

LVM_V4 static void lvm_transpose_panel(const float *b, long b_row, long n, long k, float *out) {
  for (long j = 0; j < n; j += 16) {
    long p = 0;
    if (n - j >= 16)
      for (; p + 16 <= k; p += 16)
        lvm_transpose16(b + j * b_row + p, b_row, out + p * LVM_COLUMNS + j, LVM_COLUMNS);
    for (; p < k; p++)
      for (long i = j; i < n && i < j + 16; i++) out[p * LVM_COLUMNS + i] = b[i * b_row + p];
  }
}

int lvm_sgemm_transposed(const float *a, long a_row, long a_column, const float *b, long b_row,
                         float *c, long c_row, long m, long n, long k, int add) {
  if (lvm_level_now() != LVM_LEVEL_V4) return 0;
  _Alignas(64) float panel[LVM_COLUMNS * LVM_DEPTH];
  for (long j = 0; j < n; j += LVM_COLUMNS) {
    long width = n - j < LVM_COLUMNS ? n - j : LVM_COLUMNS;
    for (long p = 0; p < k; p += LVM_DEPTH) {
      long depth = k - p < LVM_DEPTH ? k - p : LVM_DEPTH;
      lvm_transpose_panel(b + j * b_row + p, b_row, width, depth, panel);
      lvm_panel(a + p * a_column, a_row, a_column, panel, LVM_COLUMNS, c + j, c_row, m, width, depth,
                add || p > 0, 0);
    }
  }
  return 1;
}

#else

int lvm_sgemm(const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
              long c_row, long m, long n, long k, int add) {
  (void)a, (void)a_row, (void)a_column, (void)b, (void)b_row, (void)c, (void)c_row, (void)m;
  (void)n, (void)k, (void)add;
  return 0;
}

int lvm_sgemm_transposed(const float *a, long a_row, long a_column, const float *b, long b_row,
                         float *c, long c_row, long m, long n, long k, int add) {
  (void)a, (void)a_row, (void)a_column, (void)b, (void)b_row, (void)c, (void)c_row, (void)m;
  (void)n, (void)k, (void)add;
  return 0;
}

#endif
