// What a training step reads: rows of columns, and random numbers that belong to rows.
#ifndef LVM_MINIBATCH_H
#define LVM_MINIBATCH_H

#include <stdint.h>

// out[i, :] = a[rows[i], :] for i < n, as Float32; bytes as a·scale + shift, bits as 0 and 1. Bits of a
// row start at a byte, lowest first.
void lvm_gather_f32(const float *a, const long *rows, long n, long width, float *out);
void lvm_gather_f64(const double *a, const long *rows, long n, long width, float *out);
void lvm_gather_u8(const uint8_t *a, const long *rows, long n, long width, float scale, float shift,
                   float *out);
void lvm_gather_bits(const uint8_t *a, const long *rows, long n, long width, float *out);

// The other way for n rows of `width` numbers, of which each must be 0 or 1, and for n numbers that are
// whole and at most 255; returns 0 where one is not, and `out` is then of no use.
int lvm_pack_bits(const double *a, long n, long width, uint8_t *out);
int lvm_pack_bytes(const double *a, long n, uint8_t *out);

// Numbers that depend on (key, rows[i], component) alone: uniform on (0, 1), and standard normal by the
// Box–Muller transform (at most 6.7 in size).
void lvm_random_uniform(uint64_t key, const long *rows, long n, long width, float *out);
void lvm_random_normal(uint64_t key, const long *rows, long n, long width, float *out);

#endif
