// Updates of parameters, fused into one pass over a run of them.
#ifndef LVM_OPTIMIZERS_H
#define LVM_OPTIMIZERS_H

// Adam (Kingma & Ba 2015) with decoupled weight decay (Loshchilov & Hutter 2019). With g = gradient ·
// scale: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p − rate·m / (√v·root + ε) − decay·p, where
// `rate` already holds 1/(1 − β₁ᵗ) and `root` is 1/√(1 − β₂ᵗ).
void lvm_adam(float *p, float *m, float *v, const float *gradient, long n, float scale, float beta1,
              float beta2, float rate, float root, float epsilon, float decay);

// Gradient descent with momentum: m ← μm + g, p ← p − rate·m − decay·p.
void lvm_momentum(float *p, float *m, const float *gradient, long n, float scale, float mu, float rate,
                  float decay);

// Σ a², in Float64, added in an order that depends on n alone.
double lvm_sum_of_squares(const float *a, long n);

#endif
