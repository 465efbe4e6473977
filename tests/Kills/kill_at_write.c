// Preloaded into a program, it kills it with SIGKILL just before its n-th change to a file below a folder: the moments at which a crash can lose
// something. KILL_BELOW names the folder, KILL_AT is n from 1; with KILL_COUNT (a file) nothing is killed and the number of changes is appended to it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long changes;

static void change(const char *path)
{
    const char *below = getenv("KILL_BELOW");
    if (below == NULL || path == NULL || strncmp(path, below, strlen(below)) != 0)
        return;
    long now = __sync_add_and_fetch(&changes, 1);
    const char *at = getenv("KILL_AT");
    if (at != NULL && now == atol(at))
        kill(getpid(), SIGKILL);
}

static void change_of(int descriptor)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length > 0)
    {
        path[length] = 0;
        change(path);
    }
}

#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

int rename(const char *from, const char *to) { change(to); return REAL(int, rename, const char *, const char *)(from, to); }
int unlink(const char *path) { change(path); return REAL(int, unlink, const char *)(path); }
int rmdir(const char *path) { change(path); return REAL(int, rmdir, const char *)(path); }
int mkdir(const char *path, mode_t mode) { change(path); return REAL(int, mkdir, const char *, mode_t)(path, mode); }
int fsync(int descriptor) { change_of(descriptor); return REAL(int, fsync, int)(descriptor); }
int ftruncate(int descriptor, off_t length) { change_of(descriptor); return REAL(int, ftruncate, int, off_t)(descriptor, length); }

int open(const char *path, int flags, ...)
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
    return REAL(int, open, const char *, int, ...)(path, flags, mode);
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
