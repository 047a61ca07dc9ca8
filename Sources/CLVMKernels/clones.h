// What every kernel file here needs first: a clone for each level of processor, and arithmetic that
// gives the same bits in each clone (no contraction into fused multiply-adds).
#ifndef LVM_CLONES_H
#define LVM_CLONES_H

#include "include/levels.h"

#define LVM_INLINE static inline __attribute__((always_inline))

// LVM_CLONES(type, name, (parameters), (their names)) { body } defines one function whose body is compiled
// once for each level; a call goes to the clone of the level in use. Written out, and not left to the
// attribute `target_clones`: that has the loader choose, before there is an environment to read, for good,
// and, by the words it offers, "arch=haswell" is that model of processor and not what it can do. Choosing
// costs a load and a branch that is always the same, less than a call through the loader's table.
#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))
#define LVM_HAS_LEVELS 1

// Without the tuning that these names imply, which would halve the vectors of the level with wide ones.
#define LVM_V3 __attribute__((target("arch=x86-64-v3,tune=x86-64")))
#define LVM_V4 __attribute__((target("arch=x86-64-v4,tune=x86-64")))

// The level in use, 0 until a kernel first asks.
extern int lvm_level_in_use __attribute__((visibility("hidden")));

LVM_INLINE int lvm_level_now(void) {
  int level = __atomic_load_n(&lvm_level_in_use, __ATOMIC_RELAXED);
  return level ? level : lvm_level();
}

#define LVM_CLONE_FOR(target, clone, result, parameters, call) \
  target __attribute__((noinline)) static result clone parameters { return call; }

#define LVM_DEFINE_CLONES(linkage, result, name, parameters, arguments)                           \
  LVM_INLINE result name##_body parameters;                                                       \
  LVM_CLONE_FOR(LVM_V4, name##_v4, result, parameters, name##_body arguments)                     \
  LVM_CLONE_FOR(LVM_V3, name##_v3, result, parameters, name##_body arguments)                     \
  LVM_CLONE_FOR(, name##_baseline, result, parameters, name##_body arguments)                     \
  linkage result name parameters {                                                                \
    switch (lvm_level_now()) {                                                                    \
      case LVM_LEVEL_V4: return name##_v4 arguments;                                              \
      case LVM_LEVEL_V3: return name##_v3 arguments;                                              \
      default: return name##_baseline arguments;                                                  \
    }                                                                                             \
  }                                                                                               \
  LVM_INLINE result name##_body parameters

#else
#define LVM_HAS_LEVELS 0

LVM_INLINE int lvm_level_now(void) { return LVM_LEVEL_BASELINE; }

#define LVM_DEFINE_CLONES(linkage, result, name, parameters, arguments) \
  linkage result name parameters

#endif

#define LVM_CLONES(result, name, parameters, arguments) \
  LVM_DEFINE_CLONES(, result, name, parameters, arguments)
#define LVM_STATIC_CLONES(result, name, parameters, arguments) \
  LVM_DEFINE_CLONES(static, result, name, parameters, arguments)

// Whether vectors of eight doubles are single registers, of which there are 32.
#define lvm_registers_are_wide() (lvm_level_now() == LVM_LEVEL_V4)

#endif
