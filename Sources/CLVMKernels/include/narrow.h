// Numbers of a table as bytes.
#ifndef LVM_NARROW_H
#define LVM_NARROW_H

#include <stdint.h>

static const int LVM_NARROW_F32 = 0, LVM_NARROW_I32 = 1, LVM_NARROW_I64 = 2;

// n whole numbers from 0 to 255 as bytes; returns 0 where one is another, and `out` is then of no use.
// Integers may be signed or not.
int lvm_narrow(int kind, const void *numbers, long n, uint8_t *out);

#endif
