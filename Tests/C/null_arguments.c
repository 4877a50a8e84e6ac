/* Every function of the header with NULL wherever it can be passed: an answer, never a crash. */
#include "null_tools.h"

static void version_and_errors(void)
{
    CHECK(distcoord_version() != NULL);
    CHECK_INT(distcoord_abi_version(), DISTCOORD_ABI_VERSION);
    CHECK_TEXT(distcoord_status_name(DISTCOORD_OK), "OK");
    CHECK_INT(distcoord_error_status(NULL), DISTCOORD_OK);
    CHECK_TEXT(distcoord_error_message(NULL), "");
    CHECK_TEXT(distcoord_error_server_text(NULL), "");
    CHECK(!distcoord_error_is_retriable(NULL));
    distcoord_error_free(NULL);
}

static void options(void)
{
    distcoord_options *options = distcoord_options_new();
    REQUIRE(options != NULL);
    CHECK_SETTER_INVALID(distcoord_options_set_namespace(NULL, "n"));
    CHECK_SETTER_INVALID(distcoord_options_set_namespace(options, NULL));
    CHECK_SETTER_INVALID(distcoord_options_set_label(NULL, "l"));
    CHECK_SETTER_INVALID(distcoord_options_set_label(options, NULL));
    CHECK_SETTER_INVALID(distcoord_options_set_credentials(NULL, "u", "p"));
    CHECK_INT(distcoord_options_set_credentials(options, NULL, NULL), DISTCOORD_OK);
    CHECK_SETTER_INVALID(distcoord_options_set_connect_timeout_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_options_set_command_timeout_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_options_set_max_payload(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_options_set_log(NULL, DISTCOORD_LOG_INFO, NULL, NULL));
    CHECK_INT(distcoord_options_set_log(options, DISTCOORD_LOG_INFO, NULL, NULL), DISTCOORD_OK);
    CHECK_SETTER_INVALID(distcoord_options_set_interrupt(NULL, NULL, NULL));
    CHECK_INT(distcoord_options_set_interrupt(options, NULL, NULL), DISTCOORD_OK);
    CHECK_SETTER_INVALID(distcoord_options_set_minimum_nodes(NULL, 0));
    CHECK_SETTER_INVALID(distcoord_options_set_guardian(NULL, NULL, 0));
    CHECK_SETTER_INVALID(distcoord_options_set_guardian(options, NULL, 1));
    CHECK_INT(distcoord_options_set_guardian(options, NULL, 0), DISTCOORD_OK);
    distcoord_options_free(options);
    distcoord_options_free(NULL);
}

static void client(void)
{
    distcoord_client *client = open_client();
    distcoord_health *health = NULL;
    CHECK_INVALID(distcoord_client_open(server.url, NULL, NULL, E));
    CHECK_INVALID(distcoord_client_open(NULL, NULL, NULL, E));
    CHECK_INVALID(distcoord_client_ping(NULL, NULL, E));
    CHECK_BOTH(distcoord_client_ping(client, NULL, E), DISTCOORD_OK);
    distcoord_client_cancel(NULL);
    CHECK_INVALID(distcoord_client_close(NULL, E));
    CHECK_TEXT(distcoord_client_id(NULL), "");
    CHECK_TEXT(distcoord_client_url(NULL), "");
    CHECK_TEXT(distcoord_client_namespace(NULL), "");
    CHECK_INVALID(distcoord_client_check(NULL, &health, E));
    CHECK_INVALID(distcoord_client_check(client, NULL, E));
    CHECK_INT(distcoord_health_state(NULL), DISTCOORD_UNHEALTHY);
    CHECK_INT(distcoord_health_count(NULL), 0);
    CHECK_TEXT(distcoord_health_name(NULL, 0), "");
    CHECK_TEXT(distcoord_health_detail(NULL, 0), "");
    CHECK_INT(distcoord_health_check_state(NULL, 0), DISTCOORD_UNHEALTHY);
    distcoord_health_free(NULL);
    close_client(client);
    distcoord_client_free(NULL);
}

static void election(void)
{
    distcoord_client *client = open_client();
    distcoord_election *election = NULL;
    distcoord_leader_info *info = NULL;
    distcoord_election_options *options = distcoord_election_options_new();
    REQUIRE(options != NULL);
    CHECK_SETTER_INVALID(distcoord_election_options_set_lease_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_election_options_set_value(NULL, "v"));
    CHECK_SETTER_INVALID(distcoord_election_options_set_value(options, NULL));
    CHECK_SETTER_INVALID(distcoord_election_options_set_renewal_ms(NULL, 1000));
    CHECK_SETTER_INVALID(distcoord_election_options_set_step_down_ms(NULL, 1000));
    distcoord_election_options_free(options);
    distcoord_election_options_free(NULL);
    CHECK_INVALID(distcoord_election_open(NULL, "a", NULL, &election, E));
    CHECK_INVALID(distcoord_election_open(client, NULL, NULL, &election, E));
    CHECK_INVALID(distcoord_election_open(client, "a", NULL, NULL, E));
    REQUIRE_OK(distcoord_election_open(client, "a", NULL, &election, E));
    CHECK_INVALID(distcoord_election_campaign(NULL, 0, E));
    CHECK_INVALID(distcoord_election_resign(NULL, E));
    CHECK_INT(distcoord_election_state(NULL), DISTCOORD_ELECTION_FOLLOWER);
    CHECK_INT(distcoord_election_term(NULL), 0);
    CHECK_INT(distcoord_election_wait_lost(NULL, 0), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_election_event_fd(NULL), -1);
    distcoord_election_cancel(NULL);
    CHECK_INVALID(distcoord_election_leader(NULL, &info, E));
    CHECK_INVALID(distcoord_election_leader(election, NULL, E));
    CHECK_INVALID(distcoord_election_observe(NULL, 0, 0, &info, E));
    CHECK_INVALID(distcoord_election_observe(election, 0, 0, NULL, E));
    CHECK_INVALID(distcoord_election_set_value(NULL, "v", E));
    CHECK_INVALID(distcoord_election_set_value(election, NULL, E));
    CHECK_INVALID(distcoord_election_evict(NULL, 0, E));
    CHECK_INVALID(distcoord_election_run(NULL, NULL, NULL, NULL, E));
    distcoord_watch *watch = NULL;
    CHECK_INVALID(distcoord_election_watch(NULL, &watch, E));
    CHECK_INVALID(distcoord_election_watch(election, NULL, E));
    REQUIRE_OK(distcoord_election_watch(election, &watch, E));
    CHECK_INVALID(distcoord_election_watch_next(NULL, 0, &info, E));
    CHECK_INVALID(distcoord_election_watch_next(watch, 0, NULL, E));
    CHECK_INT(distcoord_watch_event_fd(NULL), -1);
    distcoord_watch_cancel(NULL);
    distcoord_watch_free(NULL);
    distcoord_watch_free(watch);
    CHECK_TEXT(distcoord_leader_info_value(NULL), "");
    CHECK_TEXT(distcoord_leader_info_label(NULL), "");
    CHECK_INT(distcoord_leader_info_term(NULL), 0);
    CHECK_INT(distcoord_leader_info_since_ms(NULL), 0);
    CHECK_INT(distcoord_leader_info_lease_left_ms(NULL), 0);
    CHECK_INT(distcoord_leader_info_candidates(NULL), 0);
    distcoord_leader_info_free(NULL);
    distcoord_election_free(NULL);
    distcoord_election_free(election);
    close_client(client);
}

static void barrier(void)
{
    distcoord_client *client = open_client();
    distcoord_barrier *barrier = NULL;
    CHECK_INVALID(distcoord_barrier_open(NULL, "a", 2, &barrier, E));
    CHECK_INVALID(distcoord_barrier_open(client, NULL, 2, &barrier, E));
    CHECK_INVALID(distcoord_barrier_open(client, "a", 2, NULL, E));
    REQUIRE_OK(distcoord_barrier_open(client, "a", 1, &barrier, E));
    CHECK_INVALID(distcoord_barrier_wait(NULL, 0, NULL, NULL, E));
    CHECK_BOTH(distcoord_barrier_wait(barrier, 0, NULL, NULL, E), DISTCOORD_OK);
    CHECK_INVALID(distcoord_barrier_abort(NULL, E));
    CHECK_INVALID(distcoord_barrier_reset(NULL, E));
    CHECK_INVALID(distcoord_barrier_inspect(NULL, NULL, NULL, NULL, E));
    CHECK_BOTH(distcoord_barrier_inspect(barrier, NULL, NULL, NULL, E), DISTCOORD_OK);
    CHECK_INT(distcoord_barrier_parties(NULL), 0);
    distcoord_barrier_cancel(NULL);
    distcoord_barrier_free(NULL);
    distcoord_barrier_free(barrier);
    close_client(client);
}

static void job_options(void)
{
    distcoord_job_options *options = distcoord_job_options_new();
    REQUIRE(options != NULL);
    CHECK_SETTER_INVALID(distcoord_job_options_set_id(NULL, "i"));
    CHECK_INT(distcoord_job_options_set_id(options, NULL), DISTCOORD_OK);
    CHECK_SETTER_INVALID(distcoord_job_options_set_task(NULL, "t"));
    CHECK_SETTER_INVALID(distcoord_job_options_set_task(options, NULL));
    CHECK_SETTER_INVALID(distcoord_job_options_set_priority(NULL, 1));
    CHECK_SETTER_INVALID(distcoord_job_options_set_delay_ms(NULL, 1));
    CHECK_SETTER_INVALID(distcoord_job_options_set_max_attempts(NULL, 1));
    CHECK_SETTER_INVALID(distcoord_job_options_set_backoff_ms(NULL, 1, 1));
    CHECK_SETTER_INVALID(distcoord_job_options_set_result_ttl_ms(NULL, 1));
    distcoord_job_options_free(options);
    distcoord_job_options_free(NULL);
}

static void queue(void)
{
    distcoord_client *client = open_client();
    distcoord_queue *queue = NULL, *found = NULL;
    distcoord_job *jobs[2] = {NULL, NULL}, *const no_job[1] = {NULL};
    distcoord_queue_counts *counts = NULL;
    distcoord_result *result = NULL;
    const void *payloads[1] = {NULL};
    size_t lengths[1] = {1}, count = 7;
    CHECK_INVALID(distcoord_queue_open(NULL, "a", &queue, E));
    CHECK_INVALID(distcoord_queue_open(client, NULL, &queue, E));
    CHECK_INVALID(distcoord_queue_open(client, "a", NULL, E));
    REQUIRE_OK(distcoord_queue_open(client, "a", &queue, E));
    CHECK_INVALID(distcoord_queue_push(NULL, "x", 1, NULL, NULL, 0, E));
    CHECK_INVALID(distcoord_queue_push(queue, NULL, 1, NULL, NULL, 0, E));
    CHECK_OK(distcoord_queue_push(queue, NULL, 0, NULL, NULL, 0, E));
    CHECK_INVALID(distcoord_queue_push_many(NULL, payloads, lengths, NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_queue_push_many(queue, NULL, lengths, NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_queue_push_many(queue, payloads, NULL, NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_queue_push_many(queue, payloads, lengths, NULL, 1, NULL, E));
    CHECK_INT(distcoord_push_receipt_count(NULL), 0);
    CHECK_TEXT(distcoord_push_receipt_ids(NULL), "");
    distcoord_push_receipt_free(NULL);
    CHECK_SETTER_INVALID(distcoord_queue_set_lease_ms(NULL, 1000));
    CHECK_INVALID(distcoord_queue_claim(NULL, 0, jobs, 1, &count, E));
    CHECK_INVALID(distcoord_queue_claim(queue, 0, NULL, 1, &count, E));
    CHECK_INVALID(distcoord_queue_claim(queue, 0, jobs, 1, NULL, E));
    CHECK_INVALID(distcoord_queue_complete_many(NULL, no_job, NULL, NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_queue_complete_many(queue, NULL, NULL, NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_queue_complete_many(queue, no_job, NULL, NULL, 1, NULL, E));
    CHECK_INVALID(distcoord_queue_count(NULL, &counts, E));
    CHECK_INVALID(distcoord_queue_count(queue, NULL, E));
    CHECK_INVALID(distcoord_queue_result(NULL, "i", 0, &result, E));
    CHECK_INVALID(distcoord_queue_result(queue, NULL, 0, &result, E));
    CHECK_INVALID(distcoord_queue_result(queue, "i", 0, NULL, E));
    CHECK_INVALID(distcoord_queue_find(NULL, "i", &found, E));
    CHECK_INVALID(distcoord_queue_find(client, NULL, &found, E));
    CHECK_INVALID(distcoord_queue_find(client, "i", NULL, E));
    CHECK_TEXT(distcoord_queue_name(NULL), "");
    distcoord_queue_cancel(NULL);
    distcoord_queue_free(NULL);
    distcoord_queue_free(queue);
    close_client(client);
}

static void job(void)
{
    size_t length = 7;
    distcoord_client *client = open_client();
    distcoord_queue *queue = NULL;
    distcoord_job *job = NULL;
    CHECK_TEXT(distcoord_job_id(NULL), "");
    CHECK_TEXT(distcoord_job_task(NULL), "");
    CHECK(distcoord_job_payload(NULL, &length) == NULL);
    CHECK_INT(length, 0);
    CHECK(distcoord_job_payload(NULL, NULL) == NULL);
    CHECK_INT(distcoord_job_attempt(NULL), 0);
    CHECK_INT(distcoord_job_priority(NULL), 0);
    CHECK_INT(distcoord_job_pushed_ms(NULL), 0);
    CHECK_INT(distcoord_job_fence(NULL), 0);
    CHECK(distcoord_job_state(NULL) != DISTCOORD_JOB_CLAIMED);
    CHECK_INT(distcoord_job_event_fd(NULL), -1);
    CHECK_INVALID(distcoord_job_complete(NULL, NULL, 0, E));
    CHECK_INVALID(distcoord_job_fail(NULL, "m", true, E));
    CHECK_INVALID(distcoord_job_release(NULL, E));
    distcoord_job_free(NULL);

    REQUIRE_OK(distcoord_queue_open(client, "a", &queue, E));
    REQUIRE_OK(distcoord_queue_push(queue, "x", 1, NULL, NULL, 0, E));
    size_t count = 0;
    REQUIRE_OK(distcoord_queue_claim(queue, 0, &job, 1, &count, E));
    CHECK(distcoord_job_payload(job, NULL) != NULL);
    CHECK_INVALID(distcoord_job_complete(job, NULL, 1, E));
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_CLAIMED);
    CHECK_OK(distcoord_job_fail(job, NULL, true, E));
    distcoord_job_free(job);
    distcoord_queue_free(queue);
    close_client(client);
}

static void results_and_counts(void)
{
    size_t length = 7;
    CHECK_INT(distcoord_result_state(NULL), DISTCOORD_RESULT_DEAD);
    CHECK(distcoord_result_bytes(NULL, &length) == NULL);
    CHECK_INT(length, 0);
    CHECK(distcoord_result_bytes(NULL, NULL) == NULL);
    CHECK_INT(distcoord_result_attempts(NULL), 0);
    CHECK_INT(distcoord_result_finished_ms(NULL), 0);
    distcoord_result_free(NULL);
    CHECK_INT(distcoord_queue_counts_waiting(NULL), 0);
    CHECK_INT(distcoord_queue_counts_delayed(NULL), 0);
    CHECK_INT(distcoord_queue_counts_active(NULL), 0);
    CHECK_INT(distcoord_queue_counts_dead(NULL), 0);
    CHECK_INT(distcoord_queue_counts_completed(NULL), 0);
    CHECK_INT(distcoord_queue_counts_failed(NULL), 0);
    CHECK_INT(distcoord_queue_counts_claimers(NULL), 0);
    distcoord_queue_counts_free(NULL);
}

static const struct test tests[] = {
    {"null_version_and_errors", version_and_errors},
    {"null_options", options},
    {"null_client", client},
    {"null_election", election},
    {"null_barrier", barrier},
    {"null_job_options", job_options},
    {"null_queue", queue},
    {"null_job", job},
    {"null_results_and_counts", results_and_counts},
};

HARNESS_MAIN(tests)
