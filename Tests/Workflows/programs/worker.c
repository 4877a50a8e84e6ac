/*
 * A worker in C. It does as behaviour.h says, whatever the server does meanwhile, and writes down what it claimed and
 * what became of it (ledger.h).
 *
 *   worker queue URL LABEL FOLDER SEED QUEUE                      claims and completes, until SIGTERM
 *   worker runtime URL LABEL FOLDER SEED QUEUE                    the same by the library's worker, with some threads
 *   worker instance URL LABEL FOLDER SEED RUN INDEX TOTAL         until the run has ended, as one of its instances;
 *                                                                 exit status 0 when it succeeded, 1 when not
 *
 * FOLDER has the graphs: RUN.graph, and RUN.KEY.graph for what its tasks add.
 */
#include "behaviour.h"
#include "graph.h"
#include "ledger.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

enum { MOST = 6, IDLE_MS = 100, THREADS = 3 };

static const char *label, *folder;
static unsigned seed;
static _Thread_local unsigned randomness;
static atomic_bool is_ending;

static void note_status(const distcoord_job *job, const char *how, distcoord_status status) {
    note_job("a", job, how, distcoord_status_name(status));
}

static distcoord_status fetch(distcoord_job *job, distcoord_task_inputs **inputs) {
    distcoord_status status = DISTCOORD_OK;
    for (int tries = 0; tries < 20; tries++) {
        status = distcoord_task_fetch_inputs(job, inputs, NULL);
        if (status >= 0 || distcoord_job_state(job) != DISTCOORD_JOB_CLAIMED) return status;
        sleep_us(20000);
    }
    return status;
}

static distcoord_status add(distcoord_job *job, const char *key) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s.%s.graph", folder, distcoord_task_run(job), key);
    distcoord_workflow *additions = graph_read(path);
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_task_add(job, additions, &error);
    if (status != DISTCOORD_OK) {
        fprintf(stderr, "%s: adding %s: %s %s\n", label, path, distcoord_status_name(status),
            error ? distcoord_error_message(error) : "");
    }
    distcoord_error_free(error);
    distcoord_workflow_free(additions);
    return status;
}

/* Does one task and says how it ended; false when it is to be completed together with others. */
static bool attend(distcoord_job *job, struct deed *deed) {
    struct wishes wishes = wishes_of(job);
    distcoord_task_inputs *inputs = NULL;
    bool is_first = distcoord_job_attempt(job) == 1;
    if (wishes.busy) sleep_us(wishes.busy);
    distcoord_status status = fetch(job, &inputs);
    if (status != DISTCOORD_OK) {
        note_status(job, "fetch", status);
        distcoord_job_release(job, NULL);
        return true;
    }
    behave(job, &wishes, inputs, deed);
    distcoord_task_inputs_free(inputs);
    if (wishes.kill && is_first) kill(getpid(), SIGKILL);
    if (wishes.hang && is_first) sleep_us(distcoord_job_timeout_ms(job) * 2000);
    if (*wishes.add && strcmp(deed->how, "complete") == 0 && (status = add(job, wishes.add)) != DISTCOORD_OK) {
        note_status(job, "add", status);
        return true;
    }
    if (strcmp(deed->how, "complete") == 0 && rand_r(&randomness) % 3 == 0) return false;
    note_job("b", job, deed->how, "");
    if (strcmp(deed->how, "complete") == 0) {
        status = distcoord_job_complete(job, deed->result, deed->length, NULL);
    } else if (strcmp(deed->how, "repeat") == 0) {
        status = distcoord_task_repeat(job, deed->result, deed->length, NULL);
    } else if (strcmp(deed->how, "skip") == 0) {
        status = distcoord_task_skip(job, "asked to", NULL);
    } else {
        status = distcoord_job_fail(job, "asked to fail", strcmp(deed->how, "fail") == 0, NULL);
    }
    note_status(job, deed->how, status);
    return true;
}

static void claim_some(distcoord_queue *queue) {
    static struct deed deeds[MOST];
    distcoord_job *jobs[MOST], *together[MOST];
    const void *results[MOST];
    size_t lengths[MOST], count = 0, joined = 0, most = 1 + (unsigned)rand_r(&randomness) % MOST;
    distcoord_status statuses[MOST];
    distcoord_status status = distcoord_queue_claim(queue, IDLE_MS, jobs, most, &count, NULL);
    if (status < 0) sleep_us(5000);
    for (size_t i = 0; i < count; i++) note_job("c", jobs[i], "", "");
    for (size_t i = 0; i < count; i++) {
        if (attend(jobs[i], &deeds[i])) continue;
        results[joined] = deeds[i].result;
        lengths[joined] = deeds[i].length;
        statuses[joined] = DISTCOORD_ERROR_INTERNAL;
        together[joined++] = jobs[i];
    }
    for (size_t i = 0; i < joined; i++) note_job("b", together[i], "complete", "");
    if (joined > 0) distcoord_queue_complete_many(queue, together, results, lengths, joined, statuses, NULL);
    for (size_t i = 0; i < joined; i++) note_status(together[i], "complete", statuses[i]);
    for (size_t i = 0; i < count; i++) distcoord_job_free(jobs[i]);
}

static void end(int number) {
    (void)number;
    is_ending = true;
}

static int work_on_queue(distcoord_client *client, const char *name) {
    distcoord_queue *queue = NULL;
    if (distcoord_queue_open(client, name, &queue, NULL) != DISTCOORD_OK ||
        distcoord_queue_set_lease_ms(queue, LEASE_MS) != DISTCOORD_OK ||
        distcoord_queue_set_capabilities(queue, "lang:c") != DISTCOORD_OK) {
        return 70;
    }
    while (!is_ending) claim_some(queue);
    distcoord_queue_free(queue);
    return 0;
}

/* ---------------------------------------------------------------- the library's worker */

static distcoord_worker *worker;

static void handle(distcoord_job *job, void *context) {
    static _Thread_local struct deed deed;
    (void)context;
    if (randomness == 0) randomness = seed + (unsigned)distcoord_job_fence(job);
    note_job("c", job, "", "");
    if (attend(job, &deed)) return;
    note_job("b", job, "complete", "");
    distcoord_status status = distcoord_worker_done(worker, job, deed.result, deed.length, NULL);
    /* It is sent a little later, and whether it counts is told to nobody. */
    if (status != DISTCOORD_OK) note_status(job, "complete", status);
}

static void *run(void *argument) {
    (void)argument;
    while (!is_ending && distcoord_worker_run(worker, handle, NULL, NULL) != DISTCOORD_OK) sleep_us(20000);
    return NULL;
}

static int work_in_runtime(distcoord_client *client, const char *name) {
    pthread_t thread;
    sigset_t ending;
    int number;
    if (distcoord_worker_open(client, NULL, &worker, NULL) != DISTCOORD_OK ||
        distcoord_worker_add_queue(worker, name, 1, NULL) != DISTCOORD_OK ||
        distcoord_worker_set_concurrency(worker, THREADS) != DISTCOORD_OK ||
        distcoord_worker_set_lease_ms(worker, LEASE_MS) != DISTCOORD_OK ||
        distcoord_worker_set_capabilities(worker, "lang:c") != DISTCOORD_OK) {
        return 70;
    }
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    pthread_create(&thread, NULL, run, NULL);
    sigwait(&ending, &number);
    is_ending = true;
    distcoord_worker_stop(worker);
    pthread_join(thread, NULL);
    distcoord_worker_free(worker);
    return 0;
}

/* ---------------------------------------------------------------- one of several instances */

/* The one that was killed before is there until its lease has ended. */
static distcoord_status join(
    distcoord_client *client, const char *run, int index, int total, distcoord_instance **instance) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s.graph", folder, run);
    distcoord_workflow *workflow = graph_read(path);
    distcoord_instance_options *options = distcoord_instance_options_new();
    distcoord_instance_options_set_identity(options, run);
    distcoord_instance_options_set_index(options, index);
    distcoord_instance_options_set_total(options, total);
    distcoord_instance_options_set_lease_ms(options, LEASE_MS);
    distcoord_instance_options_set_capabilities(options, "lang:c");
    distcoord_status status = DISTCOORD_EXISTS;
    distcoord_error *error = NULL;
    for (int tries = 0; tries < 300 && !is_ending; tries++) {
        distcoord_error_free(error);
        error = NULL;
        status = distcoord_instance_join(client, workflow, options, instance, &error);
        if (status == DISTCOORD_OK || status == DISTCOORD_EXPIRED) break;
        sleep_us(50000);
    }
    if (status != DISTCOORD_OK && status != DISTCOORD_EXPIRED) {
        fprintf(stderr, "%s: joining: %s %s\n", label, distcoord_status_name(status),
            error ? distcoord_error_message(error) : "");
    }
    distcoord_error_free(error);
    distcoord_instance_options_free(options);
    distcoord_workflow_free(workflow);
    return status;
}

static int work_as_instance(distcoord_client *client, const char *run, int index, int total) {
    distcoord_instance *instance = NULL;
    distcoord_run_summary *summary = NULL;
    distcoord_status status = join(client, run, index, total, &instance);
    if (status != DISTCOORD_OK && status != DISTCOORD_EXPIRED) return 71;
    for (;;) {
        distcoord_error *error = NULL;
        status = distcoord_instance_wait(instance, 0, &summary, &error);
        if (status == DISTCOORD_OK || is_ending) break;
        if (status == DISTCOORD_LOST || status == DISTCOORD_ERROR_CONFLICT) {
            fprintf(stderr, "%s: waiting: %s %s\n", label, distcoord_status_name(status),
                error ? distcoord_error_message(error) : "");
            return 72;
        }
        distcoord_error_free(error);
        claim_some(distcoord_instance_queue(instance));
    }
    int exit_status = summary && distcoord_run_summary_state(summary) == DISTCOORD_RUN_SUCCEEDED ? 0 : 1;
    distcoord_run_summary_free(summary);
    distcoord_instance_free(instance);
    return is_ending ? 0 : exit_status;
}

int main(int argc, char **argv) {
    bool is_instance = argc > 1 && strcmp(argv[1], "instance") == 0;
    if (argc != (is_instance ? 9 : 7)) {
        fprintf(stderr, "usage: worker queue|runtime URL LABEL FOLDER SEED QUEUE\n"
                        "       worker instance URL LABEL FOLDER SEED RUN INDEX TOTAL\n");
        return 64;
    }
    label = argv[3];
    folder = argv[4];
    randomness = seed = (unsigned)strtoul(argv[5], NULL, 10);
    bool has_threads = strcmp(argv[1], "runtime") == 0;
    if (has_threads) {
        sigset_t ending;
        sigemptyset(&ending);
        sigaddset(&ending, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &ending, NULL);
    } else {
        signal(SIGTERM, end);
    }
    record_open(folder, label);
    distcoord_client *client = open_client(argv[2], label);
    record("w %s", distcoord_client_id(client));
    int status = is_instance   ? work_as_instance(client, argv[6], atoi(argv[7]), atoi(argv[8]))
                 : has_threads ? work_in_runtime(client, argv[6])
                               : work_on_queue(client, argv[6]);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return status;
}
