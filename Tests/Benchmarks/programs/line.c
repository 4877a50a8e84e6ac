/*
 * Many threads of several processes stand in line for one lock; then it goes through all of them. For lines of several
 * lengths: microseconds per hand-over, the server's time in scripts per hand-over, and how many scripts that were. The
 * floor is one bare PUBLISH message bounced between two threads.
 *
 * Usage: line SOCKET processes rounds waiters...
 * Prints for each round "floor", and for each number of waiters N "each-N", "server-N", "calls-N".
 */
#include "crowd.h"

/* A short line is stood in several times, for that many hand-overs in all. */
enum { FEWEST_HANDOVERS = 200, FLOOR_MESSAGES = 2000, PATIENCE_S = 60 };

static const char *socket_path;
static struct {
    uint64_t last_fence;
    int left, is_out_of_order;
} *shared;

/* Nobody holds it for long: losing it says that this machine stood still for as long as the lease of a grant. */
static void release(distcoord_lock *lock, uint64_t acquired) {
    int64_t left_ms = distcoord_lock_lease_left_ms(lock);
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_lock_release(lock, &error);
    if (status == DISTCOORD_LOST)
        fprintf(stderr, "lost %.3f ms after the acquire, %lld ms of the lease were left at the release\n",
            (double)(now_ns() - acquired) / 1e6, (long long)left_ms);
    check(status, error, "distcoord_lock_release");
}

static void *pass_on(void *argument) {
    distcoord_lock *lock = argument;
    MUST(distcoord_lock_acquire, lock, -1);
    uint64_t acquired = now_ns();
    /* Under the lock: no other thread is here. */
    uint64_t fence = distcoord_lock_fence(lock);
    if (fence <= shared->last_fence) shared->is_out_of_order = 1;
    shared->last_fence = fence;
    release(lock, acquired);
    if (__atomic_sub_fetch(&shared->left, 1, __ATOMIC_SEQ_CST) == 0) tell(to_parent);
    return NULL;
}

/* Each number that comes is how many threads to put in line. */
static void process(int index, int commands) {
    (void)index;
    distcoord_client *client = open_client(socket_path);
    for (int count; next_command(commands, &count);) {
        distcoord_lock **locks = calloc((size_t)count + 1, sizeof *locks);
        pthread_t *threads = calloc((size_t)count + 1, sizeof *threads);
        if (!locks || !threads) die("memory");
        for (int i = 0; i < count; i++) {
            MUST(distcoord_lock_open, client, "line", NULL, &locks[i]);
            start_thread(&threads[i], pass_on, locks[i]);
        }
        for (int i = 0; i < count; i++) pthread_join(threads[i], NULL);
        for (int i = 0; i < count; i++) distcoord_lock_free(locks[i]);
        free(locks);
        free(threads);
        crowd_say_done();
    }
    close_client(client);
}

static void await_line(distcoord_lock *lock, int waiters) {
    uint64_t end = now_ns() + PATIENCE_S * 1000000000ull;
    for (int64_t in_line = 0; in_line < waiters; usleep(5000)) {
        distcoord_lock_info *info = NULL;
        MUST(distcoord_lock_inspect, lock, &info);
        in_line = distcoord_lock_info_waiters(info);
        distcoord_lock_info_free(info);
        if (now_ns() > end) die("they did not get in line");
    }
}

struct cost {
    double microseconds, script_calls, script_microseconds;
};

/* Adds what scripts have cost since the last CONFIG RESETSTAT. */
static void add_script_cost(redisContext *context, struct cost *cost) {
    const char *argv[] = {"INFO", "commandstats"}, *label = "cmdstat_evalsha:";
    redisReply *reply = hiredis_command(context, 2, argv, NULL);
    const char *found = strstr(reply->str, label);
    double calls, microseconds;
    if (!found || sscanf(found + strlen(label), "calls=%lf,usec=%lf", &calls, &microseconds) != 2) die("commandstats");
    cost->script_calls += calls;
    cost->script_microseconds += microseconds;
    freeReplyObject(reply);
}

static void go_through(
    distcoord_lock *lock, redisContext *context, int processes, int waiters, struct cost *cost) {
    MUST(distcoord_lock_acquire, lock, -1);
    shared->last_fence = distcoord_lock_fence(lock);
    shared->left = waiters;
    for (int i = 0; i < processes; i++) crowd_command(i, (i + 1) * waiters / processes - i * waiters / processes);
    await_line(lock, waiters);
    freeReplyObject(redisCommand(context, "CONFIG RESETSTAT"));
    uint64_t start = now_ns();
    MUST(distcoord_lock_release, lock);
    await(to_parent);
    cost->microseconds += (double)(now_ns() - start) / 1000.0;
    add_script_cost(context, cost);
    crowd_await(processes);
}

static void our_round(distcoord_lock *lock, redisContext *context, int processes, int waiters) {
    struct cost cost = {0};
    int times = waiters < FEWEST_HANDOVERS ? FEWEST_HANDOVERS / waiters : 1;
    for (int i = 0; i < times; i++) go_through(lock, context, processes, waiters, &cost);
    double handovers = (double)times * waiters;
    printf("each-%d %f\n", waiters, cost.microseconds / handovers);
    printf("server-%d %f\n", waiters, cost.script_microseconds / handovers);
    printf("calls-%d %f\n", waiters, cost.script_calls / handovers);
}

struct side {
    redisContext *subscriber, *publisher;
    const char *channel; /* the other side's */
    int messages, begins;
};

static void *bounce(void *argument) {
    struct side *side = argument;
    const char *publish[] = {"PUBLISH", side->channel, "0123456789012345678901 1763700000000000"};
    if (side->begins) freeReplyObject(hiredis_command(side->publisher, 3, publish, NULL));
    for (int i = 0; i < side->messages; i++) {
        redisReply *reply = NULL;
        if (redisGetReply(side->subscriber, (void **)&reply) != REDIS_OK) die("subscriber");
        freeReplyObject(reply);
        if (!side->begins || i + 1 < side->messages)
            freeReplyObject(hiredis_command(side->publisher, 3, publish, NULL));
    }
    return NULL;
}

static double floor_round(int messages) {
    struct side sides[2];
    for (int i = 0; i < 2; i++) {
        sides[i] = (struct side){open_hiredis(socket_path), open_hiredis(socket_path),
            i == 0 ? "bench:line:1" : "bench:line:0", messages / 2, i == 0};
        freeReplyObject(redisCommand(sides[i].subscriber, "SUBSCRIBE bench:line:%d", i));
    }
    pthread_t threads[2];
    uint64_t start = now_ns();
    for (int i = 0; i < 2; i++) start_thread(&threads[i], bounce, &sides[i]);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    double each = (double)(now_ns() - start) / 1000.0 / messages;
    for (int i = 0; i < 2; i++) {
        redisFree(sides[i].subscriber);
        redisFree(sides[i].publisher);
    }
    return each;
}

int main(int argc, char **argv) {
    if (argc < 5) return 64;
    for (int i = 4; i < argc; i++)
        if (atoi(argv[i]) < 1) return 64;
    socket_path = argv[1];
    int processes = atoi(argv[2]), rounds = atoi(argv[3]);
    shared = shared_memory(sizeof *shared);
    if (pipe(to_parent) != 0) die("pipe");
    crowd_start(processes, process);
    distcoord_client *client = open_client(socket_path);
    distcoord_lock *lock = NULL;
    MUST(distcoord_lock_open, client, "line", NULL, &lock);
    redisContext *context = open_hiredis(socket_path);
    for (int round = 0; round < rounds; round++) {
        for (int i = 4; i < argc; i++) our_round(lock, context, processes, atoi(argv[i]));
        printf("floor %f\n", floor_round(FLOOR_MESSAGES));
    }
    crowd_end();
    if (shared->is_out_of_order) die("fencing numbers did not grow");
    redisFree(context);
    distcoord_lock_free(lock);
    close_client(client);
    return 0;
}
