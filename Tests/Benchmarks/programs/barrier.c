/*
 * From the moment when the last party arrives at a barrier until all are released; the parties are threads, of several
 * processes. The floor is one bare PUBLISH to one subscriber in each process, from just before the command is written
 * to after the last of them has parsed the message. The two alternate one by one, with the same pause before each.
 *
 * Usage: barrier SOCKET barrier|double PROCESSES THREADS BLOCKS ROUNDS
 * Prints the median of each block in microseconds ("ours", "floor"), and the 99th percentiles over all ("ours99",
 * "floor99").
 */
#include "crowd.h"
#include <semaphore.h>
#include <stdatomic.h>

/* A process is told how many of its threads shall arrive, or to receive a bare message. */
enum { RECEIVE = 0 };

static const char *socket_path;
static int is_double, processes, threads, parties;
static volatile uint64_t *arrived_ns, *released_ns; /* by party; shared */

/* ---------------------------------------------------------------- the parties */

static distcoord_client *client;
static distcoord_barrier *barrier;
static sem_t may_arrive;
static atomic_int is_ending;

static distcoord_double_barrier *open_double(void) {
    distcoord_double_barrier *opened = NULL;
    MUST(distcoord_double_barrier_open, client, "barrier", parties, NULL, &opened);
    return opened;
}

static void *take_part(void *argument) {
    int party = (int)(intptr_t)argument;
    distcoord_double_barrier *own = is_double ? open_double() : NULL;
    for (;;) {
        while (sem_wait(&may_arrive) != 0) {
        }
        if (is_ending) break;
        arrived_ns[party] = now_ns();
        if (is_double)
            MUST(distcoord_double_barrier_enter, own, -1, NULL);
        else
            MUST(distcoord_barrier_wait, barrier, -1, NULL, NULL);
        released_ns[party] = now_ns();
        if (is_double) MUST(distcoord_double_barrier_leave, own, -1);
        crowd_say_done();
    }
    distcoord_double_barrier_free(own);
    return NULL;
}

static void receive(redisContext *subscriber, int index) {
    redisReply *reply = NULL;
    crowd_say_done();
    if (redisGetReply(subscriber, (void **)&reply) != REDIS_OK) die("subscriber");
    released_ns[index] = now_ns();
    freeReplyObject(reply);
    crowd_say_done();
}

static void process(int index, int commands) {
    int command;
    pthread_t *started = calloc((size_t)threads, sizeof *started);
    client = open_client(socket_path);
    if (!is_double) MUST(distcoord_barrier_open, client, "barrier", parties, &barrier);
    redisContext *subscriber = open_subscriber(socket_path);
    sem_init(&may_arrive, 0, 0);
    for (int i = 0; i < threads; i++) start_thread(&started[i], take_part, (void *)(intptr_t)(index * threads + i));
    crowd_say_done();
    while (next_command(commands, &command)) {
        if (command == RECEIVE) receive(subscriber, index);
        for (int i = 0; i < command; i++) sem_post(&may_arrive);
    }
    is_ending = 1;
    for (int i = 0; i < threads; i++) sem_post(&may_arrive);
    for (int i = 0; i < threads; i++) pthread_join(started[i], NULL);
    free(started);
    redisFree(subscriber);
    distcoord_barrier_free(barrier);
    close_client(client);
}

/* ---------------------------------------------------------------- who looks on */

static distcoord_double_barrier *shown_double;

static int64_t waiting(void) {
    int64_t count = 0;
    if (is_double)
        MUST(distcoord_double_barrier_inspect, shown_double, &count, NULL, NULL, NULL);
    else
        MUST(distcoord_barrier_inspect, barrier, &count, NULL, NULL);
    return count;
}

static uint64_t latest(const volatile uint64_t *moments, int count) {
    uint64_t highest = 0;
    for (int i = 0; i < count; i++)
        if (moments[i] > highest) highest = moments[i];
    return highest;
}

/* All but one arrive; that one comes when they have settled, each time to another process. */
static double release_all(int round) {
    int last = round % processes;
    for (int i = 0; i < processes; i++)
        if (threads > (i == last)) crowd_command(i, threads - (i == last));
    while (waiting() < parties - 1) usleep(200);
    usleep(PAUSE_US);
    crowd_command(last, 1);
    crowd_await(parties);
    return (double)(latest(released_ns, parties) - latest(arrived_ns, parties)) / 1000.0;
}

static double publish_to_all(redisContext *publisher) {
    const char *publish[] = {"PUBLISH", "bench:message", "0123456789012345678901 1763700000000000"};
    for (int i = 0; i < processes; i++) crowd_command(i, RECEIVE);
    crowd_await(processes);
    freeReplyObject(redisCommand(publisher, "PING"));
    usleep(PAUSE_US);
    uint64_t start = now_ns();
    freeReplyObject(hiredis_command(publisher, 3, publish, NULL));
    crowd_await(processes);
    return (double)(latest(released_ns, processes) - start) / 1000.0;
}

int main(int argc, char **argv) {
    if (argc != 7) return 64;
    socket_path = argv[1];
    is_double = strcmp(argv[2], "double") == 0;
    processes = atoi(argv[3]);
    threads = atoi(argv[4]);
    int blocks = atoi(argv[5]), rounds = atoi(argv[6]), total = blocks * rounds;
    parties = processes * threads;
    arrived_ns = shared_memory(2 * (size_t)parties * sizeof *arrived_ns);
    released_ns = arrived_ns + parties;
    crowd_start(processes, process);
    client = open_client(socket_path);
    if (is_double)
        shown_double = open_double();
    else
        MUST(distcoord_barrier_open, client, "barrier", parties, &barrier);
    redisContext *publisher = open_hiredis(socket_path);
    double *ours = calloc((size_t)total, sizeof *ours), *bare = calloc((size_t)total, sizeof *bare);
    if (!ours || !bare) die("memory");
    crowd_await(processes);
    for (int i = 0; i < total; i++) {
        ours[i] = release_all(i);
        bare[i] = publish_to_all(publisher);
    }
    crowd_end();
    print_blocks(ours, bare, blocks, rounds);
    free(ours);
    free(bare);
    redisFree(publisher);
    distcoord_double_barrier_free(shown_double);
    distcoord_barrier_free(barrier);
    close_client(client);
    return 0;
}
