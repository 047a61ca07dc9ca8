#include "minibatch.h"

#include "floatmath.h"

#pragma STDC FP_CONTRACT OFF

void lvm_gather_f32(const float *a, const long *rows, long n, long width, float *out) {
  for (long i = 0; i < n; i++) memcpy(out + i * width, a + rows[i] * width, sizeof(float) * width);
}

LVM_CLONES(void, lvm_gather_f64,
    (const double *a, const long *rows, long n, long width, float *out),
    (a, rows, n, width, out)) {
  for (long i = 0; i < n; i++) {
    const double *from = a + rows[i] * width;
    float *to = out + i * width;
    for (long c = 0; c < width; c++) to[c] = (float)from[c];
  }
}

LVM_CLONES(void, lvm_gather_u8,
    (const uint8_t *a, const long *rows, long n, long width, float scale, float shift, float *out),
    (a, rows, n, width, scale, shift, out)) {
  for (long i = 0; i < n; i++) {
    const uint8_t *from = a + rows[i] * width;
    float *to = out + i * width;
    for (long c = 0; c < width; c++) to[c] = (float)from[c] * scale + shift;
  }
}

LVM_CLONES(void, lvm_gather_bits,
    (const uint8_t *a, const long *rows, long n, long width, float *out),
    (a, rows, n, width, out)) {
  long bytes = (width + 7) / 8;
  for (long i = 0; i < n; i++) {
    const uint8_t *from = a + rows[i] * bytes;
    float *to = out + i * width;
    for (long c = 0; c < width; c++) to[c] = (float)((from[c >> 3] >> (c & 7)) & 1);
  }
}

LVM_CLONES(int, lvm_pack_bits,
    (const double *a, long n, long width, uint8_t *out),
    (a, n, width, out)) {
  for (long i = 0; i < n; i++, a += width) {
    int bad = 0;
    for (long c = 0; c < width; c += 8) {
      unsigned byte = 0;
      for (int b = 0; b < 8 && c + b < width; b++) {
        byte |= (unsigned)(a[c + b] != 0) << b;
        bad |= (a[c + b] != 0) & (a[c + b] != 1);
      }
      *out++ = (uint8_t)byte;
    }
    if (bad) return 0;
  }
  return 1;
}

LVM_CLONES(int, lvm_pack_bytes, (const double *a, long n, uint8_t *out), (a, n, out)) {
  for (long start = 0; start < n; start += 4096) {
    long end = start + 4096 < n ? start + 4096 : n;
    int bad = 0;
    for (long i = start; i < end; i++) {
      double value = a[i] >= 0 && a[i] <= 255 ? a[i] : 0.5;
      uint8_t byte = (uint8_t)(int)value;
      out[i] = byte;
      bad |= (double)byte != value;
    }
    if (bad) return 0;
  }
  return 1;
}

// The SplitMix64 finaliser (Steele, Lea & Flood 2014).
LVM_INLINE uint64_t lvm_mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

LVM_INLINE uint64_t lvm_row_key(uint64_t key, long row) {
  return lvm_mix(key ^ lvm_mix((uint64_t)row + 0x9e3779b97f4a7c15ull));
}

LVM_INLINE uint64_t lvm_draw(uint64_t key, long pair) {
  return lvm_mix(key + (uint64_t)(pair + 1) * 0x9e3779b97f4a7c15ull);
}

// The upper or lower half of a draw on (0, 1): odd multiples of 2⁻²⁴.
LVM_INLINE float lvm_unit(uint32_t bits) { return ((float)(bits >> 9) + 0.5f) * 0x1p-23f; }

enum { LVM_PAIRS = 256 };

LVM_CLONES(void, lvm_random_uniform,
    (uint64_t key, const long *rows, long n, long width, float *out),
    (key, rows, n, width, out)) {
  for (long i = 0; i < n; i++) {
    uint64_t own = lvm_row_key(key, rows[i]);
    float *to = out + i * width;
    for (long p = 0; p < width / 2; p++) {
      uint64_t u = lvm_draw(own, p);
      to[2 * p] = lvm_unit((uint32_t)(u >> 32));
      to[2 * p + 1] = lvm_unit((uint32_t)u);
    }
    if (width & 1) to[width - 1] = lvm_unit((uint32_t)(lvm_draw(own, width / 2) >> 32));
  }
}

// sin and cos of 2π·u/2³²: the quarter turn from the top bits, polynomials within ±π/4.
LVM_INLINE void lvm_turn(uint32_t u, float *sine, float *cosine) {
  uint32_t quarter = (u + 0x20000000u) >> 30;
  float x = (float)(int32_t)(u - (quarter << 30)) * 1.46291807e-9f;
  float z = x * x;
  float s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * x + x;
  float c = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z -
            0.5f * z + 1.0f;
  float a = quarter & 1 ? c : s, b = quarter & 1 ? s : c;
  *sine = quarter & 2 ? -a : a;
  *cosine = (quarter + 1) & 2 ? -b : b;
}

LVM_CLONES(void, lvm_random_normal,
    (uint64_t key, const long *rows, long n, long width, float *out),
    (key, rows, n, width, out)) {
  float first[LVM_PAIRS], second[LVM_PAIRS];
  long pairs = (width + 1) / 2;
  for (long i = 0; i < n; i++) {
    uint64_t own = lvm_row_key(key, rows[i]);
    for (long start = 0; start < pairs; start += LVM_PAIRS) {
      long count = pairs - start < LVM_PAIRS ? pairs - start : LVM_PAIRS;
      for (long p = 0; p < count; p++) {
        uint64_t u = lvm_draw(own, start + p);
        float radius = lvm_sqrtf1(-2.0f * lvm_logf1(((float)(uint32_t)(u >> 32) + 0.5f) * 0x1p-32f));
        float sine, cosine;
        lvm_turn((uint32_t)u, &sine, &cosine);
        first[p] = radius * cosine;
        second[p] = radius * sine;
      }
      float *to = out + i * width + 2 * start;
      long room = width - 2 * start;
      for (long p = 0; p < count; p++) {
        to[2 * p] = first[p];
        if (2 * p + 1 < room) to[2 * p + 1] = second[p];
      }
    }
  }
}
