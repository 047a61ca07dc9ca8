// The levels of processor that kernels exist for, and the one in use.
#ifndef LVM_LEVELS_H
#define LVM_LEVELS_H

// As the x86-64 ABI numbers them: AVX2 with fused multiply-adds, and AVX-512 (F, BW, CD, DQ, VL). Other
// processors have the baseline alone.
enum { LVM_LEVEL_BASELINE = 1, LVM_LEVEL_V3 = 2, LVM_LEVEL_V4 = 3 };

// The highest that this processor and its system have.
int lvm_machine_level(void);

// The one in use. Before anything else was asked for: what LVM_KERNELS (v4, v3, baseline) says in the
// environment, or the machine's where that says nothing or what the machine has not got.
int lvm_level(void);

// Uses another from now on; returns 0 and does nothing where the machine has not got it. Not while kernels
// run.
int lvm_use_level(int level);

#endif
