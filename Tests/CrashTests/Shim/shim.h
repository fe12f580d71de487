// A library that is loaded before a program's own (LD_PRELOAD) and stands between it and the system: it counts the calls by which the program
// changes files in one folder, and at a chosen one ends the process, fails, or does half of it. The environment says what:
//
//   WEIR_SHIM_FOLDER   calls on files below this folder count; all others pass
//   WEIR_SHIM_ACTION   kill-before, kill-after, fail, short, done-then-fail, record, allocation; anything else only counts
//   WEIR_SHIM_AT       the first call that is acted on, from 1
//   WEIR_SHIM_UNTIL    the last one; WEIR_SHIM_AT unless given
//   WEIR_SHIM_ERRNO    what a failing call answers
//   WEIR_SHIM_READS    1: calls that only read, open, map or lock count as well
//   WEIR_SHIM_LOG      a file outside of the folder that gets a line for each call that counts, or the recording
#ifndef WEIR_SHIM_H
#define WEIR_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

enum action { COUNT, KILL_BEFORE, KILL_AFTER, FAIL, SHORT, DONE_THEN_FAIL, RECORD, ALLOCATION };

// What is to become of one call.
struct verdict {
    bool counts;         // it is on a file of the folder
    enum action action;  // COUNT: let it pass
};

// Notes a call on a descriptor or a path, and decides. Ends the process where that is due before the call.
struct verdict on_descriptor(const char *name, int descriptor);
struct verdict on_path(const char *name, const char *path);
struct verdict reading_descriptor(const char *name, int descriptor);
struct verdict reading_path(const char *name, const char *path);
// After the call: ends the process, or turns its answer into a failure, where that is due.
ssize_t after(struct verdict verdict, ssize_t answer);
// The answer of a call that fails.
ssize_t refuse(void);
// Whether code of LMDB's is where the call returns to.
bool is_in_lmdb(void *caller);
// LMDB makes a write that was interrupted again for as long as it is interrupted, which no signal does: two of a hundred are let through.
bool gives_way(struct verdict verdict, void *caller);
// Whether the next allocation is to be refused.
bool refuses_allocation(void);
bool is_allocation_run(void);
bool is_recording(void);

// Kinds of entries in a recording.
enum entry { WRITE = 1, FLUSH = 2, TRUNCATE = 3, RENAME = 4, SAID = 5 };
void record_write(int descriptor, const struct iovec *parts, int count, int64_t offset, size_t bytes);
void record_flush(int descriptor);
void record_truncate(int descriptor, int64_t bytes);
void record_rename(const char *from, const char *to);
void record_said(const void *text, size_t bytes);
// Appends to the log.
void append(const struct iovec *parts, int count);
// The path of a descriptor; an empty string where there is none.
void path_of(int descriptor, char *path, size_t size);

#endif
