/*
 * A process with one worker on the queue "q", which does as it is told on its standard input:
 *
 *   set CONCURRENCY PREFETCH LEASE_MS   before all else
 *   next WAIT_MS     OK payload= attempt=, or the status; the job is kept
 *   done             the status for the oldest job kept
 *   state            OK state= of the oldest job kept
 *   work COUNT       takes and does so many jobs: OK done=, or the status that ended it earlier
 *   counts           OK processed= failed= released= lost= running= ahead=
 *   shutdown GRACE_MS
 *
 *   worker URL NAMESPACE
 */
#include <distcoord.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 1000 };

static distcoord_worker *worker;
static distcoord_job *kept[KEPT];
static size_t first, count;

static void answer(distcoord_status status, const char *more, distcoord_error *error) {
    if (error) fprintf(stderr, "worker: %s\n", distcoord_error_message(error));
    distcoord_error_free(error);
    printf("%s%s\n", distcoord_status_name(status), more);
    fflush(stdout);
}

static void need(distcoord_status status, distcoord_error *error) {
    if (status == DISTCOORD_OK) return;
    fprintf(stderr, "worker: %s: %s\n", distcoord_status_name(status), error ? distcoord_error_message(error) : "");
    exit(70);
}

static void next(int64_t wait_ms) {
    distcoord_error *error = NULL;
    distcoord_job *job = NULL;
    char more[128] = "";
    distcoord_status status = distcoord_worker_next(worker, wait_ms, &job, &error);
    if (job && count < KEPT) {
        size_t length = 0;
        const char *payload = distcoord_job_payload(job, &length);
        snprintf(more, sizeof more, " payload=%.*s attempt=%d", (int)length, payload, (int)distcoord_job_attempt(job));
        kept[(first + count++) % KEPT] = job;
    }
    answer(status, more, error);
}

static void done(void) {
    distcoord_error *error = NULL;
    if (count == 0) return answer(DISTCOORD_EMPTY, "", NULL);
    distcoord_job *job = kept[first % KEPT];
    distcoord_status status = distcoord_worker_done(worker, job, NULL, 0, &error);
    first++;
    count--;
    distcoord_job_free(job);
    answer(status, "", error);
}

static void work(int64_t wanted) {
    distcoord_error *error = NULL;
    distcoord_status status = DISTCOORD_OK;
    char more[64];
    int64_t did = 0;
    while (did < wanted) {
        distcoord_job *job = NULL;
        status = distcoord_worker_next(worker, 20000, &job, &error);
        if (status != DISTCOORD_OK) break;
        status = distcoord_worker_done(worker, job, NULL, 0, &error);
        distcoord_job_free(job);
        /* One whose lease is over is another's: it counts there. */
        if (status == DISTCOORD_LOST) status = DISTCOORD_OK;
        if (status != DISTCOORD_OK) break;
        did++;
    }
    snprintf(more, sizeof more, " done=%lld", (long long)did);
    answer(status, more, error);
}

static void counts(void) {
    char more[256];
    snprintf(
        more, sizeof more, " processed=%lld failed=%lld released=%lld lost=%lld running=%lld ahead=%lld",
        (long long)distcoord_worker_count(worker, DISTCOORD_WORKER_PROCESSED),
        (long long)distcoord_worker_count(worker, DISTCOORD_WORKER_FAILED),
        (long long)distcoord_worker_count(worker, DISTCOORD_WORKER_RELEASED),
        (long long)distcoord_worker_count(worker, DISTCOORD_WORKER_LOST),
        (long long)distcoord_worker_count(worker, DISTCOORD_WORKER_RUNNING),
        (long long)distcoord_worker_count(worker, DISTCOORD_WORKER_AHEAD));
    answer(DISTCOORD_OK, more, NULL);
}

int main(int argc, char **argv) {
    distcoord_error *error = NULL;
    distcoord_client *client = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: worker URL NAMESPACE\n");
        return 64;
    }
    distcoord_options *options = distcoord_options_new();
    need(distcoord_options_set_namespace(options, argv[2]), NULL);
    const char *timeout = getenv("RUNNER_TIMEOUT_MS");
    if (timeout) need(distcoord_options_set_command_timeout_ms(options, strtoll(timeout, NULL, 10)), NULL);
    need(distcoord_client_open(argv[1], options, &client, &error), error);
    distcoord_options_free(options);
    need(distcoord_worker_open(client, NULL, &worker, &error), error);
    need(distcoord_worker_add_queue(worker, "q", 1, &error), error);
    char line[256];
    while (fgets(line, sizeof line, stdin)) {
        long long a = 0, b = 0, c = 0;
        if (sscanf(line, "set %lld %lld %lld", &a, &b, &c) == 3) {
            need(distcoord_worker_set_concurrency(worker, (int32_t)a), NULL);
            need(distcoord_worker_set_prefetch(worker, (int32_t)b), NULL);
            need(distcoord_worker_set_lease_ms(worker, c), NULL);
            answer(DISTCOORD_OK, "", NULL);
        } else if (sscanf(line, "next %lld", &a) == 1) {
            next(a);
        } else if (strcmp(line, "done\n") == 0) {
            done();
        } else if (strcmp(line, "state\n") == 0) {
            char more[32];
            snprintf(more, sizeof more, " state=%d", (int)distcoord_job_state(count > 0 ? kept[first % KEPT] : NULL));
            answer(DISTCOORD_OK, more, NULL);
        } else if (sscanf(line, "work %lld", &a) == 1) {
            work(a);
        } else if (strcmp(line, "counts\n") == 0) {
            counts();
        } else if (sscanf(line, "shutdown %lld", &a) == 1) {
            distcoord_status status = distcoord_worker_shutdown(worker, a, &error);
            answer(status, "", error);
            error = NULL;
        } else {
            answer(DISTCOORD_ERROR_INVALID_ARGUMENT, "", NULL);
        }
    }
    return 0;
}
