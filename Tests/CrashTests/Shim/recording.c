// A recording: what was written to the folder's files, and when it was flushed. Each entry is appended after its call has returned, so that the order
// of entries is one in which the file may have changed. Little-endian, as the machine is:
//
//   [kind u32][1 when the write itself is a flush (O_DSYNC) u32][bytes of the path u32][bytes of the data u32][offset or length u64], path, data
#define _GNU_SOURCE
#include "shim.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct head {
    uint32_t kind, is_flushed, path_bytes, data_bytes;
    int64_t number;
};

static void record(enum entry kind, bool is_flushed, const char *path, int64_t number, const struct iovec *parts, int count, size_t bytes) {
    struct iovec all[IOV_MAX];
    struct head head = {kind, is_flushed, (uint32_t)strlen(path), (uint32_t)bytes, number};
    all[0] = (struct iovec){&head, sizeof head};
    all[1] = (struct iovec){(void *)path, strlen(path)};
    if (count > IOV_MAX - 2) count = IOV_MAX - 2;
    for (int i = 0; i < count; i++) all[2 + i] = parts[i];
    append(all, 2 + count);
}

void record_write(int descriptor, const struct iovec *parts, int count, int64_t offset, size_t bytes) {
    char path[PATH_MAX];
    path_of(descriptor, path, sizeof path);
    bool is_flushed = syscall(SYS_fcntl, descriptor, F_GETFL) & O_DSYNC;
    record(WRITE, is_flushed, path, offset, parts, count, bytes);
}

void record_flush(int descriptor) {
    char path[PATH_MAX];
    path_of(descriptor, path, sizeof path);
    record(FLUSH, true, path, 0, NULL, 0, 0);
}

void record_truncate(int descriptor, int64_t bytes) {
    char path[PATH_MAX];
    path_of(descriptor, path, sizeof path);
    record(TRUNCATE, false, path, bytes, NULL, 0, 0);
}

void record_rename(const char *from, const char *to) {
    struct iovec part = {(void *)to, strlen(to)};
    record(RENAME, false, from, 0, &part, 1, part.iov_len);
}

void record_said(const void *text, size_t bytes) {
    struct iovec part = {(void *)text, bytes};
    record(SAID, false, "", 0, &part, 1, bytes);
}
