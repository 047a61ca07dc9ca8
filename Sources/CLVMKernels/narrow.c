#include "narrow.h"

#include <string.h>

#include "clones.h"

LVM_STATIC_CLONES(int, lvm_narrow_f32, (const float *a, long n, uint8_t *out), (a, n, out)) {
  uint32_t bad = 0;
  for (long i = 0; i < n; i++) {
    float value = a[i] >= 0 && a[i] <= 255 ? a[i] : 0.5f;
    uint8_t byte = (uint8_t)(int)value;
    float back = byte;
    // By bits, so that a negative zero stays one.
    uint32_t before, after;
    memcpy(&before, &a[i], 4);
    memcpy(&after, &back, 4);
    out[i] = byte;
    bad |= before ^ after;
  }
  return bad == 0;
}

LVM_STATIC_CLONES(int, lvm_narrow_i32, (const uint32_t *a, long n, uint8_t *out), (a, n, out)) {
  uint32_t all = 0;
  for (long i = 0; i < n; i++) {
    out[i] = (uint8_t)a[i];
    all |= a[i];
  }
  return all <= 255;
}

LVM_STATIC_CLONES(int, lvm_narrow_i64, (const uint64_t *a, long n, uint8_t *out), (a, n, out)) {
  uint64_t all = 0;
  for (long i = 0; i < n; i++) {
    out[i] = (uint8_t)a[i];
    all |= a[i];
  }
  return all <= 255;
}

int lvm_narrow(int kind, const void *numbers, long n, uint8_t *out) {
  if (kind == LVM_NARROW_F32) return lvm_narrow_f32(numbers, n, out);
  if (kind == LVM_NARROW_I32) return lvm_narrow_i32(numbers, n, out);
  return kind == LVM_NARROW_I64 && lvm_narrow_i64(numbers, n, out);
}
