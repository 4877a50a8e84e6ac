/*
 * A worker in C. It goes on until SIGTERM, whatever the server does meanwhile, and writes down what it claimed and what
 * became of it (record.h).
 *
 *   worker URL LABEL FOLDER MODE THREADS SEED CAPABILITIES QUEUE[/PARTITIONS]...
 *
 * MODE is `claim`: threads that claim up to eight jobs at a time; `single`: claims of one job, whose order counts;
 * `runtime`: the library's worker with a handler; `own`: the same with a queue of its own, which steals.
 *
 * What an attempt does: o completes, d completes together with others, f fails, x fails for good, r gives back, half of
 * the times, w works for longer than the lease first, t for longer than the jobs' time limit, k kills its own process,
 * c waits for a while to be cancelled.
 */
#include "record.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { QUEUES = 16, MOST = 8 };

static distcoord_client *client;
static distcoord_worker *worker;
static const char *label, *capabilities;
static char *const *queues;
static int queue_count;
static bool is_single;
static atomic_bool is_ending;
static atomic_int running;
static unsigned seed;

struct task {
    char name[NAME_SIZE], letter;
    long long us;
};

static struct task task_of(const distcoord_job *job) {
    struct task task = {.letter = 'o'};
    char text[512], script[64] = "o";
    size_t length = 0;
    const char *payload = distcoord_job_payload(job, &length);
    snprintf(text, sizeof text, "%.*s", (int)length, payload);
    if (sscanf(text, "%127s %63s %lld", task.name, script, &task.us) < 1) abort();
    size_t attempt = (size_t)distcoord_job_attempt(job), last = strlen(script);
    task.letter = script[(attempt < last ? attempt : last) - 1];
    return task;
}

static void note_claim(const distcoord_job *job, const struct task *task) {
    record("c %lld %s %s %llu %d %d", moment(), task->name, distcoord_job_id(job),
        (unsigned long long)distcoord_job_fence(job), distcoord_job_attempt(job), distcoord_job_max_attempts(job));
}

static void note_end(const distcoord_job *job, const struct task *task, long long before, const char *how, int status) {
    record("s %lld %lld %s %llu %s %s", before, moment(), task->name, (unsigned long long)distcoord_job_fence(job), how,
        distcoord_status_name(status));
}

static int result_of(const distcoord_job *job, char *text, size_t size) {
    return snprintf(
        text, size, "%s %llu %d", label, (unsigned long long)distcoord_job_fence(job), distcoord_job_attempt(job));
}

/* Waits until somebody has cancelled the job, or for half a second. */
static bool is_cancelled(const distcoord_job *job) {
    for (int i = 0; i < 100 && distcoord_job_state(job) == DISTCOORD_JOB_CLAIMED; i++) sleep_us(5000);
    return distcoord_job_state(job) == DISTCOORD_JOB_CANCELLING;
}

/* Does one job and says how it ended; false when it is to be completed together with others. */
static bool attend(distcoord_job *job, const struct task *task, unsigned *random) {
    char result[256];
    int length = result_of(job, result, sizeof result);
    const char *how = "complete";
    distcoord_status status;
    if (task->us > 0) sleep_us(task->us);
    if (task->letter == 'k') kill(getpid(), SIGKILL);
    if (task->letter == 'd') return false;
    if (task->letter == 'w') sleep_us(LEASE_MS * 1300ll);
    if (task->letter == 't') sleep_us(400000);
    bool gives_back = task->letter == 'r' && rand_r(random) % 2;
    bool is_asked = task->letter == 'c' && is_cancelled(job);
    long long before = moment();
    if (is_asked) {
        how = "cancelled";
        status = distcoord_job_cancelled(job, NULL);
    } else if (task->letter == 'f') {
        how = "fail";
        status = distcoord_job_fail(job, "asked to fail", true, NULL);
    } else if (task->letter == 'x') {
        how = "fail_for_good";
        status = distcoord_job_fail(job, "asked to die", false, NULL);
    } else if (gives_back) {
        how = "release";
        status = distcoord_job_release(job, NULL);
    } else {
        status = distcoord_job_complete(job, result, (size_t)length, NULL);
    }
    note_end(job, task, before, how, status);
    return true;
}

/* ---------------------------------------------------------------- claiming by hand */

static void complete_together(distcoord_queue *queue, distcoord_job **jobs, const struct task *tasks, size_t count) {
    char texts[MOST][256];
    const void *results[MOST];
    size_t lengths[MOST];
    distcoord_status statuses[MOST];
    if (count == 0) return;
    for (size_t i = 0; i < count; i++) {
        lengths[i] = (size_t)result_of(jobs[i], texts[i], sizeof texts[i]);
        results[i] = texts[i];
        statuses[i] = DISTCOORD_ERROR_INTERNAL;
    }
    long long before = moment();
    distcoord_queue_complete_many(queue, jobs, results, lengths, count, statuses, NULL);
    for (size_t i = 0; i < count; i++) note_end(jobs[i], &tasks[i], before, "complete", statuses[i]);
}

static size_t claim_some(distcoord_queue *queue, int64_t wait_ms, unsigned *random) {
    distcoord_job *jobs[MOST], *together[MOST];
    struct task tasks[MOST], joint[MOST];
    size_t count = 0, joined = 0, most = is_single ? 1 : 1 + (unsigned)rand_r(random) % MOST;
    distcoord_status status = distcoord_queue_claim(queue, wait_ms, jobs, most, &count, NULL);
    if (status < 0) sleep_us(5000);
    for (size_t i = 0; i < count; i++) {
        tasks[i] = task_of(jobs[i]);
        note_claim(jobs[i], &tasks[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (!attend(jobs[i], &tasks[i], random)) {
            joint[joined] = tasks[i];
            together[joined++] = jobs[i];
        }
    }
    complete_together(queue, together, joint, joined);
    for (size_t i = 0; i < count; i++) distcoord_job_free(jobs[i]);
    return count;
}

static void *claim_on(void *argument) {
    unsigned number = (unsigned)(uintptr_t)argument, random = seed * 16 + number;
    distcoord_queue *handles[QUEUES];
    for (int i = 0; i < queue_count; i++) {
        handles[i] = open_queue(client, queues[i]);
        if (*capabilities) distcoord_queue_set_capabilities(handles[i], capabilities);
        /* Nothing may happen to the one whose order counts, not even while the server is away. */
        if (is_single) distcoord_queue_set_lease_ms(handles[i], 30000);
    }
    while (!is_ending) {
        int first = (int)((unsigned)rand_r(&random) % (unsigned)queue_count);
        size_t had = 0;
        for (int i = 0; i < queue_count && !is_ending; i++) {
            had += claim_some(handles[(first + i) % queue_count], 0, &random);
        }
        /* One cannot wait at several queues by hand: so it waits at each for a moment. */
        if (had == 0 && !is_ending) claim_some(handles[first], 5 + rand_r(&random) % 60, &random);
    }
    for (int i = 0; i < queue_count; i++) distcoord_queue_free(handles[i]);
    running--;
    return NULL;
}

/* ---------------------------------------------------------------- the library's worker */

static void handle(distcoord_job *job, void *context) {
    static _Thread_local unsigned random;
    static atomic_uint threads;
    (void)context;
    if (random == 0) random = seed * 16 + ++threads;
    struct task task = task_of(job);
    note_claim(job, &task);
    if (attend(job, &task, &random)) return;
    char result[256];
    int length = result_of(job, result, sizeof result);
    long long before = moment();
    distcoord_status status = distcoord_worker_done(worker, job, result, (size_t)length, NULL);
    note_end(job, &task, before, "done", status);
}

static void *run(void *argument) {
    (void)argument;
    while (!is_ending) {
        distcoord_error *error = NULL;
        distcoord_status status = distcoord_worker_run(worker, handle, NULL, &error);
        if (status == DISTCOORD_OK) break;
        fprintf(stderr, "%s: run answers %s %s\n", label, distcoord_status_name(status),
            error ? distcoord_error_message(error) : "");
        distcoord_error_free(error);
        sleep_us(20000);
    }
    running--;
    return NULL;
}

/* Whoever replaces a dead worker has its name, and with it its queue: the label up to the dot. */
static void open_worker(int threads, bool owns) {
    char own_name[NAME_SIZE];
    snprintf(own_name, sizeof own_name, "%.*s", (int)strcspn(label, "."), label);
    bool fits = distcoord_worker_open(client, own_name, &worker, NULL) == DISTCOORD_OK;
    for (int i = 0; i < queue_count && fits; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "%s", queues[i]);
        char *slash = strchr(name, '/');
        if (slash) *slash = '\0';
        fits = distcoord_worker_add_queue(worker, name, 1 + i, NULL) == DISTCOORD_OK;
        if (slash && fits) fits = distcoord_worker_set_partitions(worker, name, atoi(slash + 1)) == DISTCOORD_OK;
    }
    fits = fits && distcoord_worker_set_concurrency(worker, threads) == DISTCOORD_OK &&
           distcoord_worker_set_lease_ms(worker, LEASE_MS) == DISTCOORD_OK &&
           distcoord_worker_set_own_queue(worker, owns, owns) == DISTCOORD_OK &&
           (!*capabilities || distcoord_worker_set_capabilities(worker, capabilities) == DISTCOORD_OK);
    if (!fits) {
        fprintf(stderr, "%s: no worker\n", label);
        exit(70);
    }
}

/* ---------------------------------------------------------------- the process */

int main(int argc, char **argv) {
    pthread_t thread;
    sigset_t ending;
    if (argc < 9 || argc > 8 + QUEUES) {
        fprintf(stderr, "usage: worker URL LABEL FOLDER MODE THREADS SEED CAPABILITIES QUEUE[/PARTITIONS]...\n");
        return 64;
    }
    label = argv[2];
    seed = (unsigned)strtoul(argv[6], NULL, 10);
    capabilities = argv[7];
    queues = argv + 8;
    queue_count = argc - 8;
    int threads = atoi(argv[5]);
    is_single = strcmp(argv[4], "single") == 0;
    bool claims = is_single || strcmp(argv[4], "claim") == 0;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, NULL);
    record_open(argv[3], label);
    client = open_client(argv[1], label);
    if (!claims) open_worker(threads, strcmp(argv[4], "own") == 0);
    running = claims ? threads : 1;
    for (int i = 0; i < (claims ? threads : 1); i++) {
        pthread_create(&thread, NULL, claims ? claim_on : run, (void *)(uintptr_t)i);
    }
    int number;
    sigwait(&ending, &number);
    is_ending = true;
    distcoord_worker_stop(worker);
    while (running > 0) {
        if (claims) distcoord_client_cancel(client);
        sleep_us(5000);
    }
    distcoord_worker_free(worker);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return 0;
}
