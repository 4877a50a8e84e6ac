/* What Swift's Glibc module leaves out, or cannot import because it is a macro or variadic. */
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* fcntl is variadic. */
static inline void clinux_set_blocking(int fd) {
    int flags = fcntl(fd, F_GETFL, 0);
    if (flags >= 0) fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

/* syscall is variadic; gettid() has no wrapper before glibc 2.30. */
static inline long clinux_gettid(void) { return syscall(SYS_gettid); }

/* futex(2) has no wrapper. Sleeps while the 32-bit word has that value, for at most so many milliseconds. */
static inline void clinux_futex_wait(void *word, uint32_t value, int64_t milliseconds) {
    struct timespec timeout = {(time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000};
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, &timeout, (void *)0, 0);
}

/* Wakes one thread that sleeps on the word. */
static inline void clinux_futex_wake(void *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, (void *)0, (void *)0, 0); }

/* prctl is variadic, and pthread_setname_np is hidden without _GNU_SOURCE. */
static inline int clinux_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

#endif
