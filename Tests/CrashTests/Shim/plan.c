// What is to happen, and at which call: read from the environment once, before the program begins.
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char folder[PATH_MAX];
static size_t folder_length;
static enum action action = COUNT;
static long from, until;
static int failure = EIO;
static bool reads_count;
static int journal = -1;
static atomic_long calls;
static atomic_long allocations;

static long number(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text != NULL ? atol(text) : otherwise;
}

static enum action named(const char *name) {
    static const char *const names[] = {"count", "kill-before", "kill-after", "fail", "short", "done-then-fail", "record", "allocation"};
    for (int i = 0; name != NULL && i < 8; i++)
        if (strcmp(name, names[i]) == 0) return (enum action)i;
    return COUNT;
}

__attribute__((constructor)) static void plan(void) {
    const char *under = getenv("WEIR_SHIM_FOLDER");
    if (under != NULL) {
        snprintf(folder, sizeof folder, "%s", under);
        folder_length = strlen(folder);
    }
    action = named(getenv("WEIR_SHIM_ACTION"));
    from = number("WEIR_SHIM_AT", 0);
    until = number("WEIR_SHIM_UNTIL", from);
    failure = (int)number("WEIR_SHIM_ERRNO", EIO);
    reads_count = number("WEIR_SHIM_READS", 0) != 0;
    const char *log = getenv("WEIR_SHIM_LOG");
    if (log != NULL) journal = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    // What the program starts is its own affair.
    unsetenv("LD_PRELOAD");
}

void append(const struct iovec *parts, int count) {
    if (journal >= 0) (void)!syscall(SYS_writev, journal, parts, count);
}

void path_of(int descriptor, char *path, size_t size) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, size - 1);
    path[length < 0 ? 0 : length] = 0;
}

static void end_now(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

static void note(const char *name, const char *path, bool is_acted_on) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s%s %s\n", name, is_acted_on ? "*" : "", path + folder_length);
    struct iovec part = {line, (size_t)length};
    append(&part, 1);
}

static struct verdict decide(const char *name, const char *path) {
    struct verdict verdict = {false, COUNT};
    if (folder_length == 0) return verdict;
    // A call that has no path is taken for one on the folder itself.
    if (path == NULL) path = folder;
    if (strncmp(path, folder, folder_length) != 0) return verdict;
    verdict.counts = true;
    if (action == RECORD) {
        verdict.action = RECORD;
        return verdict;
    }
    long call = atomic_fetch_add(&calls, 1) + 1;
    bool is_due = action != COUNT && action != ALLOCATION && call >= from && call <= until;
    note(name, path, is_due);
    if (!is_due) return verdict;
    if (action == KILL_BEFORE) end_now();
    verdict.action = action;
    return verdict;
}

struct verdict on_path(const char *name, const char *path) {
    int saved = errno;
    struct verdict verdict = decide(name, path);
    errno = saved;
    return verdict;
}

struct verdict on_descriptor(const char *name, int descriptor) {
    if (folder_length == 0) return (struct verdict){false, COUNT};
    char path[PATH_MAX];
    int saved = errno;
    path_of(descriptor, path, sizeof path);
    errno = saved;
    return on_path(name, path);
}

struct verdict reading_descriptor(const char *name, int descriptor) {
    return reads_count ? on_descriptor(name, descriptor) : (struct verdict){false, COUNT};
}

struct verdict reading_path(const char *name, const char *path) {
    return reads_count ? on_path(name, path) : (struct verdict){false, COUNT};
}

ssize_t refuse(void) {
    errno = failure;
    return -1;
}

bool gives_way(struct verdict verdict, void *caller) {
    static atomic_long interruptions;
    if (verdict.action != FAIL || failure != EINTR || !is_in_lmdb(caller)) return false;
    // Two in a row: LMDB seeks, writes, and does both again when the write is interrupted.
    return atomic_fetch_add(&interruptions, 1) % 100 >= 98;
}

ssize_t after(struct verdict verdict, ssize_t answer) {
    if (verdict.action == KILL_AFTER) end_now();
    return verdict.action == DONE_THEN_FAIL ? refuse() : answer;
}

bool is_recording(void) { return action == RECORD; }
bool is_allocation_run(void) { return action == ALLOCATION; }

bool refuses_allocation(void) {
    long place = atomic_fetch_add(&allocations, 1) + 1;
    bool is_due = place >= from && place <= until;
    struct iovec part = {is_due ? "allocation*\n" : "allocation\n", is_due ? 12 : 11};
    append(&part, 1);
    return is_due;
}
