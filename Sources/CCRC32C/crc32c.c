#include "crc32c.h"
#include <string.h>

// Polynomial 0x1EDC6F41, reflected. Checked against RFC 3720, B.4, in LMDBTests.
static const uint32_t polynomial = 0x82F63B78u;
static uint32_t table[8][256];

__attribute__((constructor)) static void makeTables(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? (c >> 1) ^ polynomial : c >> 1;
        table[0][i] = c;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int t = 1; t < 8; t++) table[t][i] = (table[t - 1][i] >> 8) ^ table[0][table[t - 1][i] & 0xFF];
}

uint32_t weir_crc32c_tables(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    crc = ~crc;
    for (; count >= 8; p += 8, count -= 8) {
        uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
        crc = table[7][low & 0xFF] ^ table[6][low >> 8 & 0xFF] ^ table[5][low >> 16 & 0xFF] ^ table[4][low >> 24] ^
              table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
    }
    while (count--) crc = (crc >> 8) ^ table[0][(crc ^ *p++) & 0xFF];
    return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t byInstruction(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    uint64_t c = (uint32_t)~crc;
    for (; count >= 8; p += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        c = __builtin_ia32_crc32di(c, word);
    }
    uint32_t rest = (uint32_t)c;
    while (count--) rest = __builtin_ia32_crc32qi(rest, *p++);
    return ~rest;
}
static int hasInstruction(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__)
#include <arm_acle.h>
#if defined(__linux__)
#include <sys/auxv.h>
static int hasInstruction(void) { return (getauxval(AT_HWCAP) >> 7) & 1; } // HWCAP_CRC32
#else
static int hasInstruction(void) { return 1; } // every Apple CPU with arm64 has it
#endif
__attribute__((target("crc"))) static uint32_t byInstruction(uint32_t crc, const void *bytes, size_t count) {
    const uint8_t *p = bytes;
    crc = ~crc;
    for (; count >= 8; p += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        crc = __crc32cd(crc, word);
    }
    while (count--) crc = __crc32cb(crc, *p++);
    return ~crc;
}
#else
static int hasInstruction(void) { return 0; }
static uint32_t byInstruction(uint32_t crc, const void *bytes, size_t count) { return weir_crc32c_tables(crc, bytes, count); }
#endif

static int instruction;
__attribute__((constructor)) static void choose(void) { instruction = hasInstruction(); }

uint32_t weir_crc32c(uint32_t crc, const void *bytes, size_t count) {
    return instruction ? byInstruction(crc, bytes, count) : weir_crc32c_tables(crc, bytes, count);
}
