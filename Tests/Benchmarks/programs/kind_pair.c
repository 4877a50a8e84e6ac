/*
 * An uncontended pair, acquire and release, of one kind of thing, by one thread: ours against bare hiredis sending the
 * same commands (template.h) to the same servers, one after the other. Slices of the two alternate.
 *
 * Usage: kind_pair SOCKET[,SOCKET...] KIND capture                            a few pairs, for MONITOR
 *        kind_pair SOCKET[,SOCKET...] KIND slices milliseconds ACQUIRE RELEASE  with the templates' files
 * Kinds: lock, read, write, permit, level (of a reentrant lock that is held), several (eight locks). With several
 * servers they are a quorum.
 */
#include "template.h"

enum { MAX_SERVERS = 64, SEVERAL = 8, CAPTURED_PAIRS = 5 };

static struct {
    distcoord_rwlock *rwlock;
    distcoord_semaphore *semaphore;
    distcoord_lock *lock;
    int is_write;
} thing;

/* ------------------------------------------------------------ ours */

static void pair_of_lock(void) {
    MUST(distcoord_lock_acquire, thing.lock, 0);
    MUST(distcoord_lock_release, thing.lock);
}

static void pair_of_rwlock(void) {
    distcoord_lock *hold = NULL;
    if (thing.is_write)
        MUST(distcoord_rwlock_write, thing.rwlock, 0, &hold);
    else
        MUST(distcoord_rwlock_read, thing.rwlock, 0, &hold);
    MUST(distcoord_lock_release, hold);
    distcoord_lock_free(hold);
}

static void pair_of_semaphore(void) {
    distcoord_lock *permit = NULL;
    MUST(distcoord_semaphore_acquire, thing.semaphore, 1, 0, &permit);
    MUST(distcoord_lock_release, permit);
    distcoord_lock_free(permit);
}

/* Makes the thing; returns what is to be measured. */
static void (*open_thing(distcoord_client *client, const char *kind))(void) {
    if (strcmp(kind, "read") == 0 || strcmp(kind, "write") == 0) {
        thing.is_write = kind[0] == 'w';
        MUST(distcoord_rwlock_open, client, "kind", NULL, &thing.rwlock);
        return pair_of_rwlock;
    }
    if (strcmp(kind, "permit") == 0) {
        MUST(distcoord_semaphore_open, client, "kind", 10, NULL, &thing.semaphore);
        return pair_of_semaphore;
    }
    if (strcmp(kind, "several") == 0) {
        const char *names[SEVERAL] = {"kind-1", "kind-2", "kind-3", "kind-4", "kind-5", "kind-6", "kind-7", "kind-8"};
        MUST(distcoord_lock_open_many, client, names, SEVERAL, NULL, &thing.lock);
        return pair_of_lock;
    }
    distcoord_lock_options *options = distcoord_lock_options_new();
    if (strcmp(kind, "level") == 0) {
        /* An explicit owner: levels that bare hiredis takes are then levels of what this process holds. */
        distcoord_lock_options_set_reentrant(options, true);
        if (distcoord_lock_options_set_owner(options, "kind") != DISTCOORD_OK) die("owner");
    } else if (strcmp(kind, "lock") != 0) {
        die("no such kind");
    }
    MUST(distcoord_lock_open, client, "kind", options, &thing.lock);
    distcoord_lock_options_free(options);
    if (strcmp(kind, "level") == 0) MUST(distcoord_lock_acquire, thing.lock, 0);
    return pair_of_lock;
}

static void close_thing(void) {
    distcoord_rwlock_free(thing.rwlock);
    distcoord_semaphore_free(thing.semaphore);
    distcoord_lock_free(thing.lock);
}

static double our_slice(void (*pair)(void), uint64_t duration) {
    uint64_t start = now_ns(), end = start + duration, now, pairs = 0;
    do {
        pair();
        pairs++;
    } while ((now = now_ns()) < end);
    return (double)pairs * 1e9 / (double)(now - start);
}

/* ------------------------------------------------------------ the same commands, bare */

static redisContext *servers[MAX_SERVERS];
static int server_count;
static struct template acquire, release;

static uint64_t number_in(const redisReply *reply) {
    if (reply->type == REDIS_REPLY_INTEGER) return (uint64_t)reply->integer;
    return reply->type == REDIS_REPLY_STRING ? strtoull(reply->str, NULL, 10) : 0;
}

/* The fence that an acquire has answered, alone or as {1, fence, ...}; 0 when it was refused: {0, ...}. */
static uint64_t bare_acquire(redisContext *server) {
    template_append(&acquire, server);
    redisReply *reply = template_reply(server);
    uint64_t fence = 0;
    if (reply->type != REDIS_REPLY_ARRAY)
        fence = number_in(reply);
    else if (reply->elements > 1 && number_in(reply->element[0]) == 1)
        fence = number_in(reply->element[1]);
    freeReplyObject(reply);
    return fence;
}

static void bare_pair(uint64_t serial) {
    uint64_t fences[MAX_SERVERS], give_up = now_ns() + 2000000000u;
    template_fill_in(&acquire, serial);
    template_fill_in(&release, serial);
    for (int i = 0; i < server_count; i++) {
        /* A quorum gives back in the background what a minority has granted; only the first pair can meet that. */
        while ((fences[i] = bare_acquire(servers[i])) == 0)
            if (now_ns() > give_up) die("the bare acquire is refused");
    }
    for (int i = 0; i < server_count; i++) {
        template_set_fence(&release, fences[i]);
        template_append(&release, servers[i]);
        redisReply *reply = template_reply(servers[i]);
        if (reply->type == REDIS_REPLY_INTEGER && reply->integer < 1) die("the bare release released nothing");
        freeReplyObject(reply);
    }
}

static double bare_slice(uint64_t duration) {
    static uint64_t serial;
    bare_pair(serial++);
    uint64_t start = now_ns(), end = start + duration, now, pairs = 0;
    do {
        bare_pair(serial++);
        pairs++;
    } while ((now = now_ns()) < end);
    return (double)pairs * 1e9 / (double)(now - start);
}

/* ------------------------------------------------------------ both */

static distcoord_client *open_servers(char *sockets) {
    char url[8192] = "quorum:";
    distcoord_client *client = NULL;
    int is_quorum = strchr(sockets, ',') != NULL;
    for (char *path = strtok(sockets, ","); path; path = strtok(NULL, ",")) {
        if (server_count == MAX_SERVERS || strlen(url) + strlen(path) + 9 > sizeof url) die("too many servers");
        if (server_count > 0) strcat(url, ",");
        strcat(strcat(url, "unix://"), path);
        servers[server_count++] = open_hiredis(path);
    }
    MUST(distcoord_client_open, is_quorum ? url : url + strlen("quorum:"), NULL, &client);
    MUST(distcoord_client_ping, client, NULL);
    return client;
}

int main(int argc, char **argv) {
    if (argc != 4 && argc != 7) return 64;
    distcoord_client *client = open_servers(argv[1]);
    void (*pair)(void) = open_thing(client, argv[2]);
    if (argc == 4) {
        for (int i = 0; i < CAPTURED_PAIRS; i++) pair();
    } else {
        uint64_t duration = (uint64_t)atoi(argv[4]) * 1000000u;
        template_read(&acquire, argv[5]);
        template_read(&release, argv[6]);
        our_slice(pair, duration / 4);
        bare_slice(duration / 4);
        for (int i = 0; i < atoi(argv[3]); i++) {
            printf("ours %f\n", our_slice(pair, duration));
            printf("floor %f\n", bare_slice(duration));
        }
    }
    close_thing();
    close_client(client);
    for (int i = 0; i < server_count; i++) redisFree(servers[i]);
    return 0;
}
