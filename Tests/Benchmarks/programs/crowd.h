/*
 * Several processes with several threads each, all on one lock. The processes are forked before any of them has a
 * client; a message in a pipe to each begins something, one byte back says that it has ended.
 */
#ifndef CROWD_H
#define CROWD_H

#include "two_processes.h"
#include <pthread.h>
#include <sys/prctl.h>
#include <signal.h>

enum { MAX_PROCESSES = 16, STACK_BYTES = 128 * 1024 };

static int crowd_pipes[MAX_PROCESSES][2], crowd_done[2], crowd_size;
static pid_t crowd_pids[MAX_PROCESSES];

/* What a process of the crowd does: reads numbers from `commands` with next_command until that says no more. */
typedef void (*crowd_function)(int index, int commands);

static inline int next_command(int commands, int *number) {
    return read(commands, number, sizeof *number) == (ssize_t)sizeof *number;
}

/* One that fails would be waited for in vain. */
static inline void crowd_child_ended(int number, siginfo_t *info, void *context) {
    static const char text[] = "a process of the crowd failed\n";
    (void)number, (void)context;
    if (info->si_code == CLD_EXITED && info->si_status == 0) return;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {}
    _exit(1);
}

static inline void crowd_start(int processes, crowd_function function) {
    if (processes < 1 || processes > MAX_PROCESSES) die("number of processes");
    if (pipe(crowd_done) != 0) die("pipe");
    for (int i = 0; i < processes; i++)
        if (pipe(crowd_pipes[i]) != 0) die("pipe");
    struct sigaction action = {.sa_sigaction = crowd_child_ended, .sa_flags = SA_SIGINFO | SA_RESTART | SA_NOCLDSTOP};
    if (sigaction(SIGCHLD, &action, NULL) != 0) die("sigaction");
    crowd_size = processes;
    for (int i = 0; i < processes; i++) {
        pid_t pid = crowd_pids[i] = fork();
        if (pid < 0) die("fork");
        if (pid > 0) continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int other = 0; other < processes; other++) {
            close(crowd_pipes[other][1]);
            if (other != i) close(crowd_pipes[other][0]);
        }
        close(crowd_done[0]);
        function(i, crowd_pipes[i][0]);
        exit(0);
    }
    close(crowd_done[1]);
    for (int i = 0; i < processes; i++) close(crowd_pipes[i][0]);
}

/* Gives a process its next number. */
static inline void crowd_command(int index, int number) {
    if (write(crowd_pipes[index][1], &number, sizeof number) != (ssize_t)sizeof number) die("pipe");
}

static inline void crowd_say_done(void) { tell(crowd_done); }

/* Waits for that many `crowd_say_done`. */
static inline void crowd_await(int count) {
    for (int i = 0; i < count; i++) await(crowd_done);
}

/* Waits for the processes to end; those that read commands find no more. */
static inline void crowd_end(void) {
    for (int i = 0; i < crowd_size; i++) close(crowd_pipes[i][1]);
    for (int i = 0; i < crowd_size; i++)
        if (waitpid(crowd_pids[i], NULL, 0) < 0) die("waitpid");
}

static inline void start_thread(pthread_t *thread, void *(*function)(void *), void *argument) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    if (pthread_create(thread, &attributes, function, argument) != 0) die("a thread cannot be made");
    pthread_attr_destroy(&attributes);
}

#endif
