/*
 * A proxy between a client and its server that loses requests or answers on demand: a unix socket of its own, and a
 * thread for each connection. Needs _GNU_SOURCE.
 */
#ifndef PROXY_H
#define PROXY_H

#include "harness.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

/* What becomes of a call of a script. */
enum loss {
    LOSE_NOTHING,
    /* The connection is cut before the server has it, */
    LOSE_REQUEST,
    /* after the server has answered, */
    LOSE_ANSWER,
    /* or stays open, and nothing comes any more. */
    SWALLOW_ANSWER,
};

struct proxy {
    const struct redis_server *server;
    char path[112];
    char url[144];
    int listener;
    _Atomic int next_loss;
    atomic_int losses;
};

struct proxied {
    struct proxy *proxy;
    int client, server;
};

__attribute__((unused)) static int proxy_socket(const char *path, bool listens)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int failed = listens ? bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 64)
                         : connect(fd, (struct sockaddr *)&address, sizeof address);
    if (failed == 0) return fd;
    close(fd);
    return -1;
}

/* Passes bytes on; false when the connection is to end. */
__attribute__((unused)) static bool proxy_pass(int to, const char *buffer, ssize_t length)
{
    for (ssize_t sent = 0; sent < length;) {
        ssize_t count = send(to, buffer + sent, (size_t)(length - sent), MSG_NOSIGNAL);
        if (count <= 0) return false;
        sent += count;
    }
    return true;
}

__attribute__((unused)) static void *proxy_pump(void *argument)
{
    struct proxied *pair = argument;
    enum loss loss = LOSE_NOTHING;
    static _Thread_local char buffer[1 << 16];
    for (;;) {
        struct pollfd ends[2] = {{.fd = pair->client, .events = POLLIN}, {.fd = pair->server, .events = POLLIN}};
        if (poll(ends, 2, -1) < 0) break;
        if (ends[0].revents) {
            ssize_t length = read(pair->client, buffer, sizeof buffer);
            if (length <= 0) break;
            if (memmem(buffer, (size_t)length, "EVALSHA", 7)) {
                int wanted = atomic_exchange(&pair->proxy->next_loss, LOSE_NOTHING);
                if (wanted != LOSE_NOTHING) {
                    loss = (enum loss)wanted;
                    atomic_fetch_add(&pair->proxy->losses, 1);
                }
            }
            if (loss == LOSE_REQUEST || !proxy_pass(pair->server, buffer, length)) break;
        }
        if (ends[1].revents) {
            ssize_t length = read(pair->server, buffer, sizeof buffer);
            if (length <= 0 || loss == LOSE_ANSWER) break;
            if (loss != SWALLOW_ANSWER && !proxy_pass(pair->client, buffer, length)) break;
        }
    }
    close(pair->client);
    close(pair->server);
    free(pair);
    return NULL;
}

__attribute__((unused)) static void *proxy_accept(void *argument)
{
    struct proxy *proxy = argument;
    for (;;) {
        int client = accept(proxy->listener, NULL, NULL);
        if (client < 0) return NULL;
        struct proxied *pair = malloc(sizeof *pair);
        REQUIRE(pair != NULL);
        *pair = (struct proxied){proxy, client, proxy_socket(proxy->server->socket, false)};
        pthread_detach(start_thread(proxy_pump, pair));
    }
}

/* Starts a proxy in front of a server; it lives as long as the process. */
__attribute__((unused)) static void proxy_start(struct proxy *proxy, const struct redis_server *before)
{
    memset(proxy, 0, sizeof *proxy);
    proxy->server = before;
    snprintf(proxy->path, sizeof proxy->path, "%s/proxy-%d", before->folder, (int)getpid());
    snprintf(proxy->url, sizeof proxy->url, "unix://%s", proxy->path);
    proxy->listener = proxy_socket(proxy->path, true);
    REQUIRE(proxy->listener >= 0);
    pthread_detach(start_thread(proxy_accept, proxy));
}

/* The next call of a script meets that fate. */
__attribute__((unused)) static void proxy_lose(struct proxy *proxy, enum loss loss)
{
    atomic_store(&proxy->next_loss, (int)loss);
}

#endif
