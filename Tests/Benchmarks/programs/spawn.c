/*
 * How long commands take from being started to having ended, one after the other, in milliseconds; output is thrown
 * away. In C, because a host language's own cost of starting processes would blur what is compared.
 *
 * Usage: spawn repetitions COMMAND [ARGUMENT...] [';' COMMAND [ARGUMENT...]]...
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void run(char **command, posix_spawn_file_actions_t *actions) {
    pid_t pid;
    int status = 0;
    if (posix_spawnp(&pid, command[0], actions, NULL, command, environ) != 0 || waitpid(pid, &status, 0) != pid ||
        status != 0) {
        fprintf(stderr, "%s did not run or failed\n", command[0]);
        exit(1);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    for (int i = 2; i < argc; i++)
        if (strcmp(argv[i], ";") == 0) argv[i] = NULL;
    for (int repetition = atoi(argv[1]); repetition > 0; repetition--) {
        double start = now_ms();
        for (int i = 2; i < argc; i++)
            if (argv[i] && (i == 2 || !argv[i - 1])) run(&argv[i], &actions);
        printf("ms %f\n", now_ms() - start);
    }
    return 0;
}
