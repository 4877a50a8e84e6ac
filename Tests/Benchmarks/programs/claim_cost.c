/*
 * What one claim costs, one at a time, in a queue ("ours") and in another that holds less ("floor"). The two alternate.
 * Claimed jobs are completed and replaced, which is not timed.
 *
 * Usage: claim_cost SOCKET blocks iterations kinds waiting others less-waiting less-others
 * A queue has `waiting` jobs for any worker, and `others` of so many kinds that each need what nobody here has.
 */
#include "jobs.h"

enum { PAYLOAD = 20, MAX_KINDS = 1000 };

static double claim_one(distcoord_queue *queue) {
    distcoord_job *job = NULL;
    size_t count = 0;
    uint64_t start = now_ns();
    MUST(distcoord_queue_claim, queue, 0, &job, 1, &count);
    uint64_t end = now_ns();
    MUST(distcoord_job_complete, job, NULL, 0);
    distcoord_job_free(job);
    fill_queue(queue, 1, PAYLOAD, NULL, 0);
    return (double)(end - start) / 1000.0;
}

static void fill_with_others(distcoord_queue *queue, size_t count, int kinds) {
    distcoord_job_options *options[MAX_KINDS];
    char names[64];
    for (int i = 0; i < kinds; i++) {
        options[i] = distcoord_job_options_new();
        snprintf(names, sizeof names, "gpu,model-%d", i);
        if (distcoord_job_options_set_capabilities(options[i], names) != DISTCOORD_OK) die("capabilities");
        if (distcoord_job_options_set_capability_timeout_ms(options[i], -1) != DISTCOORD_OK) die("timeout");
    }
    fill_queue(queue, count, PAYLOAD, options, (size_t)kinds);
    for (int i = 0; i < kinds; i++) distcoord_job_options_free(options[i]);
}

int main(int argc, char **argv) {
    if (argc != 9) return 64;
    int blocks = atoi(argv[2]), iterations = atoi(argv[3]), kinds = atoi(argv[4]);
    if (blocks < 1 || iterations < 1 || kinds < 1 || kinds > MAX_KINDS) return 64;
    distcoord_client *client = open_client(argv[1]);
    distcoord_queue *queues[2] = {open_queue(client, "many"), open_queue(client, "few")};
    double *took[2];
    for (int q = 0; q < 2; q++) {
        fill_with_others(queues[q], (size_t)atol(argv[6 + 2 * q]), kinds);
        fill_queue(queues[q], (size_t)atol(argv[5 + 2 * q]), PAYLOAD, NULL, 0);
        took[q] = calloc((size_t)iterations, sizeof **took);
        if (!took[q]) die("memory");
    }
    for (int block = 0; block < blocks; block++) {
        for (int i = 0; i < iterations; i++)
            for (int q = 0; q < 2; q++) took[q][i] = claim_one(queues[q]);
        printf("ours %f\n", percentile(took[0], iterations, 0.5));
        printf("floor %f\n", percentile(took[1], iterations, 0.5));
    }
    for (int q = 0; q < 2; q++) {
        free(took[q]);
        distcoord_queue_free(queues[q]);
    }
    close_client(client);
    return 0;
}
