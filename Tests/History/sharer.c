/*
 * One process of a recorded history of what processes share: threads that meet at barriers, count, write and watch
 * values, take permits of limiters, publish and consume. Each writes down what it did (deed.h). It goes on until
 * SIGTERM, whatever the server does meanwhile.
 *
 *   sharer URL LABEL FOLDER SEED PARTS
 *   sharer URL LABEL FOLDER SEED drain     reads the counters, consumes what is left, reads the whole topic
 *
 * PARTS has a letter for each thread: m meets, d enters and leaves, c counts, s writes and reads, w watches, l takes
 * permits, p publishes and consumes, b asks a breaker, e sets, clears and waits for an event.
 */
#include "sharing.h"

#include <pthread.h>
#include <signal.h>

enum { USUAL_NS = 150000000, THREADS_MAX = 16 };

distcoord_client *client;
unsigned seed;
atomic_bool is_ending;

static const char *label, *folder;
static atomic_int running;

static void *share(void *argument) {
    struct sharer *sharer = argument;
    switch (sharer->part) {
    case 'm':
        meet(sharer);
        break;
    case 'd':
        enter_and_leave(sharer);
        break;
    case 'c':
        count(sharer);
        break;
    case 's':
        write_and_read(sharer);
        break;
    case 'w':
        watch(sharer);
        break;
    case 'l':
        take(sharer);
        break;
    case 'p':
        publish_and_consume(sharer);
        break;
    case 'b':
        call_what_fails(sharer);
        break;
    case 'e':
        signal_and_wait(sharer);
        break;
    default:
        fail("sharer", "no such part");
    }
    running--;
    return NULL;
}

static void prepare(struct sharer *sharer, char part, unsigned number) {
    char name[64];
    snprintf(name, sizeof name, "%s-%u.deeds", label, number);
    sharer->part = part;
    sharer->random = seed * 16 + number;
    sharer->number = (int64_t)(seed * 16 + number) * 1000000;
    sharer->next = record_file(folder, name, DEEDS_MAX * sizeof *sharer->next);
    sharer->end = sharer->next + DEEDS_MAX;
}

static void *beat(void *argument) {
    record_pauses(argument, USUAL_NS);
    return NULL;
}

int main(int argc, char **argv) {
    static struct sharer sharers[THREADS_MAX];
    pthread_t thread;
    sigset_t ending;
    int number;
    char name[64];
    if (argc != 6 || strlen(argv[5]) > THREADS_MAX) {
        fprintf(stderr, "usage: sharer URL LABEL FOLDER SEED PARTS|drain\n");
        return 64;
    }
    label = argv[2];
    folder = argv[3];
    seed = (unsigned)strtoul(argv[4], NULL, 10);
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, NULL);
    client = open_client(argv[1], label);
    if (strcmp(argv[5], "drain") == 0) {
        prepare(&sharers[0], 0, 0);
        read_counters(&sharers[0]);
        read_topic(&sharers[0]);
    } else {
        snprintf(name, sizeof name, "%s.pauses", label);
        pthread_create(&thread, NULL, beat, record_file(folder, name, PAUSES_MAX * sizeof(struct pause)));
        running = (int)strlen(argv[5]);
        for (unsigned i = 0; argv[5][i]; i++) {
            prepare(&sharers[i], argv[5][i], i);
            pthread_create(&thread, NULL, share, &sharers[i]);
        }
        sigwait(&ending, &number);
        is_ending = true;
        while (running > 0) {
            distcoord_client_cancel(client);
            sleep_us(5000);
        }
    }
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return 0;
}
