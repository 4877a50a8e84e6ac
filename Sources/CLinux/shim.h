/* What Swift's Glibc module leaves out, or cannot import because it is a macro or variadic. */
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* fcntl is variadic. */
static inline int clinux_set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL, 0);
    return flags < 0 ? flags : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* syscall is variadic; gettid() has no wrapper before glibc 2.30. */
static inline long clinux_gettid(void) { return syscall(SYS_gettid); }

/* prctl is variadic, and pthread_setname_np is hidden without _GNU_SOURCE. */
static inline int clinux_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

#endif
