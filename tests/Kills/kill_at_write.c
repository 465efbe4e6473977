// Preloaded into a program, it kills it with SIGKILL just before its n-th change to a file below a folder: the moments at which a crash can lose
// something. Writing counts twice: the program dies before the first byte, or after half of them.
// KILL_BELOW names the folder, KILL_AT is n from 1; with KILL_COUNT (a file) nothing is killed and the number of changes is appended to it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static long changes;

static void die(void) { kill(getpid(), SIGKILL); }

// Counts a change and says whether it is the one to die at.
static int due(const char *path)
{
    const char *below = getenv("KILL_BELOW");
    if (below == NULL || path == NULL || strncmp(path, below, strlen(below)) != 0)
        return 0;
    long now = __sync_add_and_fetch(&changes, 1);
    const char *at = getenv("KILL_AT");
    return at != NULL && now == atol(at);
}

static int due_of(int descriptor)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return 0;
    path[length] = 0;
    return due(path);
}

static void change(const char *path) { if (due(path)) die(); }
static void change_of(int descriptor) { if (due_of(descriptor)) die(); }

#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

int rename(const char *from, const char *to) { change(to); return REAL(int, rename, const char *, const char *)(from, to); }
int link(const char *from, const char *to) { change(to); return REAL(int, link, const char *, const char *)(from, to); }
int unlink(const char *path) { change(path); return REAL(int, unlink, const char *)(path); }
int rmdir(const char *path) { change(path); return REAL(int, rmdir, const char *)(path); }
int mkdir(const char *path, mode_t mode) { change(path); return REAL(int, mkdir, const char *, mode_t)(path, mode); }
int fsync(int descriptor) { change_of(descriptor); return REAL(int, fsync, int)(descriptor); }
int ftruncate64(int descriptor, off64_t length) { change_of(descriptor); return REAL(int, ftruncate64, int, off64_t)(descriptor, length); }

// Under the names by which .NET calls them.
ssize_t write(int descriptor, const void *bytes, size_t count)
{
    change_of(descriptor);
    int half = due_of(descriptor);
    ssize_t written = REAL(ssize_t, write, int, const void *, size_t)(descriptor, bytes, half ? count / 2 : count);
    if (half)
        die();
    return written;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t at)
{
    change_of(descriptor);
    int half = due_of(descriptor);
    ssize_t written = REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)(descriptor, bytes, half ? count / 2 : count, at);
    if (half)
        die();
    return written;
}

ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off64_t at)
{
    change_of(descriptor);
    int half = due_of(descriptor);
    ssize_t written = REAL(ssize_t, pwritev64, int, const struct iovec *, int, off64_t)(descriptor, parts, half ? count / 2 : count, at);
    if (half)
        die();
    return written;
}

int open64(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & O_CREAT)
    {
        va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
        change(path);
    }
    return REAL(int, open64, const char *, int, ...)(path, flags, mode);
}

__attribute__((destructor)) static void count(void)
{
    const char *file = getenv("KILL_COUNT");
    FILE *out = file == NULL ? NULL : fopen(file, "a");
    if (out != NULL)
    {
        fprintf(out, "%ld\n", changes);
        fclose(out);
    }
}
