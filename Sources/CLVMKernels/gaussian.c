#include "include/gaussian.h"

#include "turn.h"

// Rows are taken by blocks and turned, so that a vector register holds one coordinate of several rows.
// Multiply-adds are explicitly fused: every clone gives the same bits.
typedef lvm_v8 v8;
enum { LARGEST = 64 };

long lvm_whitened_workspace(long d, long states) { return LARGEST * (2 * d + states); }

// As many rows at a time as the registers hold sums for: `block` is known to the compiler.
LVM_INLINE void squares_by_block(
  const double *x, long n, long d, const double *m, const double *w, long states, double *out,
  double *workspace, const int block) {
  enum { MOST = LARGEST / 8 };
  const int vectors = block / 8;
  double *xt = workspace, *r = xt + d * block, *squares = r + d * block;
  for (long start = 0; start < n; start += block) {
    long rows = n - start < block ? n - start : block;
    lvm_turn(x + start * d, d, rows, d, xt, block);
    if (rows < block)
      for (long j = 0; j < d; j++)
        for (long t = rows; t < block; t++) xt[j * block + t] = 0;
    for (long k = 0; k < states; k++) {
      const double *mk = m + k * d, *wk = w + k * d * d;
      v8 total[MOST];
      for (int v = 0; v < vectors; v++) total[v] = (v8){0};
      long i = 0;
      // Two rows of the factor at a time share their loads of the residuals, whose own last two are made
      // on the way.
      for (; i + 1 < d; i += 2) {
        v8 a[MOST], b[MOST];
        const double *w0 = wk + i * d, *w1 = w0 + d;
        {
          v8 *ri = (v8 *)(r + i * block);
          const v8 *xi = (const v8 *)(xt + i * block);
          double s0 = w0[i], s1 = w1[i], s2 = w1[i + 1], m0 = mk[i], m1 = mk[i + 1];
          for (int v = 0; v < vectors; v++) {
            v8 p = xi[v] - m0, q = xi[v + vectors] - m1;
            ri[v] = p;
            ri[v + vectors] = q;
            a[v] = s0 * p;
            b[v] = __builtin_elementwise_fma(LVM_ALL(s2), q, s1 * p);
          }
        }
        for (long j = 0; j < i; j++) {
          const v8 *rj = (const v8 *)(r + j * block);
          v8 s0 = LVM_ALL(w0[j]), s1 = LVM_ALL(w1[j]);
          for (int v = 0; v < vectors; v++) {
            v8 q = rj[v];
            a[v] = __builtin_elementwise_fma(s0, q, a[v]);
            b[v] = __builtin_elementwise_fma(s1, q, b[v]);
          }
        }
        for (int v = 0; v < vectors; v++) {
          total[v] = __builtin_elementwise_fma(a[v], a[v], total[v]);
          total[v] = __builtin_elementwise_fma(b[v], b[v], total[v]);
        }
      }
      if (i < d) {
        v8 a[MOST];
        for (int v = 0; v < vectors; v++)
          a[v] = wk[i * d + i] * (((const v8 *)(xt + i * block))[v] - mk[i]);
        for (long j = 0; j < i; j++) {
          const v8 *rj = (const v8 *)(r + j * block);
          v8 s = LVM_ALL(wk[i * d + j]);
          for (int v = 0; v < vectors; v++) a[v] = __builtin_elementwise_fma(s, rj[v], a[v]);
        }
        for (int v = 0; v < vectors; v++) total[v] = __builtin_elementwise_fma(a[v], a[v], total[v]);
      }
      for (int v = 0; v < vectors; v++) ((v8 *)(squares + k * block))[v] = total[v];
    }
    lvm_turn(squares, block, states, rows, out + start * states, states);
  }
}

LVM_CLONES(void, lvm_whitened_squares,
    (const double *x, long n, long d, const double *m, const double *w, long states, double *out,
     double *workspace),
    (x, n, d, m, w, states, out, workspace)) {
  if (lvm_registers_are_wide())
    squares_by_block(x, n, d, m, w, states, out, workspace, LARGEST);
  else
    squares_by_block(x, n, d, m, w, states, out, workspace, 16);
}
