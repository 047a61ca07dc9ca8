#include "products_sparse.h"

#include "clones.h"

#if LVM_HAS_LEVELS
#include <immintrin.h>

#define LVM_V4_INLINE LVM_V4 static inline __attribute__((always_inline))

// LVM_ENTRIES numbers of A are listed at a time; a panel of B is at most 16·LVM_PANEL columns wide.
// A multiply-add whose operand comes through a list costs about twice one of the dense product.
enum { LVM_ENTRIES = 1 << 14, LVM_LISTED = 128, LVM_PANEL = 8, LVM_SHARE = 3 };

// The numbers of some rows of A that are not zero, row after row, with their columns. 16 more are
// written than counted.
typedef struct {
  int place[LVM_ENTRIES + 16];
  float value[LVM_ENTRIES + 16];
  int start[LVM_LISTED + 1];
} lvm_nonzeros;

LVM_V4_INLINE __mmask16 lvm_lanes(long left) {
  return left >= 16 ? (__mmask16)0xffff : (__mmask16)((1u << left) - 1);
}

LVM_V4_INLINE __mmask16 lvm_differ(__m512 x) {
  return _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NEQ_UQ);
}

LVM_V4 int lvm_looks_sparse(const float *a, long a_row, long a_column, long m, long n, long k) {
  int along = a_column == 1;
  long inner = along ? k : m, outer = along ? m : k, step = along ? a_row : a_column;
  if ((!along && a_row != 1) || n < 64 || k > LVM_ENTRIES || m < 16 || k < 16) return 0;
  // About 64 vectors, on a slant so that no column or row is all of them.
  long seen = 0, found = 0, columns = (inner + 15) / 16, total = columns * outer;
  long every = total / 64 + 1 + (total / 64 % columns == columns - 1);
  for (long v = 0; v < total; v += every) {
    long i = v / columns, j = v % columns * 16;
    __mmask16 lanes = lvm_lanes(inner - j);
    found += __builtin_popcount(lvm_differ(_mm512_maskz_loadu_ps(lanes, a + i * step + j)));
    seen += __builtin_popcount(lanes);
  }
  return found * LVM_SHARE < seen;
}

// Rows that lie in one piece: returns how many are listed, at most so many that the share holds.
LVM_V4 static long lvm_list_rows(lvm_nonzeros *list, const float *a, long a_row, long m, long k) {
  long rows = m < LVM_LISTED ? m : LVM_LISTED, count = 0;
  const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  for (long i = 0; i < rows; i++) {
    list->start[i] = (int)count;
    if (count + k > LVM_ENTRIES) {
      rows = i;
      break;
    }
    const float *row = a + i * a_row;
    for (long p = 0; p < k; p += 16) {
      __m512 x = _mm512_maskz_loadu_ps(lvm_lanes(k - p), row + p);
      __mmask16 at = lvm_differ(x);
      // To a register first: compressing to memory is slow on some processors.
      _mm512_storeu_ps(list->value + count, _mm512_maskz_compress_ps(at, x));
      _mm512_storeu_si512(
          list->place + count,
          _mm512_maskz_compress_epi32(at, _mm512_add_epi32(_mm512_set1_epi32((int)p), lane)));
      count += __builtin_popcount(at);
    }
  }
  list->start[rows] = (int)count;
  return count * LVM_SHARE <= rows * k ? rows : 0;
}

// Rows that lie across, as those of a transposed matrix do.
LVM_V4 static long lvm_list_columns(lvm_nonzeros *list, const float *a, long a_column, long m,
                                    long k) {
  long rows = 0, count = 0;
  while (rows < m && rows < LVM_LISTED) {
    __mmask16 lanes = lvm_lanes(m - rows);
    int width = __builtin_popcount(lanes), total = 0, each[16];
    __m512i counts = _mm512_setzero_si512();
    for (long p = 0; p < k; p++) {
      __mmask16 at = lvm_differ(_mm512_maskz_loadu_ps(lanes, a + p * a_column + rows));
      counts = _mm512_mask_add_epi32(counts, at, counts, _mm512_set1_epi32(1));
    }
    _mm512_storeu_si512(each, counts);
    for (int i = 0; i < width; i++) total += each[i];
    if (count + total > LVM_ENTRIES) break;
    int next[16];
    for (int i = 0; i < width; i++) {
      list->start[rows + i] = next[i] = (int)count;
      count += each[i];
    }
    for (long p = 0; p < k; p++) {
      const float *x = a + p * a_column + rows;
      unsigned at = lvm_differ(_mm512_maskz_loadu_ps(lanes, x));
      for (; at; at &= at - 1) {
        int i = __builtin_ctz(at);
        list->place[next[i]] = (int)p;
        list->value[next[i]++] = x[i];
      }
    }
    rows += width;
  }
  list->start[rows] = (int)count;
  return count * LVM_SHARE <= rows * k ? rows : 0;
}

LVM_V4_INLINE void lvm_sparse_row(const int vectors, const int *place, const float *value, long count,
                                  const float *b, long b_row, float *c, __mmask16 mask, int add) {
  __m512 sum[LVM_PANEL];
#pragma unroll
  for (int j = 0; j < vectors; j++) sum[j] = _mm512_setzero_ps();
  for (long e = 0; e < count; e++) {
    __m512 each = _mm512_set1_ps(value[e]);
    const float *row = b + place[e] * b_row;
#pragma unroll
    for (int j = 0; j < vectors; j++) {
      __m512 y = j + 1 == vectors ? _mm512_maskz_loadu_ps(mask, row + 16 * j)
                                  : _mm512_loadu_ps(row + 16 * j);
      sum[j] = _mm512_fmadd_ps(each, y, sum[j]);
    }
  }
#pragma unroll
  for (int j = 0; j < vectors; j++) {
    __mmask16 lanes = j + 1 == vectors ? mask : (__mmask16)0xffff;
    if (add) sum[j] = _mm512_add_ps(sum[j], _mm512_maskz_loadu_ps(lanes, c + 16 * j));
    _mm512_mask_storeu_ps(c + 16 * j, lanes, sum[j]);
  }
}

#define LVM_CASE(v)                                                                              \
  case v:                                                                                        \
    lvm_sparse_row(v, list->place + at, list->value + at, count, b, b_row, to, mask, add);       \
    break;

LVM_V4 static void lvm_sparse_panel(const lvm_nonzeros *list, long rows, const float *b, long b_row,
                                    float *c, long c_row, long n, int add) {
  int vectors = (int)((n + 15) / 16);
  __mmask16 mask = lvm_lanes(n - 16 * (vectors - 1));
  for (long i = 0; i < rows; i++) {
    long at = list->start[i], count = list->start[i + 1] - at;
    float *to = c + i * c_row;
    switch (vectors) {
      LVM_CASE(1) LVM_CASE(2) LVM_CASE(3) LVM_CASE(4) LVM_CASE(5) LVM_CASE(6) LVM_CASE(7) LVM_CASE(8)
    }
  }
}

LVM_V4 long lvm_sgemm_sparse(const float *a, long a_row, long a_column, const float *b, long b_row,
                             float *c, long c_row, long m, long n, long k, int add) {
  lvm_nonzeros list;
  long rows = a_column == 1 ? lvm_list_rows(&list, a, a_row, m, k)
                            : lvm_list_columns(&list, a, a_column, m, k);
  // Panels of about the same width: one that is narrow waits for its own sums.
  long vectors = (n + 15) / 16, panels = (vectors + LVM_PANEL - 1) / LVM_PANEL;
  for (long q = 0, j = 0; rows > 0 && q < panels; q++) {
    long width = 16 * (vectors / panels + (q < vectors % panels));
    if (width > n - j) width = n - j;
    lvm_sparse_panel(&list, rows, b + j, b_row, c + j, c_row, width, add);
    j += width;
  }
  return rows;
}

#else

int lvm_looks_sparse(const float *a, long a_row, long a_column, long m, long n, long k) {
  (void)a, (void)a_row, (void)a_column, (void)m, (void)n, (void)k;
  return 0;
}

long lvm_sgemm_sparse(const float *a, long a_row, long a_column, const float *b, long b_row, float *c,
                      long c_row, long m, long n, long k, int add) {
  (void)a, (void)a_row, (void)a_column, (void)b, (void)b_row, (void)c, (void)c_row, (void)m;
  (void)n, (void)k, (void)add;
  return 0;
}

#endif
