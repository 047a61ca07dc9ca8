#include "optimizers.h"

#include "floatmath.h"
#include "stream.h"

#pragma STDC FP_CONTRACT OFF

// Other workers have read the parameters. Writing a line that another core holds waits for that core,
// one line after another; stores that go past the caches do not wait.
enum { LVM_BLOCK = 256 };

LVM_INLINE void lvm_put(float *to, const float *from, long n, int past) {
  if (past)
    lvm_stream(from, to, n * (long)sizeof(float));
  else
    memcpy(to, from, sizeof(float) * n);
}

LVM_CLONES(void, lvm_adam,
    (float *restrict p, float *restrict m, float *restrict v, const float *restrict gradient,
     long n, float scale, float beta1, float beta2, float rate, float root, float epsilon,
     float decay, int shared),
    (p, m, v, gradient, n, scale, beta1, beta2, rate, root, epsilon, decay, shared)) {
  float rest1 = 1.0f - beta1, rest2 = 1.0f - beta2, keep = 1.0f - decay;
  _Alignas(64) float next[LVM_BLOCK];
  for (long start = 0; start < n; start += LVM_BLOCK) {
    long count = n - start < LVM_BLOCK ? n - start : LVM_BLOCK;
    for (long i = 0; i < count; i++) {
      float g = gradient[start + i] * scale;
      float first = beta1 * m[start + i] + rest1 * g;
      float second = beta2 * v[start + i] + rest2 * (g * g);
      m[start + i] = first;
      v[start + i] = second;
      next[i] = keep * p[start + i] - rate * first / (lvm_sqrtf1(second) * root + epsilon);
    }
    lvm_put(p + start, next, count, shared);
  }
  lvm_stream_end();
}

LVM_CLONES(void, lvm_momentum,
    (float *restrict p, float *restrict m, const float *restrict gradient, long n, float scale,
     float mu, float rate, float decay, int shared),
    (p, m, gradient, n, scale, mu, rate, decay, shared)) {
  float keep = 1.0f - decay;
  _Alignas(64) float next[LVM_BLOCK];
  for (long start = 0; start < n; start += LVM_BLOCK) {
    long count = n - start < LVM_BLOCK ? n - start : LVM_BLOCK;
    for (long i = 0; i < count; i++) {
      float first = mu * m[start + i] + gradient[start + i] * scale;
      m[start + i] = first;
      next[i] = keep * p[start + i] - rate * first;
    }
    lvm_put(p + start, next, count, shared);
  }
  lvm_stream_end();
}

LVM_CLONES(double, lvm_sum_of_squares, (const float *a, long n), (a, n)) {
  double lane[8] = {0};
  long i = 0;
  for (; i + 8 <= n; i += 8)
    for (int l = 0; l < 8; l++) lane[l] += (double)a[i + l] * (double)a[i + l];
  for (int l = 0; i + l < n; l++) lane[l] += (double)a[i + l] * (double)a[i + l];
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}
