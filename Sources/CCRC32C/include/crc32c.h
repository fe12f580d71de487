// CRC-32C (Castagnoli) of a byte range: the CPU's own instruction where there is one, slicing tables elsewhere.
// C, because Swift has no intrinsic for it. Only the module LMDB imports this.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Goes on from `crc` (0 to begin). O(n); about 8 bytes a cycle-triple with the instruction.
uint32_t weir_crc32c(uint32_t crc, const void *bytes, size_t count);

// The same by tables only: what `weir_crc32c` does on a CPU without the instruction. For tests.
uint32_t weir_crc32c_tables(uint32_t crc, const void *bytes, size_t count);
