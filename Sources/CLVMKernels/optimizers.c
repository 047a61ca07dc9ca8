#include "optimizers.h"

#include "floatmath.h"

#pragma STDC FP_CONTRACT OFF

LVM_CLONES void lvm_adam(float *restrict p, float *restrict m, float *restrict v,
                         const float *restrict gradient, long n, float scale, float beta1,
                         float beta2, float rate, float root, float epsilon, float decay) {
  float rest1 = 1.0f - beta1, rest2 = 1.0f - beta2, keep = 1.0f - decay;
  for (long i = 0; i < n; i++) {
    float g = gradient[i] * scale;
    float first = beta1 * m[i] + rest1 * g;
    float second = beta2 * v[i] + rest2 * (g * g);
    m[i] = first;
    v[i] = second;
    p[i] = keep * p[i] - rate * first / (lvm_sqrtf1(second) * root + epsilon);
  }
}

LVM_CLONES void lvm_momentum(float *restrict p, float *restrict m, const float *restrict gradient,
                             long n, float scale, float mu, float rate, float decay) {
  float keep = 1.0f - decay;
  for (long i = 0; i < n; i++) {
    float first = mu * m[i] + gradient[i] * scale;
    m[i] = first;
    p[i] = keep * p[i] - rate * first;
  }
}

LVM_CLONES double lvm_sum_of_squares(const float *a, long n) {
  double lane[8] = {0};
  long i = 0;
  for (; i + 8 <= n; i += 8)
    for (int l = 0; l < 8; l++) lane[l] += (double)a[i + l] * (double)a[i + l];
  for (int l = 0; i + l < n; l++) lane[l] += (double)a[i + l] * (double)a[i + l];
  return ((lane[0] + lane[4]) + (lane[2] + lane[6])) + ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}
