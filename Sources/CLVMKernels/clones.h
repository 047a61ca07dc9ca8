// What every kernel file here needs first: per-CPU clones where the platform has them, and
// arithmetic that gives the same bits in each clone (no contraction into fused multiply-adds).
#ifndef LVM_CLONES_H
#define LVM_CLONES_H

#if defined(__x86_64__) && defined(__linux__) && defined(__has_attribute)
#if __has_attribute(target_clones)
#define LVM_CLONES __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#endif
#endif
#ifndef LVM_CLONES
#define LVM_CLONES
#endif

// Whether vectors of eight doubles are single registers, of which there are 32.
#if defined(__x86_64__) && defined(__linux__)
#define lvm_registers_are_wide() __builtin_cpu_supports("avx512f")
#else
#define lvm_registers_are_wide() 0
#endif

#define LVM_INLINE static inline __attribute__((always_inline))

#endif
