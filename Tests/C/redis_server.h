/*
 * A private redis-server on a unix socket in a folder of its own. It is gone when the program that started it ends, however
 * it ends; the folder is removed unless the program is killed.
 */
#ifndef REDIS_SERVER_H
#define REDIS_SERVER_H

#include <sys/types.h>

struct redis_server {
    pid_t pid;
    pid_t owner;
    char folder[64];
    char socket[96];
    char url[128];
};

/* Starts a server and waits until it answers. `arguments` are further ones for redis-server, ended by NULL; may be NULL. */
void redis_server_start(struct redis_server *server, const char *const *arguments);

/* Uses a server that another process has started and will stop. */
void redis_server_join(struct redis_server *server, const char *socket);

/* Starts a server again, on the same socket and with what it wrote to its folder. */
void redis_server_restart(struct redis_server *server, const char *const *arguments);

/* Ends it with SIGKILL; its folder stays. */
void redis_server_kill(struct redis_server *server);

/* Ends it and removes its folder. */
void redis_server_stop(struct redis_server *server);

/*
 * Sends one command, written inline ("DEL a b"), on a connection of its own and copies the first line of the answer with
 * its type mark to `answer`. Returns 0, or -1 when there was none.
 */
int redis_server_command(const struct redis_server *server, const char *command, char *answer, size_t capacity);

/* A number of the server's INFO ("total_commands_processed"); -1 when there is none of that name. */
long long redis_server_number(const struct redis_server *server, const char *field);

#endif
