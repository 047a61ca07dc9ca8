#ifndef LVM_DIGEST_H
#define LVM_DIGEST_H
#include <stddef.h>
#include <stdint.h>

// Folds `blocks` blocks of 64 bytes into the eight words of a SHA-256 (FIPS 180-4).
void lvm_sha256_blocks(uint32_t state[8], const uint8_t *bytes, size_t blocks);

#endif
