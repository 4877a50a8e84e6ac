/* What the tests of fork share. */
#ifndef FORK_TOOLS_H
#define FORK_TOOLS_H

#include "harness.h"

#include <sys/prctl.h>

/* Runs a check in a forked child and reports whether it ended well. */
__attribute__((unused)) static void in_child(void (*run)(void *), void *argument)
{
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        atomic_store(&failed_checks, 0);
        run(argument);
        fflush(NULL);
        _exit(atomic_load(&failed_checks) == 0 ? 0 : 1);
    }
    int status = 0;
    int64_t until = now_ms() + 20000 * time_factor();
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (now_ms() > until) {
            report(__FILE__, __LINE__, "the child hangs");
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return;
        }
        sleep_ms(1);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) report(__FILE__, __LINE__, "the child ended with %#x", status);
}

#endif
