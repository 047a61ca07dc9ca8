// Reductions whose order of additions depends on lengths alone, never on the instruction set.
#ifndef LVM_REDUCTIONS_H
#define LVM_REDUCTIONS_H

#define LVM_DECLARE_REDUCTIONS(T, suffix)                                                    \
  /* out[o, i] (+)= Σ_m a[o, m, i]; adds onto out where `accumulate`. */                     \
  void lvm_sum_##suffix(const T *a, T *out, long outer, long middle, long inner,             \
                        int accumulate);                                                     \
  /* out[o, i] = max_m a[o, m, i]; −∞ where middle is 0. */                                   \
  void lvm_max_##suffix(const T *a, T *out, long outer, long middle, long inner);            \
  /* out[o, i] = log Σ_m exp a[o, m, i], safe where all are −∞. */                            \
  void lvm_log_sum_exp_##suffix(const T *a, T *out, long outer, long middle, long inner);    \
  /* out[o] = log Σ_m exp a[o, m] and softmax[o, m] = exp(a[o, m] − out[o]), unless null. */  \
  void lvm_softmax_##suffix(const T *a, T *out, T *softmax, long outer, long middle);        \
  /* out[o, m, i]: running sums along m, from the end where `reversed`. */                   \
  void lvm_cumsum_##suffix(const T *a, T *out, long outer, long middle, long inner,          \
                           int reversed);

LVM_DECLARE_REDUCTIONS(double, f64)
LVM_DECLARE_REDUCTIONS(float, f32)

#endif
