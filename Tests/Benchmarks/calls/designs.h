/*
 * The designs themselves, as calls.c measures them: how a caller's request gets to the server and its reply back to it.
 */
#ifndef DESIGNS_H
#define DESIGNS_H

#include <errno.h>
#include <hiredis/hiredis.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { MAX_THREADS = 64, MAX_CONNECTIONS = 64, BUCKETS = 20000, BUCKET_NS = 500, READ_SIZE = 65536 };

static const char *socket_path;
static char script_sha[41];

static void die(const char *what) {
    fprintf(stderr, "calls: %s: %s\n", what, errno ? strerror(errno) : "failed");
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int connect_unix(void) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
    return fd;
}

static void write_all(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0) {
            if (errno == EINTR) continue;
            die("write");
        }
        bytes += n;
        length -= (size_t)n;
    }
}

static int format_call(char **bytes) {
    static const char *argv[] = {"EVALSHA", script_sha, "1", "dc:bench:key"};
    static const size_t lengths[] = {7, 40, 1, 12};
    int n = redisFormatCommandArgv(bytes, 4, argv, lengths);
    if (n < 0) die("format");
    return n;
}

static void check_reply(redisReply *reply) {
    if (reply->type != REDIS_REPLY_STRING) {
        fprintf(stderr, "calls: unexpected reply: %s\n", reply->str ? reply->str : "?");
        exit(1);
    }
    freeReplyObject(reply);
}

static void futex_wait(_Atomic uint32_t *word, uint32_t seen) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* ---------------------------------------------------------------- a connection that callers share */

/* What a sleeping caller finds when it is woken. */
enum { WAITING, DONE, BECOME_READER };

struct waiter {
    _Atomic uint32_t state;
    redisReply *reply;
    struct waiter *next; /* in the FIFO of the connection */
};

struct buffer {
    char *bytes;
    size_t length, capacity;
};

struct connection {
    pthread_mutex_t mutex;
    int fd;
    redisReader *reader;
    struct buffer out, spare; /* `spare` belongs to whoever writes */
    struct waiter *head, *tail;
    _Atomic int pending;
    int writing, reading;
    int wake_fd, io_idle; /* I/O thread only */
    char input[READ_SIZE];
};

struct design {
    const char *name;
    enum { POOL, IOTHREAD, COMBINE } kind;
    int connections;
    int spin;        /* times to look at the state before sleeping */
    int yield;       /* times to yield the processor before sleeping: wins when the machine is otherwise idle, and
                        loses by a factor of five when other processes want the processor */
    int to_newest;   /* hand the reader's role to the newest waiter instead of the oldest */
    int inherit;     /* mutex of the priority-inheriting kind, as Swift's Synchronization.Mutex uses on Linux */
    int wake_locked; /* wake sleepers while the mutex is held */
    int pick_idle;   /* choose an idle connection if there is one, else the thread's own share */
};

static const struct design designs[] = {
    {.name = "pool", .kind = POOL, .connections = MAX_CONNECTIONS},
    {.name = "iothread", .kind = IOTHREAD, .connections = 1},
    {.name = "iothread spin", .kind = IOTHREAD, .connections = 1, .spin = 200},
    {.name = "combine 1", .kind = COMBINE, .connections = 1},
    {.name = "combine 1 spin", .kind = COMBINE, .connections = 1, .spin = 200},
    {.name = "combine 1 yield", .kind = COMBINE, .connections = 1, .yield = 1},
    {.name = "combine 1 newest", .kind = COMBINE, .connections = 1, .to_newest = 1},
    {.name = "combine 1 wake-locked", .kind = COMBINE, .connections = 1, .wake_locked = 1},
    {.name = "combine 1 pi-mutex", .kind = COMBINE, .connections = 1, .inherit = 1},
    {.name = "combine 2", .kind = COMBINE, .connections = 2},
    {.name = "combine 4 idle-first", .kind = COMBINE, .connections = 4, .pick_idle = 1},
    {.name = "combine 16 idle-first", .kind = COMBINE, .connections = 16, .pick_idle = 1},
};
enum { DESIGNS = sizeof designs / sizeof designs[0] };

static struct connection *connections[MAX_CONNECTIONS];
static const struct design *design;
static atomic_int stopping;

static struct connection *connection_open(int inherit) {
    struct connection *c = calloc(1, sizeof *c);
    if (!c) die("memory");
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if (inherit) pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&c->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    c->fd = connect_unix();
    c->reader = redisReaderCreate();
    c->wake_fd = -1;
    return c;
}

static void connection_free(struct connection *c) {
    close(c->fd);
    if (c->wake_fd >= 0) close(c->wake_fd);
    redisReaderFree(c->reader);
    free(c->out.bytes);
    free(c->spare.bytes);
    pthread_mutex_destroy(&c->mutex);
    free(c);
}

static void buffer_append(struct buffer *b, const char *bytes, size_t length) {
    if (b->length + length > b->capacity) {
        b->capacity = (b->length + length) * 2;
        b->bytes = realloc(b->bytes, b->capacity);
        if (!b->bytes) die("memory");
    }
    memcpy(b->bytes + b->length, bytes, length);
    b->length += length;
}

/* Appends a request and its waiter; mutex held, so that the order of both is the same. */
static void enqueue(struct connection *c, struct waiter *w, const char *bytes, size_t length) {
    w->next = NULL;
    if (c->tail)
        c->tail->next = w;
    else
        c->head = w;
    c->tail = w;
    atomic_fetch_add_explicit(&c->pending, 1, memory_order_relaxed);
    buffer_append(&c->out, bytes, length);
}

/* Writes what has gathered, and what gathers meanwhile; mutex held on entry and exit, released around the write. */
static void drain_out(struct connection *c) {
    while (c->out.length > 0) {
        struct buffer batch = c->out;
        c->out = c->spare;
        c->out.length = 0;
        pthread_mutex_unlock(&c->mutex);
        write_all(c->fd, batch.bytes, batch.length);
        pthread_mutex_lock(&c->mutex);
        c->spare = batch;
    }
}

/* Reads once and feeds the parser. Only the reader calls it, without the mutex. */
static void fill_input(struct connection *c) {
    ssize_t n;
    do n = read(c->fd, c->input, sizeof c->input);
    while (n < 0 && errno == EINTR);
    if (n <= 0) die("read");
    if (redisReaderFeed(c->reader, c->input, (size_t)n) != REDIS_OK) die("feed");
}

static int parse(struct connection *c, redisReply **reply) {
    void *parsed = NULL;
    if (redisReaderGetReply(c->reader, &parsed) != REDIS_OK) die("protocol");
    *reply = parsed;
    return parsed != NULL;
}

static void pause_processor(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Sleeps until the state is not WAITING. */
static uint32_t sleep_until_told(struct waiter *w) {
    uint32_t state;
    for (int i = 0; i < design->spin; i++) {
        if ((state = atomic_load_explicit(&w->state, memory_order_acquire)) != WAITING) return state;
        pause_processor();
    }
    for (int i = 0; i < design->yield; i++) {
        if ((state = atomic_load_explicit(&w->state, memory_order_acquire)) != WAITING) return state;
        sched_yield();
    }
    while ((state = atomic_load_explicit(&w->state, memory_order_acquire)) == WAITING) futex_wait(&w->state, WAITING);
    return state;
}

/*
 * Takes replies out of the parser and gives them to the oldest waiters; mutex held on entry, released on return.
 * `self` needs no wake. Waiters live in static storage, so that a wake after the owner has gone on is harmless.
 */
static void deliver(struct connection *c, struct waiter *self, redisReply **replies, int count) {
    struct waiter *told[256];
    int n = 0;
    for (int i = 0; i < count; i++) {
        struct waiter *w = c->head;
        c->head = w->next;
        if (!c->head) c->tail = NULL;
        w->reply = replies[i];
        atomic_store_explicit(&w->state, DONE, memory_order_release);
        if (w != self) told[n++] = w;
    }
    atomic_fetch_sub_explicit(&c->pending, count, memory_order_relaxed);
    struct waiter *heir = NULL;
    if (self && atomic_load_explicit(&self->state, memory_order_relaxed) == DONE) {
        heir = design->to_newest ? c->tail : c->head;
        if (heir)
            atomic_store_explicit(&heir->state, BECOME_READER, memory_order_release);
        else
            c->reading = 0;
    }
    if (design->wake_locked) {
        if (heir) futex_wake(&heir->state);
        for (int i = 0; i < n; i++) futex_wake(&told[i]->state);
        pthread_mutex_unlock(&c->mutex);
        return;
    }
    pthread_mutex_unlock(&c->mutex);
    /* The heir first: replies are waiting for it already. */
    if (heir) futex_wake(&heir->state);
    for (int i = 0; i < n; i++) futex_wake(&told[i]->state);
}

static redisReply *call_combine(struct connection *c, struct waiter *w, const char *bytes, size_t length) {
    pthread_mutex_lock(&c->mutex);
    atomic_store_explicit(&w->state, WAITING, memory_order_relaxed);
    enqueue(c, w, bytes, length);
    if (!c->writing) {
        c->writing = 1;
        drain_out(c);
        c->writing = 0;
    }
    uint32_t state = atomic_load_explicit(&w->state, memory_order_relaxed);
    if (state == WAITING && !c->reading) {
        c->reading = 1;
        atomic_store_explicit(&w->state, BECOME_READER, memory_order_relaxed);
    }
    pthread_mutex_unlock(&c->mutex);
    if (sleep_until_told(w) == DONE) return w->reply;
    redisReply *replies[256];
    do {
        int count = 0;
        while (count < 256 && parse(c, &replies[count])) count++;
        if (count == 0) {
            fill_input(c);
            continue;
        }
        pthread_mutex_lock(&c->mutex);
        deliver(c, w, replies, count);
    } while (atomic_load_explicit(&w->state, memory_order_acquire) != DONE);
    return w->reply;
}

static redisReply *call_pool(struct connection *c, const char *bytes, size_t length) {
    redisReply *reply;
    write_all(c->fd, bytes, length);
    while (!parse(c, &reply)) fill_input(c);
    return reply;
}

static redisReply *call_iothread(struct connection *c, struct waiter *w, const char *bytes, size_t length) {
    pthread_mutex_lock(&c->mutex);
    atomic_store_explicit(&w->state, WAITING, memory_order_relaxed);
    enqueue(c, w, bytes, length);
    int wake = c->io_idle;
    c->io_idle = 0;
    pthread_mutex_unlock(&c->mutex);
    if (wake) {
        uint64_t one = 1;
        if (write(c->wake_fd, &one, sizeof one) != sizeof one) die("eventfd");
    }
    sleep_until_told(w);
    return w->reply;
}

static void *io_thread(void *argument) {
    struct connection *c = argument;
    redisReply *replies[256];
    for (;;) {
        pthread_mutex_lock(&c->mutex);
        drain_out(c);
        c->io_idle = 1;
        pthread_mutex_unlock(&c->mutex);
        struct pollfd fds[2] = {{.fd = c->fd, .events = POLLIN}, {.fd = c->wake_fd, .events = POLLIN}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR) die("poll");
        if (fds[1].revents) {
            uint64_t ignored;
            if (read(c->wake_fd, &ignored, sizeof ignored) < 0) die("eventfd");
            if (atomic_load(&stopping) == 2) return NULL;
        }
        if (!fds[0].revents) continue;
        fill_input(c);
        int count;
        do {
            count = 0;
            while (count < 256 && parse(c, &replies[count])) count++;
            pthread_mutex_lock(&c->mutex);
            deliver(c, NULL, replies, count);
        } while (count == 256);
    }
}

#endif
