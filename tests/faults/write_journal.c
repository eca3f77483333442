/* Keeps a journal of what a program writes below a folder, and of what it makes sure is on the disk.

   LD_PRELOAD it, with WRITE_JOURNAL (the journal, a file outside of the folder) and WRITE_JOURNAL_FOLDER. Every
   record is a struct record and its data, appended by one write(). A write is recorded after it was done; a sync
   with the journal's length before it began, for it promises nothing of what came later. tests/faults/power_cut.py
   reads the journal. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITE = 1, TRUNCATE = 2, SYNC = 3, GONE = 4 };

struct record {
    uint64_t kind, inode;
    int64_t offset; /* of a write; the new length of a truncate; the journal's length before a sync */
    uint64_t length; /* of the data behind this record */
};

static int journal = -1;
static char folder[PATH_MAX];
static size_t folder_length;

static int raw_open(const char *path, int flags, mode_t mode) {
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("WRITE_JOURNAL"), *below = getenv("WRITE_JOURNAL_FOLDER");
    if (path == NULL || below == NULL || realpath(below, folder) == NULL) return;
    folder_length = strlen(folder);
    journal = raw_open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    /* A number that no program expects: a daemon closes the low ones. */
    if (journal >= 0) {
        int high = fcntl(journal, F_DUPFD_CLOEXEC, 900);
        if (high >= 0) syscall(SYS_close, journal), journal = high;
    }
}

static void fail(const char *what) {
    dprintf(2, "write_journal: %s: %s\n", what, strerror(errno));
    abort();
}

/* The inode of a regular file below the folder, or 0. */
static uint64_t watched(int fd) {
    char link[64], path[PATH_MAX];
    struct stat about;
    ssize_t length;
    if (journal < 0 || fd == journal || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path);
    if (length <= (ssize_t)folder_length || memcmp(path, folder, folder_length) != 0 || path[folder_length] != '/') return 0;
    return about.st_ino;
}

static int64_t journal_length(void) {
    struct stat about;
    if (fstat(journal, &about) != 0) fail("the journal cannot be measured");
    return about.st_size;
}

static void record(enum kind kind, uint64_t inode, int64_t offset, const struct iovec *data, int count, size_t length) {
    struct record head = {kind, inode, offset, length};
    struct iovec parts[IOV_MAX];
    size_t left = length;
    int used = 1, kept = errno;
    parts[0] = (struct iovec){&head, sizeof head};
    for (int part = 0; part < count && left > 0; part++) {
        size_t take = data[part].iov_len < left ? data[part].iov_len : left;
        parts[used++] = (struct iovec){data[part].iov_base, take};
        left -= take;
    }
    if (syscall(SYS_writev, journal, parts, used) != (ssize_t)(sizeof head + length)) fail("the journal cannot be written");
    errno = kept;
}

static void wrote(int fd, const struct iovec *data, int count, off_t offset, ssize_t done) {
    uint64_t inode;
    if (done > 0 && (inode = watched(fd)) != 0) record(WRITE, inode, offset, data, count, (size_t)done);
}

static off_t place(int fd) {
    return lseek(fd, 0, SEEK_CUR);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    ssize_t done = syscall(SYS_pwrite64, fd, data, length, offset);
    wrote(fd, &(struct iovec){(void *)data, length}, 1, offset, done);
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return pwrite64(fd, data, length, offset); }

ssize_t pwritev(int fd, const struct iovec *data, int count, off_t offset) {
    ssize_t done = syscall(SYS_pwritev, fd, data, count, offset, 0);
    wrote(fd, data, count, offset, done);
    return done;
}
ssize_t pwritev64(int fd, const struct iovec *data, int count, off64_t offset) { return pwritev(fd, data, count, offset); }

/* Where a write went is known when it is done: the place is behind it, with O_APPEND, too. */
ssize_t write(int fd, const void *data, size_t length) {
    ssize_t done = syscall(SYS_write, fd, data, length);
    if (done > 0) wrote(fd, &(struct iovec){(void *)data, length}, 1, place(fd) - done, done);
    return done;
}
ssize_t writev(int fd, const struct iovec *data, int count) {
    ssize_t done = syscall(SYS_writev, fd, data, count);
    if (done > 0) wrote(fd, data, count, place(fd) - done, done);
    return done;
}

static void cut_to(int fd, off_t length) {
    uint64_t inode = watched(fd);
    if (inode != 0) record(TRUNCATE, inode, length, NULL, 0, 0);
}

int ftruncate64(int fd, off64_t length) {
    int failed = (int)syscall(SYS_ftruncate, fd, length);
    if (!failed) cut_to(fd, length);
    return failed;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

/* PostgreSQL lengthens its files by these; what is new reads as zeros. */
int posix_fallocate64(int fd, off64_t offset, off64_t length) {
    struct stat about;
    int failed = syscall(SYS_fallocate, fd, 0, offset, length) == 0 ? 0 : errno;
    if (!failed && fstat(fd, &about) == 0) cut_to(fd, about.st_size);
    return failed;
}
int posix_fallocate(int fd, off_t offset, off_t length) { return posix_fallocate64(fd, offset, length); }
int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
    struct stat about;
    int failed = (int)syscall(SYS_fallocate, fd, mode, offset, length);
    if (!failed && fstat(fd, &about) == 0) cut_to(fd, about.st_size);
    return failed;
}
int fallocate(int fd, int mode, off_t offset, off_t length) { return fallocate64(fd, mode, offset, length); }

static int opened(int fd, int flags) {
    if (fd >= 0 && (flags & O_TRUNC)) cut_to(fd, 0);
    return fd;
}

#define OPENED(path_fd, path, flags)                                           \
    mode_t mode = 0;                                                           \
    if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) {           \
        va_list more;                                                          \
        va_start(more, flags);                                                 \
        mode = va_arg(more, mode_t);                                           \
        va_end(more);                                                          \
    }                                                                          \
    return opened((int)syscall(SYS_openat, path_fd, path, flags, mode), flags)

int open(const char *path, int flags, ...) { OPENED(AT_FDCWD, path, flags); }
int open64(const char *path, int flags, ...) { OPENED(AT_FDCWD, path, flags); }
int openat(int base, const char *path, int flags, ...) { OPENED(base, path, flags); }
int openat64(int base, const char *path, int flags, ...) { OPENED(base, path, flags); }

static int synced(int fd, long call) {
    uint64_t inode = watched(fd);
    int64_t before = inode != 0 ? journal_length() : 0;
    int failed = (int)syscall(call, fd);
    if (!failed && inode != 0) record(SYNC, inode, before, NULL, 0, 0);
    return failed;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

/* A file that goes: the next one may have its inode. */
static uint64_t last_name(const char *path) {
    char real[PATH_MAX];
    struct stat about;
    if (journal < 0 || lstat(path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_nlink != 1) return 0;
    if (realpath(path, real) == NULL || strncmp(real, folder, folder_length) != 0 || real[folder_length] != '/') return 0;
    return about.st_ino;
}

static int gone(int failed, uint64_t inode) {
    if (!failed && inode != 0) record(GONE, inode, 0, NULL, 0, 0);
    return failed;
}

int unlink(const char *path) {
    uint64_t inode = last_name(path);
    return gone((int)syscall(SYS_unlinkat, AT_FDCWD, path, 0), inode);
}
int rename(const char *from, const char *to) {
    uint64_t inode = last_name(to);
    return gone((int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to), inode);
}
