/* What Swift's Glibc module leaves out, or cannot import because it is a macro or variadic. */
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

/* pipe2 is hidden without _GNU_SOURCE. Both ends are closed in programs that are started. */
static inline int clinux_pipe(int ends[2]) { return (int)syscall(SYS_pipe2, ends, O_CLOEXEC); }

/* prctl is variadic, and pthread_setname_np is hidden without _GNU_SOURCE. */
static inline int clinux_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

/* A descriptor that is readable when the process has ended. pidfd_open(2) has no wrapper before glibc 2.36, and its
   number is the same on all machines. -1 with ENOSYS before Linux 5.3. */
static inline int clinux_pidfd_open(pid_t process) { return (int)syscall(434, process, 0); }

/* pidfd_send_signal(2). */
static inline int clinux_pidfd_send_signal(int descriptor, int number) {
    return (int)syscall(424, descriptor, number, (void *)0, 0);
}

/* `environ` is hidden without _GNU_SOURCE. */
extern char **environ;
static inline char **clinux_environment(void) { return environ; }

/* Hidden without _GNU_SOURCE. */
static inline int clinux_add_directory(posix_spawn_file_actions_t *actions, const char *path) {
    extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
    return posix_spawn_file_actions_addchdir_np(actions, path);
}

/* What clinux_spawn_orphan and the process between share. */
struct clinux_orphan {
    pid_t process;
    int error;
    const char *file;
    const posix_spawn_file_actions_t *actions;
    const posix_spawnattr_t *attributes;
    char *const *arguments;
    char *const *environment;
};

static inline int clinux_orphan_between(void *argument) {
    struct clinux_orphan *orphan = (struct clinux_orphan *)argument;
    orphan->error = posix_spawnp(&orphan->process, orphan->file, orphan->actions, orphan->attributes,
                                 orphan->arguments, orphan->environment);
    /* Not _exit, which is the thread sanitizer's to finish its work on the memory that is shared. */
    syscall(SYS_exit_group, 0);
    return 0;
}

/* posix_spawnp of a program that the caller is not the parent of: a process in between starts it and ends. That one
   shares the caller's memory while the calling thread sleeps, as posix_spawn's own does, which is cheap however big
   the caller is and runs none of its fork handlers; its end signals nothing, so that no wait of the host's is for it.
   Returns 0 or an errno number. */
static inline int clinux_spawn_orphan(pid_t *process, const char *file, const posix_spawn_file_actions_t *actions,
                                      const posix_spawnattr_t *attributes, char *const *arguments,
                                      char *const *environment) {
    /* clone and its flags are hidden without _GNU_SOURCE. By this name the thread sanitizer does not take it for fork. */
    extern int __clone(int (*run)(void *), void *stack, int flags, void *argument, ...);
    const int share_memory = 0x100, until_it_ends = 0x4000, any_child = (int)0x80000000;
    const size_t size = 128 * 1024;
    struct clinux_orphan orphan = {0, 0, file, actions, attributes, arguments, environment};
    sigset_t all, before;
    char *stack = (char *)malloc(size);
    if (!stack) return ENOMEM;
    /* A handler of the host's must not run in the process in between. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t between = __clone(clinux_orphan_between, stack + size, share_memory | until_it_ends, &orphan);
    if (between < 0) {
        orphan.error = errno;
    } else {
        while (waitpid(between, (int *)0, any_child) < 0 && errno == EINTR) {}
    }
    pthread_sigmask(SIG_SETMASK, &before, (sigset_t *)0);
    free(stack);
    *process = orphan.process;
    return orphan.error;
}

#endif
