// Stores that go past the caches.
#ifndef LVM_STREAM_H
#define LVM_STREAM_H

#include <stdint.h>
#include <string.h>

#include "clones.h"

typedef float lvm_line __attribute__((vector_size(16)));

// Copies bytes, whole cache lines of `to` past the caches; `lvm_stream_end` before others read them.
LVM_INLINE void lvm_stream(const void *from, void *to, long bytes) {
  const char *source = from;
  char *target = to;
  long i = 0;
#if defined(__has_builtin)
#if __has_builtin(__builtin_nontemporal_store)
  if (((uintptr_t)target & 63) == 0) {
    for (; i + 64 <= bytes; i += 64) {
      lvm_line line[4];
      memcpy(line, source + i, 64);
      for (int k = 0; k < 4; k++)
        __builtin_nontemporal_store(line[k], (lvm_line *)(target + i) + k);
    }
  }
#endif
#endif
  memcpy(target + i, source + i, (size_t)(bytes - i));
}

LVM_INLINE void lvm_stream_end(void) {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

#endif
