#include "levels.h"

#include <stdlib.h>
#include <string.h>

#include "clones.h"

int lvm_level_in_use = 0;

#if LVM_HAS_LEVELS
#include <cpuid.h>

static int all(unsigned word, unsigned bits) { return (word & bits) == bits; }

// Asked of the processor itself: what compilers' libraries know of it depends on their age.
int lvm_machine_level(void) {
  unsigned a, b, c, d;
  // SSE3, SSSE3, FMA, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT, OSXSAVE, AVX, F16C.
  const unsigned basic = 1u << 0 | 1u << 9 | 1u << 12 | 1u << 13 | 1u << 19 | 1u << 20 | 1u << 22 |
                         1u << 23 | 1u << 27 | 1u << 28 | 1u << 29;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !all(c, basic)) return LVM_LEVEL_BASELINE;
  // What the system saves of a thread: the registers' lower halves and AVX's upper ones, then AVX-512's.
  unsigned saved, high;
  __asm__("xgetbv" : "=a"(saved), "=d"(high) : "c"(0));
  if (!all(saved, 0x06)) return LVM_LEVEL_BASELINE;
  // LZCNT; then BMI1, AVX2, BMI2.
  if (!__get_cpuid(0x80000001u, &a, &b, &c, &d) || !all(c, 1u << 5)) return LVM_LEVEL_BASELINE;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !all(b, 1u << 3 | 1u << 5 | 1u << 8))
    return LVM_LEVEL_BASELINE;
  // AVX512F, DQ, CD, BW, VL.
  const unsigned wide = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;
  return all(b, wide) && all(saved, 0xe6) ? LVM_LEVEL_V4 : LVM_LEVEL_V3;
}
#else
int lvm_machine_level(void) { return LVM_LEVEL_BASELINE; }
#endif

int lvm_level(void) {
  int level = __atomic_load_n(&lvm_level_in_use, __ATOMIC_RELAXED);
  if (level) return level;
  level = lvm_machine_level();
  const char *word = getenv("LVM_KERNELS");
  if (word) {
    int asked = !strcmp(word, "v4")         ? LVM_LEVEL_V4
                : !strcmp(word, "v3")       ? LVM_LEVEL_V3
                : !strcmp(word, "baseline") ? LVM_LEVEL_BASELINE
                                            : level;
    if (asked < level) level = asked;
  }
  // Of threads that come here together each finds the same.
  __atomic_store_n(&lvm_level_in_use, level, __ATOMIC_RELAXED);
  return level;
}

int lvm_use_level(int level) {
  if (level < LVM_LEVEL_BASELINE || level > lvm_machine_level()) return 0;
  __atomic_store_n(&lvm_level_in_use, level, __ATOMIC_RELAXED);
  return 1;
}
