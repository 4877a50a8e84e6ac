/* Workflows as they are built: what is refused at once, what is remembered, and by what a workflow is known again. */
#include "workflow_tools.h"

static char *repeated(char letter, size_t count) {
    static char texts[4][1000];
    static int next;
    char *text = texts[next++ % 4];
    memset(text, letter, count);
    text[count] = '\0';
    return text;
}

static void nodes_are_listed_in_order(void) {
    distcoord_workflow *workflow = NULL;
    REQUIRE_OK(distcoord_workflow_new("etl", &workflow, E));
    CHECK_TEXT(distcoord_workflow_name(workflow), "etl");
    CHECK_INT(distcoord_workflow_count(workflow), 0);
    CHECK_TEXT(distcoord_workflow_node(workflow, 0), "");
    add_task(workflow, "load", NULL);
    add_group(workflow, "transform", NULL);
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "parts", "transform", NULL, "[1]", "x", 1, NULL, E));
    CHECK_INT(distcoord_workflow_count(workflow), 3);
    CHECK_TEXT(distcoord_workflow_node(workflow, 0), "load");
    CHECK_TEXT(distcoord_workflow_node(workflow, 1), "transform");
    CHECK_TEXT(distcoord_workflow_node(workflow, 2), "parts");
    CHECK_TEXT(distcoord_workflow_node(workflow, 3), "");
    CHECK_TEXT(distcoord_workflow_node(workflow, SIZE_MAX), "");
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

static void names_are_checked(void) {
    distcoord_workflow *workflow = NULL;
    CHECK_REFUSED(distcoord_workflow_new("", &workflow, E), "the workflow name is empty");
    CHECK_REFUSED(distcoord_workflow_new(repeated('w', 201), &workflow, E), "at most 200");
    CHECK_REFUSED(distcoord_workflow_new("a\nb", &workflow, E), "control character");
    CHECK(workflow == NULL);
    workflow = new_workflow("w");
    CHECK_REFUSED(distcoord_workflow_add_group(workflow, "", NULL, E), "the node name is empty");
    CHECK_REFUSED(distcoord_workflow_add_group(workflow, repeated('n', 201), NULL, E), "at most 200");
    CHECK_REFUSED(distcoord_workflow_add_group(workflow, "a\tb", NULL, E), "control character");
    CHECK_REFUSED(distcoord_workflow_add_group(workflow, "a[1]", NULL, E), "bracket");
    CHECK_REFUSED(distcoord_workflow_add_group(workflow, "a]", NULL, E), "bracket");
    CHECK_REFUSED(distcoord_workflow_add_group(workflow, "\xff", NULL, E), "UTF-8");
    CHECK_INT(distcoord_workflow_count(workflow), 0);
    add_group(workflow, repeated('n', 200), NULL);
    add_task_to(workflow, repeated('n', 200), "größer 東京", NULL, NULL);
    CHECK_REFUSED(distcoord_workflow_add_group(workflow, "größer 東京", NULL, E), "has a node 'größer 東京' already");
    CHECK_REFUSED(distcoord_workflow_add_need(workflow, "", "a", E), "is empty");
    CHECK_REFUSED(distcoord_workflow_add_need(workflow, "a", "", E), "is empty");
    CHECK_REFUSED(distcoord_workflow_add_need(workflow, "a", "b\n", E), "control character");
    CHECK_REFUSED(distcoord_workflow_add_loop(workflow, "", "b", 2, E), "is empty");
    CHECK_INT(distcoord_workflow_count(workflow), 2);
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

static void members_come_after_their_group(void) {
    distcoord_workflow *workflow = new_workflow("w");
    CHECK_REFUSED(distcoord_workflow_add_task(workflow, "a", "g", NULL, 0, NULL, E), "'g', which was not added");
    CHECK_REFUSED(distcoord_workflow_add_group(workflow, "a", "a", E), "'a', which was not added");
    add_task(workflow, "t", NULL);
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "m", NULL, NULL, "[]", NULL, 0, NULL, E));
    CHECK_REFUSED(distcoord_workflow_add_task(workflow, "a", "t", NULL, 0, NULL, E), "'t', which is no group");
    CHECK_REFUSED(distcoord_workflow_add_task(workflow, "a", "m", NULL, 0, NULL, E), "'m', which is no group");
    distcoord_workflow_free(workflow);
}

static void groups_lie_a_hundred_deep(void) {
    distcoord_workflow *workflow = new_workflow("w");
    char name[20], group[20];
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "g%d", i);
        snprintf(group, sizeof group, "g%d", i - 1);
        add_group_to(workflow, i > 0 ? group : NULL, name);
    }
    add_task_to(workflow, "g99", "t", NULL, NULL);
    CHECK_REFUSED(distcoord_workflow_add_group(workflow, "g100", "g99", E), "only 100 may lie within one another");
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

/* Adds a task with options that `setter` sets. */
#define CHECK_OPTION(setter, expected)                                                                           \
    do {                                                                                                         \
        distcoord_job_options *options = distcoord_job_options_new();                                            \
        distcoord_workflow *workflow = new_workflow("w");                                                           \
        CHECK_INT((setter), DISTCOORD_OK);                                                                       \
        if (strlen(expected) > 0) {                                                                              \
            CHECK_REFUSED(distcoord_workflow_add_task(workflow, "t", NULL, NULL, 0, options, E), expected);      \
            CHECK_REFUSED(                                                                                       \
                distcoord_workflow_add_map(workflow, "m", NULL, NULL, "[]", NULL, 0, options, E), expected);     \
            CHECK_INT(distcoord_workflow_count(workflow), 0);                                                    \
        } else {                                                                                                 \
            CHECK_OK(distcoord_workflow_add_task(workflow, "t", NULL, NULL, 0, options, E));                     \
            CHECK_OK(distcoord_workflow_add_map(workflow, "m", NULL, NULL, "[]", NULL, 0, options, E));          \
        }                                                                                                        \
        distcoord_workflow_free(workflow);                                                                       \
        distcoord_job_options_free(options);                                                                     \
    } while (0)

static void options_that_make_no_sense_are_refused(void) {
    const char *ids[] = {"i"};
    CHECK_OPTION(distcoord_job_options_set_id(options, "i"), "cannot have an id");
    CHECK_OPTION(distcoord_job_options_set_unique(options, "u", DISTCOORD_UNIQUE_REFUSE), "cannot have a unique key");
    CHECK_OPTION(distcoord_job_options_set_after(options, ids, 1, DISTCOORD_DEPENDENCY_RUN), "jobs to wait for");
    CHECK_OPTION(distcoord_job_options_set_batch(options, "b"), "cannot have a batch");
    CHECK_OPTION(distcoord_job_options_set_result_ttl_ms(options, 5000), "cannot have a result time");
    CHECK_OPTION(distcoord_job_options_set_at_ms(options, 5000), "cannot have a moment");
    CHECK_OPTION(distcoord_job_options_set_delay_ms(options, 5000), "");
    CHECK_OPTION(distcoord_job_options_set_priority(options, -3), "");
    CHECK_OPTION(distcoord_job_options_set_max_attempts(options, 9), "");
    CHECK_OPTION(distcoord_job_options_set_backoff_ms(options, 1, 2), "");
    CHECK_OPTION(distcoord_job_options_set_timeout_ms(options, 1000), "");
    CHECK_OPTION(distcoord_job_options_set_capabilities(options, "a,b"), "");
    CHECK_OPTION(distcoord_job_options_set_pool(options, "p"), "");
    CHECK_OPTION(distcoord_job_options_set_worker(options, "w"), "");
    CHECK_OPTION(distcoord_job_options_set_concurrency_key(options, "k"), "");
    CHECK_OPTION(distcoord_job_options_set_header(options, "k", "v"), "");
    CHECK_OPTION(distcoord_job_options_set_content_type(options, "t"), "");
    CHECK_OPTION(distcoord_job_options_set_task(options, "t"), "");
}

static void all_refused_options_are_named(void) {
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_workflow *workflow = new_workflow("w");
    CHECK_INT(distcoord_job_options_set_id(options, "i"), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_batch(options, "b"), DISTCOORD_OK);
    CHECK_REFUSED(distcoord_workflow_add_task(workflow, "t", NULL, NULL, 0, options, E), "an id");
    CHECK_REFUSED(distcoord_workflow_add_task(workflow, "t", NULL, NULL, 0, options, E), "a batch");
    distcoord_workflow_free(workflow);
    distcoord_job_options_free(options);
}

static void maps_have_one_list(void) {
    distcoord_workflow *workflow = new_workflow("w");
    CHECK_REFUSED(distcoord_workflow_add_map(workflow, "m", NULL, NULL, NULL, NULL, 0, NULL, E), "has no list");
    CHECK_REFUSED(distcoord_workflow_add_map(workflow, "m", NULL, "a", "[]", NULL, 0, NULL, E), "has two lists");
    CHECK_INT(distcoord_workflow_count(workflow), 0);
    distcoord_workflow_free(workflow);
}

static void items_are_a_json_array(void) {
    static const char *const right[] = {
        "[]", " [ ] ", "[1]", "[1,2]", "[\n 1 ,\t-0.5e+3 , 0, 10E2, true,false,null ]", "[[],{},[[]],[{}]]",
        "[\"\", \"a]\\\"b\", \"\\u00e9\\n\\/\", \"é東\"]", "[{\"a\":[1,{\"b\":null}],\"c\":\"}\"},[[1,2],[3]]]",
    };
    static const char *const wrong[] = {
        "", " ", "{}", "1", "null", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]]", "[1] 2", "[01]", "[1.]",
        "[.5]", "[+1]", "[-]", "[1e]", "[1e+]", "[tru]", "[truex]", "[True]", "[NaN]", "['a']", "[\"a]", "[\"\\x\"]",
        "[\"\\u12g4\"]", "[\"\\u12", "[\"a\nb\"]", "[{a:1}]", "[{\"a\"}]", "[{\"a\":}]", "[{\"a\":1,}]", "[{,}]",
        "[{\"a\" 1}]", "[{]", "[{}", "[[1}]", "[{\"a\":1]]", "[//\n1]", "[1;2]", "[\"a\" \"b\"]",
    };
    distcoord_workflow *workflow = new_workflow("w");
    char name[20];
    for (size_t i = 0; i < COUNT_OF(right); i++) {
        snprintf(name, sizeof name, "m%zu", i);
        CHECK_OK(distcoord_workflow_add_map(workflow, name, NULL, NULL, right[i], NULL, 0, NULL, E));
    }
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        distcoord_error *error = NULL;
        distcoord_status status =
            distcoord_workflow_add_map(workflow, "x", NULL, NULL, wrong[i], NULL, 0, NULL, &error);
        if (status != DISTCOORD_ERROR_INVALID_ARGUMENT || !strstr(distcoord_error_message(error), "no JSON array"))
            report(__FILE__, __LINE__, "%s is taken for a JSON array", wrong[i]);
        distcoord_error_free(error);
    }
    CHECK_REFUSED(
        distcoord_workflow_add_map(workflow, "x", NULL, NULL, "[1, 2 3]", NULL, 0, NULL, E),
        "a comma or the closing bracket is expected at byte 7");
    CHECK_REFUSED(
        distcoord_workflow_add_map(workflow, "x", NULL, NULL, "[1,", NULL, 0, NULL, E), "it ends where a value");
    CHECK_INT(distcoord_workflow_count(workflow), COUNT_OF(right));
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

/* A text of `count` times `part`, between brackets. */
static char *listing(const char *part, size_t count, const char *end) {
    size_t length = strlen(part);
    char *text = malloc(count * length + 10);
    REQUIRE(text != NULL);
    text[0] = '[';
    for (size_t i = 0; i < count; i++) memcpy(text + 1 + i * length, part, length);
    strcpy(text + 1 + count * length, end);
    return text;
}

static void lists_have_bounds(void) {
    distcoord_workflow *workflow = new_workflow("w");
    char *all = listing("1,", 99999, "1]"), *more = listing("1,", 100000, "1]"), *deep = listing("[", 2000, "]");
    CHECK_OK(distcoord_workflow_add_map(workflow, "m", NULL, NULL, all, NULL, 0, NULL, E));
    CHECK_REFUSED(distcoord_workflow_add_map(workflow, "x", NULL, NULL, more, NULL, 0, NULL, E), "over 100001 items");
    CHECK_REFUSED(
        distcoord_workflow_add_map(workflow, "x", NULL, NULL, deep, NULL, 0, NULL, E), "1000 brackets are open");
    free(all);
    free(more);
    free(deep);
    distcoord_workflow_free(workflow);
}

static void arguments_have_bounds(void) {
    const size_t limit = 16 * 1024 * 1024;
    distcoord_workflow *workflow = new_workflow("w");
    char *bytes = calloc(1, limit + 1);
    REQUIRE(bytes != NULL);
    CHECK_OK(distcoord_workflow_add_task(workflow, "a", NULL, bytes, limit, NULL, E));
    CHECK_REFUSED(distcoord_workflow_add_task(workflow, "b", NULL, bytes, limit + 1, NULL, E), "at most 16777216");
    CHECK_REFUSED(
        distcoord_workflow_add_map(workflow, "c", NULL, NULL, "[]", bytes, limit + 1, NULL, E), "at most 16777216");
    CHECK_REFUSED(distcoord_workflow_add_task(workflow, "d", NULL, NULL, 1, NULL, E), "NULL");
    CHECK_INT(distcoord_workflow_count(workflow), 1);
    free(bytes);
    distcoord_workflow_free(workflow);
}

static void policies_are_for_groups_and_maps(void) {
    distcoord_workflow *workflow = new_workflow("w");
    add_task(workflow, "t", NULL);
    add_group(workflow, "g", NULL);
    add_tasks(workflow, "a b", "g");
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "m", NULL, NULL, "[1,2]", NULL, 0, NULL, E));
    CHECK_REFUSED(distcoord_workflow_set_policy(workflow, "t", DISTCOORD_GROUP_ALL, 0, E), "'t' is a task");
    CHECK_REFUSED(distcoord_workflow_set_policy(workflow, "x", DISTCOORD_GROUP_ALL, 0, E), "no node 'x'");
    CHECK_REFUSED(distcoord_workflow_set_policy(workflow, "g", 3, 0, E), "3 is none of the policies");
    CHECK_REFUSED(distcoord_workflow_set_policy(workflow, "g", -1, 0, E), "-1 is none of the policies");
    CHECK_REFUSED(distcoord_workflow_set_policy(workflow, "g", DISTCOORD_GROUP_AT_LEAST, 0, E), "out of range");
    CHECK_REFUSED(distcoord_workflow_set_policy(workflow, "g", DISTCOORD_GROUP_AT_LEAST, INT64_MAX, E), "out of range");
    CHECK_OK(distcoord_workflow_set_policy(workflow, "g", DISTCOORD_GROUP_BEST_EFFORT, -7, E));
    CHECK_OK(distcoord_workflow_set_policy(workflow, "g", DISTCOORD_GROUP_AT_LEAST, 2, E));
    CHECK_OK(distcoord_workflow_set_policy(workflow, "m", DISTCOORD_GROUP_AT_LEAST, 2, E));
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
}

static void what_is_set_of_a_node_needs_the_node(void) {
    distcoord_job_options *options = distcoord_job_options_new();
    distcoord_workflow *workflow = new_workflow("w");
    CHECK_INT(distcoord_job_options_set_worker(options, "w"), DISTCOORD_OK);
    REQUIRE_OK(distcoord_workflow_add_task(workflow, "t", NULL, NULL, 0, options, E));
    add_task(workflow, "u", NULL);
    add_group(workflow, "g", NULL);
    CHECK_REFUSED(distcoord_workflow_set_always(workflow, "x", true, E), "no node 'x'");
    CHECK_OK(distcoord_workflow_set_always(workflow, "g", true, E));
    CHECK_REFUSED(distcoord_workflow_set_language(workflow, "x", "c", E), "no node 'x'");
    CHECK_REFUSED(distcoord_workflow_set_language(workflow, "g", "c", E), "'g' is a group");
    CHECK_REFUSED(distcoord_workflow_set_language(workflow, "u", "c,d", E), "no name of a language");
    CHECK_REFUSED(distcoord_workflow_set_language(workflow, "u", repeated('l', 60), E), "at most 59");
    CHECK_REFUSED(distcoord_workflow_set_language(workflow, "t", "c", E), "worker 'w'");
    CHECK_OK(distcoord_workflow_set_language(workflow, "t", "", E));
    CHECK_OK(distcoord_workflow_set_language(workflow, "u", "Fortran-2018", E));
    CHECK_OK(distcoord_workflow_set_language(workflow, "u", "", E));
    CHECK_REFUSED(distcoord_workflow_add_loop(workflow, "u", "u", 0, E), "0 rounds");
    CHECK_REFUSED(distcoord_workflow_add_loop(workflow, "u", "u", 10001, E), "10001 rounds");
    CHECK_OK(distcoord_workflow_add_loop(workflow, "u", "u", 10000, E));
    CHECK_RIGHT(workflow);
    distcoord_workflow_free(workflow);
    distcoord_job_options_free(options);
}

/* What is built by `build`, as a fingerprint. */
static char *fingerprint_of(void (*build)(distcoord_workflow *)) {
    distcoord_workflow *workflow = new_workflow("w");
    build(workflow);
    char *text = strdup(distcoord_workflow_fingerprint(workflow));
    REQUIRE(text != NULL && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64);
    CHECK_TEXT(distcoord_workflow_fingerprint(workflow), text);
    distcoord_workflow_free(workflow);
    return text;
}

static void plain(distcoord_workflow *workflow) {
    add_tasks(workflow, "a b c", NULL);
    connect_nodes(workflow, "c needs a, c needs b");
}
static void in_another_order(distcoord_workflow *workflow) {
    add_tasks(workflow, "c b a", NULL);
    connect_nodes(workflow, "c needs a, c needs b, c needs a");
}
static void with_other_inputs(distcoord_workflow *workflow) {
    add_tasks(workflow, "a b c", NULL);
    connect_nodes(workflow, "c needs b, c needs a");
}
static void with_always(distcoord_workflow *workflow) {
    plain(workflow);
    REQUIRE_OK(distcoord_workflow_set_always(workflow, "c", true, E));
}
static void with_language(distcoord_workflow *workflow) {
    plain(workflow);
    REQUIRE_OK(distcoord_workflow_set_language(workflow, "c", "c", E));
}
static void with_loop(distcoord_workflow *workflow) {
    plain(workflow);
    REQUIRE_OK(distcoord_workflow_add_loop(workflow, "a", "c", 2, E));
}
static void with_longer_loop(distcoord_workflow *workflow) {
    plain(workflow);
    REQUIRE_OK(distcoord_workflow_add_loop(workflow, "a", "c", 3, E));
}
static void with_arguments(distcoord_workflow *workflow) {
    add_tasks(workflow, "a b", NULL);
    REQUIRE_OK(distcoord_workflow_add_task(workflow, "c", NULL, "x", 1, NULL, E));
    connect_nodes(workflow, "c needs a, c needs b");
}
static void with_group(distcoord_workflow *workflow) {
    plain(workflow);
    add_group(workflow, "g", NULL);
}
static void with_policy(distcoord_workflow *workflow) {
    with_group(workflow);
    REQUIRE_OK(distcoord_workflow_set_policy(workflow, "g", DISTCOORD_GROUP_BEST_EFFORT, 0, E));
}
static void with_map(distcoord_workflow *workflow) {
    plain(workflow);
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "m", NULL, NULL, "[1]", NULL, 0, NULL, E));
}
static void with_longer_map(distcoord_workflow *workflow) {
    plain(workflow);
    REQUIRE_OK(distcoord_workflow_add_map(workflow, "m", NULL, NULL, "[1,2]", NULL, 0, NULL, E));
}

static void a_fingerprint_tells_workflows_apart(void) {
    static void (*const builds[])(distcoord_workflow *) = {
        plain, with_other_inputs, with_always, with_language, with_loop, with_longer_loop, with_arguments, with_group,
        with_policy, with_map, with_longer_map,
    };
    char *texts[COUNT_OF(builds)];
    for (size_t i = 0; i < COUNT_OF(builds); i++) {
        texts[i] = fingerprint_of(builds[i]);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(texts[i], texts[k]) == 0) report(__FILE__, __LINE__, "%zu and %zu are taken for one", k, i);
        }
    }
    for (size_t i = 0; i < COUNT_OF(builds); i++) free(texts[i]);
}

static void a_fingerprint_does_not_depend_on_the_order(void) {
    char *one = fingerprint_of(plain), *other = fingerprint_of(in_another_order);
    CHECK_TEXT(one, other);
    free(one);
    free(other);
}

static void a_fingerprint_follows_changes(void) {
    distcoord_workflow *workflow = new_workflow("w");
    plain(workflow);
    char *before = strdup(distcoord_workflow_fingerprint(workflow));
    connect_nodes(workflow, "d needs c");
    CHECK(strcmp(distcoord_workflow_fingerprint(workflow), before) != 0);
    free(before);
    distcoord_workflow_free(workflow);
}

static const struct test tests[] = {
    {"nodes_are_listed_in_order", nodes_are_listed_in_order},
    {"names_are_checked", names_are_checked},
    {"members_come_after_their_group", members_come_after_their_group},
    {"groups_lie_a_hundred_deep", groups_lie_a_hundred_deep},
    {"options_that_make_no_sense_are_refused", options_that_make_no_sense_are_refused},
    {"all_refused_options_are_named", all_refused_options_are_named},
    {"maps_have_one_list", maps_have_one_list},
    {"items_are_a_json_array", items_are_a_json_array},
    {"lists_have_bounds", lists_have_bounds},
    {"arguments_have_bounds", arguments_have_bounds},
    {"policies_are_for_groups_and_maps", policies_are_for_groups_and_maps},
    {"what_is_set_of_a_node_needs_the_node", what_is_set_of_a_node_needs_the_node},
    {"a_fingerprint_tells_workflows_apart", a_fingerprint_tells_workflows_apart},
    {"a_fingerprint_does_not_depend_on_the_order", a_fingerprint_does_not_depend_on_the_order},
    {"a_fingerprint_follows_changes", a_fingerprint_follows_changes},
};

HARNESS_MAIN(tests)
