/* Faults in the system calls of a process: counts those that change what is below a folder, and at the Nth one kills the
 * process, kills it halfway through a write, or fails. Preloaded (LD_PRELOAD), so that writers in C, C++ and Rust pass
 * here as well as Python's. Does nothing until auditor_fault is called.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, RENAME = 4, REMOVE = 8, MAKE = 16 };
enum { COUNT = 0, KILL = 1, TORN = 2, FAIL = 3, FULL = 4 };

static char folder[PATH_MAX];
static size_t length;
static int kinds, mode, code, counted = -1;
static long wanted, seen;

/* kinds: sum of the kinds of calls that count; number: of the call; how: see above; error: for FAIL and FULL, where FULL
 * also fails all counted calls after it; to: an open file that gets one byte for each call. */
void auditor_fault(const char *below, int which, long number, int how, int error, int to) {
    length = strlen(below);
    memcpy(folder, below, length + 1);
    wanted = number, mode = how, code = error, counted = to, seen = 0;
    kinds = which;
}

static int is_below(const char *path) {
    return length && !strncmp(path, folder, length) && (path[length] == '/' || !path[length]);
}

static int handle_is_below(int handle) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0)
        return 0;
    path[size] = 0;
    return is_below(path);
}

static int path_is_below(int base, const char *path) {
    char cwd[PATH_MAX];
    if (*path == '/')
        return is_below(path);
    if (base != AT_FDCWD)
        return handle_is_below(base);
    return getcwd(cwd, sizeof cwd) && is_below(cwd);
}

/* Whether the call must fail; does not return where the process dies. `torn` is what to write before it dies. */
static int struck(int kind, int handle, const void *data, size_t size) {
    (void)kind;
    long now = __sync_add_and_fetch(&seen, 1);
    if (counted >= 0)
        syscall(SYS_write, counted, ".", 1);
    if (mode == COUNT || now < wanted || (now > wanted && mode != FULL))
        return 0;
    if (mode == TORN && data && size > 1)
        syscall(SYS_write, handle, data, size / 2);
    if (mode == KILL || mode == TORN)
        kill(getpid(), SIGKILL), pause();
    errno = code;
    return 1;
}

#define REAL(name) (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define FD(kind, handle, data, size) \
    if ((kinds & (kind)) && handle_is_below(handle) && struck(kind, handle, data, size)) return -1
#define AT(kind, base, path) \
    if ((kinds & (kind)) && path_is_below(base, path) && struck(kind, -1, NULL, 0)) return -1

ssize_t write(int handle, const void *data, size_t size) {
    static __typeof__(&write) real;
    if (!real) real = REAL(write);
    FD(WRITE, handle, data, size);
    return real(handle, data, size);
}
ssize_t pwrite(int handle, const void *data, size_t size, off_t at) {
    FD(WRITE, handle, NULL, size);
    return (REAL(pwrite))(handle, data, size, at);
}
ssize_t pwrite64(int handle, const void *data, size_t size, off64_t at) {
    FD(WRITE, handle, NULL, size);
    return (REAL(pwrite64))(handle, data, size, at);
}
ssize_t writev(int handle, const struct iovec *parts, int count) {
    FD(WRITE, handle, count ? parts[0].iov_base : NULL, count ? parts[0].iov_len : 0);
    return (REAL(writev))(handle, parts, count);
}
ssize_t copy_file_range(int from, off64_t *at, int handle, off64_t *to, size_t size, unsigned flags) {
    FD(WRITE, handle, NULL, size);
    return (REAL(copy_file_range))(from, at, handle, to, size, flags);
}
ssize_t sendfile64(int handle, int from, off64_t *at, size_t size);
ssize_t sendfile64(int handle, int from, off64_t *at, size_t size) {
    FD(WRITE, handle, NULL, size);
    return (REAL(sendfile64))(handle, from, at, size);
}
int ftruncate(int handle, off_t size) {
    FD(WRITE, handle, NULL, 0);
    return (REAL(ftruncate))(handle, size);
}
int ftruncate64(int handle, off64_t size) {
    FD(WRITE, handle, NULL, 0);
    return (REAL(ftruncate64))(handle, size);
}
int fsync(int handle) {
    FD(SYNC, handle, NULL, 0);
    return (REAL(fsync))(handle);
}
int fdatasync(int handle) {
    FD(SYNC, handle, NULL, 0);
    return (REAL(fdatasync))(handle);
}
int rename(const char *from, const char *to) {
    AT(RENAME, AT_FDCWD, to);
    return (REAL(rename))(from, to);
}
int renameat(int base, const char *from, int other, const char *to) {
    AT(RENAME, other, to);
    return (REAL(renameat))(base, from, other, to);
}
int renameat2(int base, const char *from, int other, const char *to, unsigned flags) {
    AT(RENAME, other, to);
    return (REAL(renameat2))(base, from, other, to, flags);
}
int link(const char *from, const char *to) {
    AT(RENAME, AT_FDCWD, to);
    return (REAL(link))(from, to);
}
int linkat(int base, const char *from, int other, const char *to, int flags) {
    AT(RENAME, other, to);
    return (REAL(linkat))(base, from, other, to, flags);
}
int unlink(const char *path) {
    AT(REMOVE, AT_FDCWD, path);
    return (REAL(unlink))(path);
}
int unlinkat(int base, const char *path, int flags) {
    AT(REMOVE, base, path);
    return (REAL(unlinkat))(base, path, flags);
}
int rmdir(const char *path) {
    AT(REMOVE, AT_FDCWD, path);
    return (REAL(rmdir))(path);
}
int mkdir(const char *path, mode_t rights) {
    AT(MAKE, AT_FDCWD, path);
    return (REAL(mkdir))(path, rights);
}
int mkdirat(int base, const char *path, mode_t rights) {
    AT(MAKE, base, path);
    return (REAL(mkdirat))(base, path, rights);
}
#define OPEN(name)                                  \
    int name(const char *path, int flags, ...) {    \
        va_list more;                               \
        va_start(more, flags);                      \
        mode_t rights = va_arg(more, mode_t);       \
        va_end(more);                               \
        if (flags & O_CREAT)                        \
            AT(MAKE, AT_FDCWD, path);               \
        return (REAL(name))(path, flags, rights);   \
    }
OPEN(open)
OPEN(open64)
