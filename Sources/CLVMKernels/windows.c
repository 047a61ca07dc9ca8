#include "windows.h"

#include <string.h>

#include "clones.h"

// Columns of a window that lie in the image: [*first, *end).
static void lvm_inside(const lvm_window *w, long column, long *first, long *end) {
  long start = column * w->right - w->left;
  long a = start < 0 ? -start : 0;
  long b = w->width - start;
  b = b > w->kernel_width ? w->kernel_width : b;
  *first = a < w->kernel_width ? a : w->kernel_width;
  *end = b > *first ? b : *first;
}

#define LVM_WINDOWS(T, suffix)                                                                     \
  LVM_CLONES(void, lvm_patches_##suffix,                                                           \
      (const T *a, T *out, lvm_window w, long images, long channels, T fill),                      \
      (a, out, w, images, channels, fill)) {                                                       \
    long run = w.kernel_width * channels, image = w.height * w.width * channels;                   \
    for (long k = 0; k < images; k++, a += image)                                                  \
      for (long row = 0; row < w.rows; row++)                                                      \
        for (long column = 0; column < w.columns; column++) {                                      \
          long first, end;                                                                         \
          lvm_inside(&w, column, &first, &end);                                                    \
          for (long ky = 0; ky < w.kernel_height; ky++, out += run) {                              \
            long y = row * w.down + ky - w.above;                                                  \
            if (y < 0 || y >= w.height) {                                                          \
              for (long i = 0; i < run; i++) out[i] = fill;                                        \
              continue;                                                                            \
            }                                                                                      \
            const T *from = a + (y * w.width + column * w.right - w.left) * channels;              \
            for (long i = 0; i < first * channels; i++) out[i] = fill;                             \
            for (long i = first * channels; i < end * channels; i++) out[i] = from[i];             \
            for (long i = end * channels; i < run; i++) out[i] = fill;                             \
          }                                                                                        \
        }                                                                                          \
  }                                                                                                \
  LVM_CLONES(void, lvm_fold_patches_##suffix,                                                      \
      (const T *a, T *out, lvm_window w, long images, long channels),                              \
      (a, out, w, images, channels)) {                                                             \
    long run = w.kernel_width * channels, image = w.height * w.width * channels;                   \
    memset(out, 0, sizeof(T) * (size_t)(image * images));                                          \
    for (long k = 0; k < images; k++, out += image)                                                \
      for (long row = 0; row < w.rows; row++)                                                      \
        for (long column = 0; column < w.columns; column++) {                                      \
          long first, end;                                                                         \
          lvm_inside(&w, column, &first, &end);                                                    \
          for (long ky = 0; ky < w.kernel_height; ky++, a += run) {                                \
            long y = row * w.down + ky - w.above;                                                  \
            if (y < 0 || y >= w.height) continue;                                                  \
            T *to = out + (y * w.width + column * w.right - w.left) * channels;                    \
            for (long i = first * channels; i < end * channels; i++) to[i] += a[i];                \
          }                                                                                        \
        }                                                                                          \
  }

LVM_WINDOWS(float, f32)
LVM_WINDOWS(double, f64)
