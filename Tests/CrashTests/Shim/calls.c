// The calls themselves, under every name that the C library gives them. Each goes to the system directly.
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)
#define ALIAS(of) __attribute__((alias(#of)))

static size_t length_of(const struct iovec *parts, int count) {
    size_t bytes = 0;
    for (int i = 0; i < count; i++) bytes += parts[i].iov_len;
    return bytes;
}

// A write of any kind: at `offset`, or where the descriptor stands when that is negative.
static ssize_t write_parts(
    const char *name, int descriptor, const struct iovec *parts, int count, off_t offset, void *caller) {
    if (descriptor == STDOUT_FILENO && is_recording()) record_said(parts[0].iov_base, parts[0].iov_len);
    struct verdict verdict = on_descriptor(name, descriptor);
    if (verdict.action == FAIL && !gives_way(verdict, caller)) return refuse();
    size_t bytes = length_of(parts, count);
    off_t place = offset >= 0 ? offset : verdict.action == RECORD ? syscall(SYS_lseek, descriptor, 0, SEEK_CUR) : 0;
    ssize_t written;
    if (verdict.action == SHORT) {
        struct iovec half = {parts[0].iov_base, parts[0].iov_len / 2};
        written = offset >= 0 ? syscall(SYS_pwrite64, descriptor, half.iov_base, half.iov_len, offset)
                              : syscall(SYS_write, descriptor, half.iov_base, half.iov_len);
    } else if (offset >= 0) {
        written = syscall(SYS_pwritev, descriptor, parts, count, offset, 0L);
    } else {
        written = syscall(SYS_writev, descriptor, parts, count);
    }
    if (verdict.action == RECORD && written == (ssize_t)bytes) record_write(descriptor, parts, count, place, bytes);
    return after(verdict, written);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    struct iovec part = {(void *)bytes, count};
    return write_parts("write", descriptor, &part, 1, -1, CALLER);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    struct iovec part = {(void *)bytes, count};
    return write_parts("pwrite", descriptor, &part, 1, offset, CALLER);
}
ssize_t pwrite64(int, const void *, size_t, off64_t) ALIAS(pwrite);

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    return write_parts("writev", descriptor, parts, count, -1, CALLER);
}

ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t offset) {
    return write_parts("pwritev", descriptor, parts, count, offset, CALLER);
}
ssize_t pwritev64(int, const struct iovec *, int, off64_t) ALIAS(pwritev);

static int flush(const char *name, int descriptor, long call) {
    struct verdict verdict = on_descriptor(name, descriptor);
    if (verdict.action == FAIL) return (int)refuse();
    int answer = (int)syscall(call, descriptor);
    if (verdict.action == RECORD && answer == 0) record_flush(descriptor);
    return (int)after(verdict, answer);
}

int fsync(int descriptor) { return flush("fsync", descriptor, SYS_fsync); }
int fdatasync(int descriptor) { return flush("fdatasync", descriptor, SYS_fdatasync); }

int msync(void *address, size_t bytes, int flags) {
    // Nobody maps a file to write to it, but LMDB would flush so with MDB_WRITEMAP: any such call counts.
    struct verdict verdict = on_path("msync", NULL);
    if (verdict.action == FAIL) return (int)refuse();
    return (int)after(verdict, syscall(SYS_msync, address, bytes, flags));
}

int ftruncate(int descriptor, off_t bytes) {
    struct verdict verdict = on_descriptor("ftruncate", descriptor);
    if (verdict.action == FAIL) return (int)refuse();
    int answer = (int)syscall(SYS_ftruncate, descriptor, bytes);
    if (verdict.action == RECORD && answer == 0) record_truncate(descriptor, bytes);
    return (int)after(verdict, answer);
}
int ftruncate64(int, off64_t) ALIAS(ftruncate);

off_t lseek(int descriptor, off_t offset, int whence) {
    struct verdict verdict = on_descriptor("lseek", descriptor);
    if (verdict.action == FAIL && !gives_way(verdict, CALLER)) return (off_t)refuse();
    return (off_t)after(verdict, syscall(SYS_lseek, descriptor, offset, whence));
}
off64_t lseek64(int, off64_t, int) ALIAS(lseek);

int rename(const char *from, const char *to) {
    struct verdict verdict = on_path("rename", from);
    if (verdict.action == FAIL) return (int)refuse();
    int answer = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (verdict.action == RECORD && answer == 0) record_rename(from, to);
    return (int)after(verdict, answer);
}

int unlink(const char *path) {
    struct verdict verdict = on_path("unlink", path);
    if (verdict.action == FAIL) return (int)refuse();
    return (int)after(verdict, syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int rmdir(const char *path) {
    struct verdict verdict = on_path("rmdir", path);
    if (verdict.action == FAIL) return (int)refuse();
    return (int)after(verdict, syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR));
}

int mkdir(const char *path, mode_t mode) {
    struct verdict verdict = on_path("mkdir", path);
    if (verdict.action == FAIL) return (int)refuse();
    return (int)after(verdict, syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

static int open_at(const char *path, int flags, mode_t mode) {
    struct verdict verdict = flags & (O_CREAT | O_TRUNC) ? on_path("open", path) : reading_path("open-existing", path);
    if (verdict.action == FAIL) return (int)refuse();
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (verdict.action == DONE_THEN_FAIL && descriptor >= 0) syscall(SYS_close, descriptor);
    return (int)after(verdict, descriptor);
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return open_at(path, flags, mode);
}
int open64(const char *, int, ...) ALIAS(open);

ssize_t pread(int descriptor, void *bytes, size_t count, off_t offset) {
    struct verdict verdict = reading_descriptor("pread", descriptor);
    if (verdict.action == FAIL) return refuse();
    if (verdict.action == SHORT) count /= 2;
    return after(verdict, syscall(SYS_pread64, descriptor, bytes, count, offset));
}
ssize_t pread64(int, void *, size_t, off64_t) ALIAS(pread);

int flock(int descriptor, int operation) {
    struct verdict verdict = reading_descriptor("flock", descriptor);
    if (verdict.action == FAIL) return (int)refuse();
    return (int)after(verdict, syscall(SYS_flock, descriptor, operation));
}

void *mmap(void *address, size_t bytes, int protection, int flags, int descriptor, off_t offset) {
    struct verdict verdict = {false, COUNT};
    if (descriptor >= 0) verdict = reading_descriptor("mmap", descriptor);
    if (verdict.action == FAIL) return (void *)refuse();
    void *mapped = (void *)syscall(SYS_mmap, address, bytes, protection, flags, descriptor, offset);
    if (verdict.action == DONE_THEN_FAIL && mapped != MAP_FAILED) syscall(SYS_munmap, mapped, bytes);
    return (void *)after(verdict, (ssize_t)mapped);
}
void *mmap64(void *, size_t, int, int, int, off64_t) ALIAS(mmap);
