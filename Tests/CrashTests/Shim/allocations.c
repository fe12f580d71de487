// Memory that LMDB asks for: told by where the call returns to. Everybody else's allocations pass.
#define _GNU_SOURCE
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static uintptr_t lower, upper;

static int find(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    (void)context;
    if (info->dlpi_name == NULL || strstr(info->dlpi_name, "liblmdb") == NULL) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        lower = info->dlpi_addr + part->p_vaddr;
        upper = lower + part->p_memsz;
    }
    return 1;
}

__attribute__((constructor)) static void look(void) { dl_iterate_phdr(find, NULL); }

bool is_in_lmdb(void *caller) { return (uintptr_t)caller >= lower && (uintptr_t)caller < upper; }

static bool refused(void *caller) { return is_in_lmdb(caller) && is_allocation_run() && refuses_allocation(); }

#define REFUSED() (refused(__builtin_return_address(0)) && (errno = ENOMEM))

void *malloc(size_t bytes) { return REFUSED() ? NULL : __libc_malloc(bytes); }
void *calloc(size_t count, size_t bytes) { return REFUSED() ? NULL : __libc_calloc(count, bytes); }
void *realloc(void *old, size_t bytes) { return REFUSED() ? NULL : __libc_realloc(old, bytes); }

int posix_memalign(void **found, size_t alignment, size_t bytes) {
    if (REFUSED()) return ENOMEM;
    void *memory = __libc_memalign(alignment, bytes);
    if (memory == NULL) return ENOMEM;
    *found = memory;
    return 0;
}

char *strdup(const char *text) {
    if (REFUSED()) return NULL;
    size_t bytes = strlen(text) + 1;
    char *copy = __libc_malloc(bytes);
    return copy != NULL ? memcpy(copy, text, bytes) : NULL;
}

// A thread needs a stack.
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
    static int (*next)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (REFUSED()) return EAGAIN;
    if (next == NULL) next = dlsym(RTLD_NEXT, "pthread_create");
    return next(thread, attributes, body, argument);
}
