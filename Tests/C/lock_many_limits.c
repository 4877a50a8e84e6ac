/* Several locks at once: what is refused, how they are lost, and servers in cluster mode. */
#include "lock_tools.h"

#include <netinet/in.h>
#include <sys/socket.h>

static const char *const abc[] = {"a", "b", "c"};

static distcoord_status opened(
    distcoord_client *client, const char *const *names, size_t count, struct settings settings)
{
    distcoord_lock_options *options = lock_options(settings);
    distcoord_lock *lock = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_lock_open_many(client, names, count, options, &lock, &error);
    CHECK_INT(lock != NULL, status == DISTCOORD_OK);
    CHECK_INT(error != NULL, status < 0);
    if (error) CHECK(strlen(distcoord_error_message(error)) > 10);
    distcoord_error_free(error);
    distcoord_lock_free(lock);
    distcoord_lock_options_free(options);
    return status;
}

static void names(void)
{
    enum { MOST = DISTCOORD_LOCK_NAMES_MAX };
    static char texts[MOST + 1][16];
    const char *all[MOST + 1];
    distcoord_client *client = open_client(), *other = open_client();
    for (int i = 0; i <= MOST; i++) {
        snprintf(texts[i], sizeof texts[i], "name-%d", i);
        all[i] = texts[i];
    }
    const struct settings plain = {0};
    CHECK_INT(opened(client, all, MOST + 1, plain), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(opened(client, all, 0, plain), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(opened(client, all, 1, plain), DISTCOORD_OK);
    CHECK_INT(opened(client, abc, 3, (struct settings){.reentrant = true}), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(opened(client, abc, 3, (struct settings){.owner = "run-1"}), DISTCOORD_ERROR_INVALID_ARGUMENT);
    const char *const with_null[] = {"a", NULL, "c"}, *const with_bad[] = {"a", "b\n"}, *const with_empty[] = {"", "b"};
    CHECK_INT(opened(client, with_null, 3, plain), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(opened(client, with_bad, 2, plain), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(opened(client, with_empty, 2, plain), DISTCOORD_ERROR_INVALID_ARGUMENT);

    distcoord_lock *many = open_many(client, all, MOST, 0), *reversed = NULL;
    CHECK_OK(distcoord_lock_acquire(many, 0, E));
    for (int i = 0; i < MOST; i++) {
        distcoord_lock *single = open_lock(other, all[i], plain);
        CHECK_STATUS(distcoord_lock_acquire(single, 0, E), DISTCOORD_TIMED_OUT);
        distcoord_lock_free(single);
    }
    /* The order in which they are named does not matter. */
    const char *backwards[MOST];
    for (int i = 0; i < MOST; i++) backwards[i] = all[MOST - 1 - i];
    reversed = open_many(other, backwards, MOST, 0);
    CHECK_STATUS(distcoord_lock_acquire(reversed, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_release(many, E));
    CHECK_OK(distcoord_lock_acquire(reversed, 0, E));
    CHECK_OK(distcoord_lock_release(reversed, E));
    distcoord_lock_free(many);
    distcoord_lock_free(reversed);
    close_client(client);
    close_client(other);
}

static void named_twice_counts_once(void)
{
    distcoord_client *client = open_client();
    const char *const repeated[] = {"a", "b", "a", "a"};
    distcoord_lock *many = open_many(client, repeated, 4, 0), *single = open_lock(client, "a", (struct settings){0});
    CHECK_OK(distcoord_lock_acquire(many, 0, E));
    CHECK_STATUS(distcoord_lock_acquire(single, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_release(many, E));
    CHECK_OK(distcoord_lock_acquire(single, 0, E));
    struct waiter waiter = {.lock = many, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(single) == 1));
    CHECK_OK(distcoord_lock_release(single, E));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK_OK(distcoord_lock_release(many, E));
    CHECK(nobody_holds(single));
    distcoord_lock_free(many);
    distcoord_lock_free(single);
    close_client(client);
}

/* ---------------------------------------------------------------- loss */

static void renewed_together(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *many = open_many(client, abc, 3, KEPT_MS);
    CHECK_OK(distcoord_lock_acquire(many, 0, E));
    for (int i = 0; i < 3; i++) {
        distcoord_lock *single = open_lock(other, abc[i], (struct settings){0});
        CHECK_STATUS(distcoord_lock_acquire(single, PAST_KEPT_MS / 3, E), DISTCOORD_TIMED_OUT);
        distcoord_lock_free(single);
    }
    CHECK_INT(distcoord_lock_state(many), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_release(many, E));
    distcoord_lock_free(many);
    close_client(client);
    close_client(other);
}

/* One is taken away: all are lost, and none stays behind. */
static void losing_one_is_losing_all(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_lock *many = open_many(client, abc, 3, KEPT_MS), *singles[3];
    for (int i = 0; i < 3; i++) singles[i] = open_lock(other, abc[i], (struct settings){0});
    CHECK_OK(distcoord_lock_acquire(many, 0, E));
    CHECK_OK(distcoord_lock_break(singles[1], 0, E));
    CHECK_OK(distcoord_lock_acquire(singles[1], 0, E));
    CHECK_INT(distcoord_lock_wait_lost(many, 5000 * time_factor()), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_release(many, E), DISTCOORD_LOST);
    CHECK_INT(distcoord_lock_state(singles[1]), DISTCOORD_LOCK_HELD);
    CHECK_OK(distcoord_lock_extend(singles[1], 0, E));
    /* The others come free with their lease at the latest. */
    CHECK_OK(distcoord_lock_acquire(singles[0], 10000, E));
    CHECK_OK(distcoord_lock_acquire(singles[2], 10000, E));
    for (int i = 0; i < 3; i++) CHECK_OK(distcoord_lock_release(singles[i], E));
    CHECK_OK(distcoord_lock_acquire(many, 0, E));
    /* Its own handle takes all of them away. */
    distcoord_lock *same = open_many(other, abc, 3, 0);
    CHECK_OK(distcoord_lock_break(same, 0, E));
    CHECK_OK(distcoord_lock_acquire(same, 0, E));
    CHECK_STATUS(distcoord_lock_release(many, E), DISTCOORD_LOST);
    CHECK_OK(distcoord_lock_release(same, E));
    for (int i = 0; i < 3; i++) distcoord_lock_free(singles[i]);
    distcoord_lock_free(many);
    distcoord_lock_free(same);
    close_client(client);
    close_client(other);
}

static void takes_all_and_waits_for_death(struct shared *shared)
{
    distcoord_lock *many = open_many(open_client(), abc, 3, KEPT_MS);
    CHECK_OK(distcoord_lock_acquire(many, 0, E));
    shared->fence = distcoord_lock_fence(many);
    reach(shared, 1);
    hold_for_ever();
}

static void holder_killed(void)
{
    struct process process = start_process(takes_all_and_waits_for_death);
    require_phase(&process, 1);
    kill_process(&process);
    distcoord_client *client = open_client();
    distcoord_lock *many = open_many(client, abc, 3, 0);
    int64_t start = now_ms();
    CHECK_STATUS(distcoord_lock_acquire(many, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_acquire(many, 10000, E));
    CHECK(took_less(start, KEPT_MS + 1500));
    CHECK(distcoord_lock_fence(many) > process.shared->fence);
    distcoord_lock_free(many);
    close_client(client);
}

/* ---------------------------------------------------------------- cluster mode */

static int bound_port(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), result = -1;
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0
        && getsockname(fd, (struct sockaddr *)&address, &length) == 0) {
        result = ntohs(address.sin_port);
    }
    close(fd);
    return result;
}

/* A port that is free along with the one 10 000 above, on which nodes of a cluster talk. */
static int cluster_port(void)
{
    for (int i = 0; i < 1000; i++) {
        int port = bound_port(0);
        if (port > 10000 && port < 55000 && bound_port(port + 10000) > 0) return port;
    }
    REQUIRE(!"no free port");
    return -1;
}

/* A cluster of one: all slots are its own, and a script still may not touch two. */
static void open_cluster(struct redis_server *cluster, int clients, distcoord_client **out)
{
    char port[16], line[1024], answer[256];
    snprintf(port, sizeof port, "%d", cluster_port());
    const char *const arguments[] = {"--cluster-enabled", "yes", "--port", port, "--bind", "127.0.0.1", NULL};
    redis_server_start(cluster, arguments);
    for (int slot = 0; slot < 16384;) {
        int length = snprintf(line, sizeof line, "CLUSTER ADDSLOTS");
        for (int i = 0; i < 128; i++) length += snprintf(line + length, sizeof line - (size_t)length, " %d", slot++);
        REQUIRE(redis_server_command(cluster, line, answer, sizeof answer) == 0 && strcmp(answer, "+OK") == 0);
    }
    REQUIRE(EVENTUALLY(10000,
        redis_server_command(cluster, "DEL up", answer, sizeof answer) == 0 && strcmp(answer, ":0") == 0));
    distcoord_options *options = namespace_options();
    for (int i = 0; i < clients; i++) REQUIRE_OK(distcoord_client_open(cluster->url, options, &out[i], E));
    distcoord_options_free(options);
}

static void cluster_takes_them_in_order(void)
{
    struct redis_server cluster;
    distcoord_client *clients[2];
    open_cluster(&cluster, 2, clients);
    distcoord_lock *many = open_many(clients[0], abc, 3, 0), *singles[3];
    for (int i = 0; i < 3; i++) singles[i] = open_lock(clients[1], abc[i], (struct settings){0});
    CHECK_OK(distcoord_lock_acquire(many, 0, E));
    uint64_t fence = distcoord_lock_fence(many);
    for (int i = 0; i < 3; i++) CHECK_STATUS(distcoord_lock_acquire(singles[i], 0, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_lock_acquire(many, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_extend(many, 20000, E));
    CHECK_OK(distcoord_lock_release(many, E));
    for (int i = 0; i < 3; i++) {
        CHECK_OK(distcoord_lock_acquire(singles[i], 0, E));
        CHECK_STATUS(distcoord_lock_acquire(many, 0, E), DISTCOORD_TIMED_OUT);
        CHECK_STATUS(distcoord_lock_acquire(many, 100, E), DISTCOORD_TIMED_OUT);
        /* What it had taken before it gave up, it gives back in the background. */
        CHECK(EVENTUALLY(2000, nobody_holds(singles[(i + 1) % 3])));
        CHECK(EVENTUALLY(2000, nobody_holds(singles[(i + 2) % 3])));
        CHECK_INT(waiters_of(singles[i]), 0);
        CHECK_OK(distcoord_lock_release(singles[i], E));
    }
    /* It holds the first ones while it waits for the rest. */
    CHECK_OK(distcoord_lock_acquire(singles[1], 0, E));
    struct waiter waiter = {.lock = many, .wait_ms = -1};
    start_waiter(&waiter);
    REQUIRE(EVENTUALLY(5000, waiters_of(singles[1]) == 1));
    CHECK_STATUS(distcoord_lock_acquire(singles[0], 0, E), DISTCOORD_TIMED_OUT);
    CHECK_OK(distcoord_lock_release(singles[1], E));
    CHECK(ends_soon(&waiter));
    CHECK_INT(join_waiter(&waiter), DISTCOORD_OK);
    CHECK(distcoord_lock_fence(many) > fence);
    CHECK(distcoord_lock_fence(many) > distcoord_lock_fence(singles[1]));
    /* Losing one is losing all here as well. */
    CHECK_OK(distcoord_lock_break(singles[2], 0, E));
    CHECK_OK(distcoord_lock_acquire(singles[2], 0, E));
    CHECK_INT(distcoord_lock_wait_lost(many, 20000 * time_factor()), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_lock_release(many, E), DISTCOORD_LOST);
    CHECK_OK(distcoord_lock_release(singles[2], E));
    for (int i = 0; i < 3; i++) distcoord_lock_free(singles[i]);
    distcoord_lock_free(many);
    close_client(clients[0]);
    close_client(clients[1]);
    redis_server_stop(&cluster);
}

enum { TABLE = 5 };

struct guest {
    distcoord_client *client;
    int seat;
    int rounds;
    pthread_t thread;
};

static atomic_int holders[TABLE];

static void *eat(void *argument)
{
    struct guest *guest = argument;
    static const char *const forks[TABLE] = {"fork-0", "fork-1", "fork-2", "fork-3", "fork-4"};
    int near = guest->seat, far = (guest->seat + 1) % TABLE;
    const char *const both[] = {forks[near], forks[far]};
    distcoord_lock *lock = open_many(guest->client, both, 2, 0);
    for (int i = 0; i < 40; i++) {
        REQUIRE_OK(distcoord_lock_acquire(lock, 30000, E));
        if (atomic_fetch_add(&holders[near], 1) != 0 || atomic_fetch_add(&holders[far], 1) != 0) {
            report(__FILE__, __LINE__, "two hold one name");
        }
        guest->rounds++;
        atomic_fetch_sub(&holders[near], 1);
        atomic_fetch_sub(&holders[far], 1);
        CHECK_OK(distcoord_lock_release(lock, E));
    }
    distcoord_lock_free(lock);
    return NULL;
}

static void cluster_does_not_deadlock(void)
{
    struct redis_server cluster;
    distcoord_client *clients[2];
    struct guest table[TABLE];
    open_cluster(&cluster, 2, clients);
    for (int i = 0; i < TABLE; i++) {
        table[i] = (struct guest){.client = clients[i % 2], .seat = i};
        table[i].thread = start_thread(eat, &table[i]);
    }
    for (int i = 0; i < TABLE; i++) {
        pthread_join(table[i].thread, NULL);
        CHECK_INT(table[i].rounds, 40);
    }
    close_client(clients[0]);
    close_client(clients[1]);
    redis_server_stop(&cluster);
}

static const struct test tests[] = {
    {"many_names", names},
    {"many_named_twice_counts_once", named_twice_counts_once},
    {"many_renewed_together", renewed_together},
    {"many_losing_one_is_losing_all", losing_one_is_losing_all},
    {"many_holder_killed", holder_killed},
    {"many_cluster_takes_them_in_order", cluster_takes_them_in_order},
    {"many_cluster_does_not_deadlock", cluster_does_not_deadlock},
};

HARNESS_MAIN(tests)
