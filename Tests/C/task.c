/* Tasks of runs as their workers see them: inputs, items, skips, rounds. */
#include "run_tools.h"

static void results_go_to_those_that_need_them(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "b", NULL);
    add_task(workflow, "a", NULL);
    add_task(workflow, "c", "a,b");
    add_task(workflow, "d", "c");
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "b");
    CHECK_TEXT(inputs_of(job), "");
    CHECK_INT(distcoord_task_index(job), -1);
    CHECK(distcoord_task_item(job, NULL) == NULL);
    SETTLE(job, distcoord_job_complete(job, "from b", 6, E));
    DO(queue, "a", "");
    job = TAKE(queue, "c");
    CHECK(has_payload(job, "c"));
    /* In the order of the needs. */
    CHECK_TEXT(inputs_of(job), "a/a=3: b/b=3:from b");
    CHECK_TEXT(inputs_of(job), "a/a=3: b/b=3:from b");
    /* Too large to come along. */
    enum { SIZE = 3 << 20 };
    char *large = malloc(SIZE);
    REQUIRE(large != NULL);
    memset(large, 'x', SIZE);
    SETTLE(job, distcoord_job_complete(job, large, SIZE, E));
    job = TAKE(queue, "d");
    distcoord_task_inputs *inputs = NULL;
    size_t length = 0;
    REQUIRE_OK(distcoord_task_fetch_inputs(job, &inputs, E));
    CHECK_INT(distcoord_task_inputs_count(inputs), 1);
    const char *bytes = distcoord_task_inputs_bytes(inputs, 0, &length);
    CHECK_INT(length, SIZE);
    CHECK(memcmp(bytes, large, SIZE) == 0);
    distcoord_task_inputs_free(inputs);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    free(large);
    end_run_test(run, queue, client);
}

static void one_that_always_runs_sees_what_went_wrong(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "fails", NULL);
    add_task(workflow, "blocked", "fails");
    add_task(workflow, "skipped", NULL);
    add_task(workflow, "always", "fails,blocked,skipped");
    CHECK_OK(distcoord_workflow_set_always(workflow, "always", true, E));
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "fails");
    SETTLE(job, distcoord_job_fail_with(job, "T", "the message", "trace", true, -1, E));
    job = TAKE(queue, "skipped");
    SETTLE(job, distcoord_task_skip(job, "no need", E));
    job = TAKE(queue, "always");
    CHECK_TEXT(inputs_of(job),
        "fails/fails=4:the message blocked/blocked=7:something that it needs did not succeed "
        "skipped/skipped=5:no need");
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_END(run, DISTCOORD_RUN_FAILED);
    end_run_test(run, queue, client);
}

static void a_map_makes_a_task_for_each_item(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "list", NULL);
    add_map(workflow, "m", "list", NULL);
    add_task(workflow, "sum", "m");
    distcoord_run *run = start(queue, workflow, NULL);
    DO(queue, "list", " [ {\"a\": [1, \"]\"]} , \"x,\\\"y\" , 3.5 ] ");
    static const char *const items[] = {"{\"a\": [1, \"]\"]}", "\"x,\\\"y\"", "3.5"};
    distcoord_job *jobs[3];
    for (int i = 0; i < 3; i++) {
        char name[8];
        size_t length = 0;
        snprintf(name, sizeof name, "m[%d]", i);
        jobs[i] = TAKE(queue, name);
        CHECK_INT(distcoord_task_index(jobs[i]), i);
        CHECK(has_payload(jobs[i], "m"));
        CHECK_TEXT(distcoord_job_task(jobs[i]), "m");
        const char *item = distcoord_task_item(jobs[i], &length);
        CHECK(item && length == strlen(items[i]) && memcmp(item, items[i], length) == 0);
    }
    CHECK_NOTHING_READY(queue);
    /* The results are in the order of the items, whatever that of the ends was. */
    SETTLE(jobs[2], distcoord_job_complete(jobs[2], "two", 3, E));
    SETTLE(jobs[0], distcoord_job_complete(jobs[0], "zero", 4, E));
    SETTLE(jobs[1], distcoord_job_complete(jobs[1], "one", 3, E));
    distcoord_job *job = TAKE(queue, "sum");
    CHECK_TEXT(inputs_of(job), "m*/m[0]=3:zero m*/m[1]=3:one m*/m[2]=3:two");
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK_RESULT(run, "m[1]", DISTCOORD_RESULT_COMPLETED, "one");
    end_run_test(run, queue, client);
}

static void groups_and_maps_give_any_number(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_map(workflow, "none", NULL, "[]");
    add_group(workflow, "outer", NULL);
    CHECK_OK(distcoord_workflow_add_group(workflow, "inner", "outer", E));
    add_task_to(workflow, "inner", "x", NULL, NULL);
    add_task_to(workflow, "outer", "y", "inner", NULL);
    add_task(workflow, "join", "none,outer");
    distcoord_run *run = start(queue, workflow, NULL);
    DO(queue, "x", "1");
    DO(queue, "y", "2");
    distcoord_job *job = TAKE(queue, "join");
    CHECK_TEXT(inputs_of(job), "none*/=3: outer*/x=3:1 outer*/y=3:2");
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    end_run_test(run, queue, client);
}

static void many_inputs_come_in_pages(void) {
    enum { ITEMS = 1300 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_map_of(workflow, "m", ITEMS);
    add_task(workflow, "join", "m");
    distcoord_run *run = start(queue, workflow, NULL);
    /* Each page is a megabyte or so. */
    static distcoord_job *jobs[1000];
    static char names[1000][4096];
    const void *results[1000];
    size_t lengths[1000], count = 0;
    for (int done = 0; done < ITEMS; done += (int)count) {
        REQUIRE_OK(distcoord_queue_claim(queue, 5000, jobs, COUNT_OF(jobs), &count, E));
        for (size_t i = 0; i < count; i++) {
            memset(names[i], ' ', sizeof names[i]);
            snprintf(names[i], sizeof names[i], "%s", distcoord_task_name(jobs[i]));
            results[i] = names[i];
            lengths[i] = sizeof names[i];
        }
        CHECK_OK(distcoord_queue_complete_many(queue, jobs, results, lengths, count, NULL, E));
        for (size_t i = 0; i < count; i++) distcoord_job_free(jobs[i]);
    }
    distcoord_job *job = TAKE(queue, "join");
    distcoord_task_inputs *inputs = NULL;
    REQUIRE_OK(distcoord_task_fetch_inputs(job, &inputs, E));
    CHECK_INT(distcoord_task_inputs_count(inputs), ITEMS);
    for (int i = 0; i < ITEMS; i += 13) {
        char name[16];
        size_t length = 0;
        snprintf(name, sizeof name, "m[%d]", i);
        CHECK_TEXT(distcoord_task_inputs_task(inputs, (size_t)i), name);
        const char *bytes = distcoord_task_inputs_bytes(inputs, (size_t)i, &length);
        CHECK(length == sizeof names[0] && strcmp(bytes, name) == 0);
    }
    distcoord_task_inputs_free(inputs);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    end_run_test(run, queue, client);
}

static void pages_end_within_groups(void) {
    enum { SIZE = 400 << 10 };
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_group(workflow, "outer", NULL);
    CHECK_OK(distcoord_workflow_add_group(workflow, "inner", "outer", E));
    CHECK_OK(distcoord_workflow_add_group(workflow, "empty", "inner", E));
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    for (size_t i = 0; i < COUNT_OF(names); i++) add_task_to(workflow, i < 5 ? "inner" : "outer", names[i], NULL, NULL);
    add_task(workflow, "join", "outer,inner,empty,h");
    distcoord_run *run = start(queue, workflow, NULL);
    char *result = malloc(SIZE);
    REQUIRE(result != NULL);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        distcoord_job *job = claim(queue, 5000);
        REQUIRE(job != NULL);
        memset(result, distcoord_task_name(job)[0], SIZE);
        SETTLE(job, distcoord_job_complete(job, result, SIZE, E));
    }
    distcoord_job *job = TAKE(queue, "join");
    distcoord_task_inputs *inputs = NULL;
    REQUIRE_OK(distcoord_task_fetch_inputs(job, &inputs, E));
    /* The members in the order in which they were added, groups where they stand. */
    static const char order[] = "abcdefghabcde-h";
    CHECK_INT(distcoord_task_inputs_count(inputs), sizeof order - 1);
    for (size_t i = 0; i < sizeof order - 1; i++) {
        size_t length = 0;
        const char *bytes = distcoord_task_inputs_bytes(inputs, i, &length);
        bool is_none = order[i] == '-';
        CHECK_INT(distcoord_task_inputs_task(inputs, i)[0], is_none ? 0 : order[i]);
        CHECK_INT(length, is_none ? 0 : SIZE);
        if (length > 0) CHECK(bytes[0] == order[i] && bytes[length - 1] == order[i]);
    }
    distcoord_task_inputs_free(inputs);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    free(result);
    end_run_test(run, queue, client);
}

static void a_skipped_task_skips_what_needs_nothing_else(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "a", NULL);
    add_task(workflow, "b", NULL);
    add_task(workflow, "only a", "a");
    add_task(workflow, "both", "a,b");
    distcoord_run *run = start(queue, workflow, NULL);
    distcoord_job *job = TAKE(queue, "a");
    char reason[1026];
    memset(reason, 'r', sizeof reason);
    reason[1025] = 0;
    CHECK_STATUS(distcoord_task_skip(job, reason, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_OK(distcoord_task_skip(job, "not today", E));
    CHECK_STATUS(distcoord_task_skip(job, NULL, E), DISTCOORD_NOT_HELD);
    CHECK_INT(distcoord_job_state(job), DISTCOORD_JOB_SETTLED);
    distcoord_job_free(job);
    CHECK_RESULT(run, "a", DISTCOORD_RESULT_SKIPPED, "not today");
    CHECK_INT(task_state(run, "only a"), DISTCOORD_TASK_SKIPPED);
    DO(queue, "b", "");
    job = TAKE(queue, "both");
    CHECK_TEXT(inputs_of(job), "a/a=5:not today b/b=3:");
    SETTLE(job, distcoord_task_skip(job, NULL, E));
    struct standing end = CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK_INT(end.counts[DISTCOORD_TASK_SKIPPED], 3);
    CHECK_INT(end.counts[DISTCOORD_TASK_SUCCEEDED], 1);
    end_run_test(run, queue, client);
}

static void a_loop_goes_round_until_it_is_not_asked_to(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "seed", NULL);
    add_task(workflow, "first", "seed");
    add_task(workflow, "last", "first");
    add_task(workflow, "after", "last");
    CHECK_OK(distcoord_workflow_add_loop(workflow, "first", "last", 3, E));
    distcoord_run *run = start(queue, workflow, NULL);
    DO(queue, "seed", "s");
    static const char *const given[] = {
        "seed/seed=3:s", "/=3:round 0 seed/seed=3:s", "/=3:round 1 seed/seed=3:s",
    };
    for (int round = 0; round < 3; round++) {
        char text[16];
        distcoord_job *job = TAKE(queue, "first");
        CHECK_INT(distcoord_task_round(job), round);
        CHECK_TEXT(inputs_of(job), given[round]);
        SETTLE(job, distcoord_job_complete(job, "f", 1, E));
        job = TAKE(queue, "last");
        CHECK_INT(distcoord_task_round(job), round);
        CHECK_TEXT(inputs_of(job), "first/first=3:f");
        snprintf(text, sizeof text, "round %d", round);
        /* In the last round it completes. */
        SETTLE(job, distcoord_task_repeat(job, text, strlen(text), E));
    }
    distcoord_job *job = TAKE(queue, "after");
    CHECK_TEXT(inputs_of(job), "last/last=3:round 2");
    /* No loop ends here. */
    SETTLE(job, distcoord_task_repeat(job, "end", 3, E));
    CHECK_END(run, DISTCOORD_RUN_SUCCEEDED);
    CHECK_RESULT(run, "after", DISTCOORD_RESULT_COMPLETED, "end");
    distcoord_task_list *list = tasks_of(run);
    CHECK_INT(distcoord_task_list_round(list, place_of(list, "last")), 2);
    CHECK_INT(distcoord_task_list_round(list, place_of(list, "after")), 0);
    distcoord_task_list_free(list);
    end_run_test(run, queue, client);
}

static void tasks_share_the_state_of_their_run(void) {
    distcoord_client *client = open_client();
    distcoord_queue *queue = open_queue(client);
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "a", NULL);
    distcoord_run *run = start(queue, workflow, NULL), *own = NULL, *other = start(queue, new_workflow("o"), NULL);
    distcoord_state *state = NULL, *same = NULL, *another = NULL;
    distcoord_state_entry *entry = NULL;
    distcoord_job *job = TAKE(queue, "a");
    REQUIRE_OK(distcoord_task_open_run(job, &own, E));
    CHECK_TEXT(distcoord_run_id(own), distcoord_run_id(run));
    REQUIRE_OK(distcoord_run_state(own, &state, E));
    REQUIRE_OK(distcoord_run_state(run, &same, E));
    REQUIRE_OK(distcoord_run_state(other, &another, E));
    CHECK_OK(distcoord_state_set(state, "k", "v", 1, 0, NULL, E));
    CHECK_OK(distcoord_state_set(state, "kept", "v", 1, DISTCOORD_TTL_KEEP, NULL, E));
    CHECK_OK(distcoord_state_add(state, "sum", 2, 0, NULL, E));
    CHECK_OK(distcoord_state_append(state, "list", "i", 1, 0, 0, NULL, E));
    static const char *const keys[] = {"k", "kept", "sum", "list"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        REQUIRE_OK(distcoord_state_get(same, keys[i], &entry, E));
        /* Kept as long as the run: a week. */
        int64_t left = distcoord_state_entry_ttl_left_ms(entry);
        CHECK(left > 6 * 86400000LL && left <= 7 * 86400000LL);
        distcoord_state_entry_free(entry);
    }
    CHECK_OK(distcoord_state_set(state, "k", "v", 1, 60000, NULL, E));
    CHECK_OK(distcoord_state_set(state, "k", "w", 1, DISTCOORD_TTL_KEEP, NULL, E));
    REQUIRE_OK(distcoord_state_get(same, "k", &entry, E));
    CHECK(distcoord_state_entry_ttl_left_ms(entry) <= 60000);
    distcoord_state_entry_free(entry);
    CHECK_STATUS(distcoord_state_get(another, "k", &entry, E), DISTCOORD_NOT_FOUND);
    SETTLE(job, distcoord_job_complete(job, NULL, 0, E));
    distcoord_state_free(state);
    distcoord_state_free(same);
    distcoord_state_free(another);
    distcoord_run_free(own);
    distcoord_run_free(other);
    end_run_test(run, queue, client);
}

static const struct test tests[] = {
    {"task_inputs", results_go_to_those_that_need_them},
    {"task_inputs_of_failures", one_that_always_runs_sees_what_went_wrong},
    {"task_map", a_map_makes_a_task_for_each_item},
    {"task_groups", groups_and_maps_give_any_number},
    {"task_pages", many_inputs_come_in_pages},
    {"task_pages_of_groups", pages_end_within_groups},
    {"task_skip", a_skipped_task_skips_what_needs_nothing_else},
    {"task_loop", a_loop_goes_round_until_it_is_not_asked_to},
    {"task_state", tasks_share_the_state_of_their_run},
};

HARNESS_MAIN(tests)
