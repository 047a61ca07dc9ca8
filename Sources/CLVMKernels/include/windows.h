// Windows that move over images [height, width, channels].
#ifndef LVM_WINDOWS_H
#define LVM_WINDOWS_H

typedef struct {
  long height, width, kernel_height, kernel_width;
  // Steps, and the places outside the image that the first window covers.
  long down, right, above, left;
  // Windows.
  long rows, columns;
} lvm_window;

// out[image, row, column, ky, kx, channel] = a[image, row·down + ky − above, column·right + kx − left,
// channel], or `fill` outside.
void lvm_patches_f32(const float *a, float *out, lvm_window window, long images, long channels,
                     float fill);
void lvm_patches_f64(const double *a, double *out, lvm_window window, long images, long channels,
                     double fill);

// The adjoint: sums into `out`, which is cleared first.
void lvm_fold_patches_f32(const float *a, float *out, lvm_window window, long images, long channels);
void lvm_fold_patches_f64(const double *a, double *out, lvm_window window, long images,
                          long channels);

#endif
