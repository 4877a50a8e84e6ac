#define _GNU_SOURCE
#include "redis_server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
    fprintf(stderr, "redis_server: %s: %s\n", what, strerror(errno));
    exit(70);
}

static int open_socket(const struct redis_server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", server->socket);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Sends a command on a connection of its own; the connection, or -1. */
static int ask(const struct redis_server *server, const char *command)
{
    int fd = open_socket(server);
    if (fd < 0) return -1;
    char line[1024];
    int length = snprintf(line, sizeof line, "%s\r\n", command);
    if (length < 0 || (size_t)length >= sizeof line || write(fd, line, (size_t)length) != length) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Reads one line without its end; 0, or -1 when there was none. */
static int read_line(int fd, char *answer, size_t capacity)
{
    size_t had = 0;
    while (had + 1 < capacity) {
        ssize_t count = read(fd, answer + had, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return -1;
        if (answer[had] == '\n') break;
        if (answer[had] != '\r') had++;
    }
    answer[had] = '\0';
    return 0;
}

int redis_server_command(const struct redis_server *server, const char *command, char *answer, size_t capacity)
{
    int fd = ask(server, command);
    if (fd < 0) return -1;
    int result = read_line(fd, answer, capacity);
    close(fd);
    return result;
}

long long redis_server_number(const struct redis_server *server, const char *field)
{
    char line[1024];
    size_t length = strlen(field);
    long long number = -1, left = 0;
    int fd = ask(server, "INFO");
    if (fd < 0) return -1;
    if (read_line(fd, line, sizeof line) == 0 && line[0] == '$') left = atoll(line + 1);
    while (number < 0 && left > 0 && read_line(fd, line, sizeof line) == 0) {
        left -= (long long)strlen(line) + 2;
        if (strncmp(line, field, length) == 0 && line[length] == ':') number = atoll(line + length + 1);
    }
    close(fd);
    return number;
}

static void launch(struct redis_server *server, const char *const *arguments)
{
    pid_t parent = getpid();
    server->pid = fork();
    if (server->pid < 0) fail("fork");
    if (server->pid == 0) {
        /* Dies with the program, also when that is killed; looking at the parent closes the gap before the prctl. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        const char *argv[64] = {
            "redis-server", "--port", "0", "--unixsocket", server->socket, "--dir", server->folder, "--save", "",
            "--loglevel", "warning", "--daemonize", "no",
        };
        size_t count = 13;
        for (; arguments && *arguments && count + 1 < 64; arguments++) argv[count++] = *arguments;
        char log[96];
        snprintf(log, sizeof log, "%s/log", server->folder);
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (fd >= 0) {
            dup2(fd, 1);
            dup2(fd, 2);
        }
        execvp(argv[0], (char *const *)(void *)argv);
        _exit(127);
    }
    for (int i = 0; i < 1000; i++) {
        char answer[128];
        /* A server that wants a password is up as well; one that loads its file is not. */
        if (redis_server_command(server, "PING", answer, sizeof answer) == 0
            && (strcmp(answer, "+PONG") == 0 || strncmp(answer, "-NOAUTH", 7) == 0)) return;
        int status;
        if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
            fprintf(stderr, "redis_server: redis-server ended at once (is it installed?); see %s/log\n", server->folder);
            exit(70);
        }
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    fprintf(stderr, "redis_server: no answer within 10 s\n");
    exit(70);
}

/* For the end of the program: those that nobody has stopped. */
static struct redis_server *running[8];
static int registered;

static void stop_all(void)
{
    for (size_t i = 0; i < sizeof running / sizeof running[0]; i++) {
        if (running[i]) redis_server_stop(running[i]);
    }
}

static void replace_running(struct redis_server *old, struct redis_server *new)
{
    for (size_t i = 0; i < sizeof running / sizeof running[0]; i++) {
        if (running[i] == old) {
            running[i] = new;
            return;
        }
    }
}

void redis_server_start(struct redis_server *server, const char *const *arguments)
{
    memset(server, 0, sizeof *server);
    snprintf(server->folder, sizeof server->folder, "/tmp/distcoord-test-XXXXXX");
    if (!mkdtemp(server->folder)) fail("mkdtemp");
    snprintf(server->socket, sizeof server->socket, "%s/redis.sock", server->folder);
    snprintf(server->url, sizeof server->url, "unix://%s", server->socket);
    server->owner = getpid();
    if (!registered) registered = atexit(stop_all) == 0;
    replace_running(NULL, server);
    launch(server, arguments);
}

void redis_server_join(struct redis_server *server, const char *socket)
{
    memset(server, 0, sizeof *server);
    snprintf(server->socket, sizeof server->socket, "%s", socket);
    snprintf(server->url, sizeof server->url, "unix://%s", server->socket);
    snprintf(server->folder, sizeof server->folder, "%.*s", (int)(strrchr(socket, '/') - socket), socket);
}

void redis_server_restart(struct redis_server *server, const char *const *arguments)
{
    redis_server_kill(server);
    unlink(server->socket);
    launch(server, arguments);
}

void redis_server_kill(struct redis_server *server)
{
    if (server->pid <= 0) return;
    kill(server->pid, SIGKILL);
    while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    server->pid = 0;
}

void redis_server_stop(struct redis_server *server)
{
    /* A forked test inherits the list of its parent's servers, and must leave them alone. */
    if (server->owner != getpid() || server->folder[0] == '\0') return;
    redis_server_kill(server);
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", server->folder);
    if (system(command) != 0) fprintf(stderr, "redis_server: cannot remove %s\n", server->folder);
    server->folder[0] = '\0';
    replace_running(server, NULL);
}
