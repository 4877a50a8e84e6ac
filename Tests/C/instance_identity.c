/* By which identity instances find each other, and which of them each is. */
#include "harness.h"

#include <fcntl.h>
#include <sys/stat.h>

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static const char *const variables[] = {
    "GITHUB_SHA",     "BUILD_SOURCEVERSION", "CI_COMMIT_SHA",      "GITHUB_RUN_ID",  "GITHUB_RUN_ATTEMPT",
    "CI_PIPELINE_ID", "BUILD_BUILDID",       "SYSTEM_STAGEATTEMPT", "INSTANCE_INDEX", "TOTAL_INSTANCES",
};

/* An environment without any of them, in which the only program is a git that does what the script says. */
static void clear_environment(const char *script)
{
    char folder[128], path[160];
    for (size_t i = 0; i < COUNT_OF(variables); i++) unsetenv(variables[i]);
    snprintf(folder, sizeof folder, "%s/%s", server.folder, test_name);
    mkdir(folder, 0700);
    snprintf(path, sizeof path, "%s/git", folder);
    unlink(path);
    if (script) {
        int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0700);
        REQUIRE(fd >= 0);
        dprintf(fd, "#!/bin/sh\n%s\n", script);
        close(fd);
    }
    setenv("PATH", folder, 1);
}

static const char *identity(const char *explicit_id, bool with_attempt)
{
    static char text[129];
    text[0] = 0;
    CHECK_OK(distcoord_run_identity(explicit_id, with_attempt, text, sizeof text, E));
    return text;
}

static bool is_uuid(const char *text)
{
    if (strlen(text) != 36) return false;
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !strchr("0123456789abcdef", text[i])) return false;
    }
    return true;
}

static void the_order_is_kept(void)
{
    clear_environment("echo " COMMIT);
    CHECK_TEXT(identity(NULL, false), COMMIT);
    setenv("CI_COMMIT_SHA", "gitlab", 1);
    CHECK_TEXT(identity(NULL, false), "gitlab");
    setenv("BUILD_SOURCEVERSION", "azure", 1);
    CHECK_TEXT(identity(NULL, false), "azure");
    setenv("GITHUB_SHA", "github", 1);
    CHECK_TEXT(identity(NULL, false), "github");
    CHECK_TEXT(identity("", false), "github");
    CHECK_TEXT(identity("mine", false), "mine");
    setenv("GITHUB_SHA", "", 1);
    CHECK_TEXT(identity(NULL, false), "azure");
}

static void without_a_commit_it_is_random(void)
{
    char first[129];
    clear_environment(NULL);
    snprintf(first, sizeof first, "%s", identity(NULL, false));
    CHECK(is_uuid(first));
    CHECK(is_uuid(identity(NULL, false)));
    CHECK(strcmp(first, identity(NULL, false)) != 0);
}

static void what_git_says_is_checked(void)
{
    static const char *const scripts[] = {
        "exit 128",
        "echo HEAD",
        "echo " COMMIT "; exit 1",
        "echo " COMMIT "0",
        "echo 0123456789ABCDEF0123456789ABCDEF01234567",
        "while :; do echo " COMMIT "; done",
        "echo " COMMIT "; echo more",
        "kill -9 $$",
        ":",
    };
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        clear_environment(scripts[i]);
        if (!is_uuid(identity(NULL, false))) report(__FILE__, __LINE__, "%s: %s", scripts[i], identity(NULL, false));
    }
    clear_environment("echo 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    CHECK_INT(strlen(identity(NULL, false)), 64);
}

static void git_is_asked_quietly(void)
{
    /* Something that git could inherit, and that would stay open in it. */
    REQUIRE(dup2(1, 9) == 9);
    int pipes[2];
    REQUIRE(pipe(pipes) == 0);
    REQUIRE(dup2(pipes[1], 2) == 2);
    clear_environment(
        "echo noise >&2; [ -e /proc/self/fd/9 ] && exit 1; read line && exit 2\n"
        "[ \"$1 $2\" = 'rev-parse HEAD' ] || exit 3\n"
        "echo " COMMIT);
    CHECK_TEXT(identity(NULL, false), COMMIT);
    REQUIRE(fcntl(pipes[0], F_SETFL, O_NONBLOCK) == 0);
    char noise[16];
    CHECK_INT(read(pipes[0], noise, sizeof noise), -1);
    CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
    CHECK_INT(errno, ECHILD);
    /* A host that does not want to know of its children. */
    signal(SIGCHLD, SIG_IGN);
    CHECK_TEXT(identity(NULL, false), COMMIT);
}

static void the_attempt_is_added_when_it_is_wanted(void)
{
    clear_environment(NULL);
    setenv("GITHUB_SHA", "sha", 1);
    CHECK_TEXT(identity(NULL, true), "sha");
    setenv("BUILD_BUILDID", "12", 1);
    CHECK_TEXT(identity(NULL, true), "sha-12");
    setenv("SYSTEM_STAGEATTEMPT", "3", 1);
    CHECK_TEXT(identity(NULL, true), "sha-12-3");
    setenv("CI_PIPELINE_ID", "77", 1);
    CHECK_TEXT(identity(NULL, true), "sha-77");
    setenv("GITHUB_RUN_ID", "1001", 1);
    CHECK_TEXT(identity(NULL, true), "sha-1001");
    setenv("GITHUB_RUN_ATTEMPT", "2", 1);
    CHECK_TEXT(identity(NULL, true), "sha-1001-2");
    CHECK_TEXT(identity(NULL, false), "sha");
    CHECK_TEXT(identity("mine", true), "mine");
}

static void identities_are_checked(void)
{
    char text[129], name[130];
    clear_environment(NULL);
    memset(name, 'n', 129);
    name[129] = 0;
    CHECK_STATUS(distcoord_run_identity(name, false, text, sizeof text, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_run_identity("a\nb", false, text, sizeof text, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_run_identity("abc", false, text, 3, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_OK(distcoord_run_identity("abc", false, text, 4, E));
    name[128] = 0;
    CHECK_TEXT(identity(name, false), name);
    setenv("GITHUB_SHA", "with\ttab", 1);
    CHECK_STATUS(distcoord_run_identity(NULL, false, text, sizeof text, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    setenv("GITHUB_SHA", name, 1);
    setenv("CI_PIPELINE_ID", "1", 1);
    CHECK_STATUS(distcoord_run_identity(NULL, true, text, sizeof text, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
}

/* Joins with what the environment says; -1 when that is refused. */
static int place(distcoord_instance_options *options, int *out_total)
{
    distcoord_client *client = open_client();
    distcoord_workflow *workflow = NULL;
    REQUIRE_OK(distcoord_workflow_new("empty", &workflow, E));
    REQUIRE_OK(distcoord_workflow_add_task(workflow, "a", NULL, NULL, 0, NULL, E));
    if (!options) options = distcoord_instance_options_new();
    CHECK_INT(distcoord_instance_options_set_identity(options, "environment"), DISTCOORD_OK);
    distcoord_instance *instance = NULL;
    distcoord_error *error = NULL;
    int index = -1;
    distcoord_status status = distcoord_instance_join(client, workflow, options, &instance, &error);
    if (status == DISTCOORD_OK) {
        index = distcoord_instance_index(instance);
        if (out_total) *out_total = distcoord_instance_total(instance);
    } else {
        CHECK_INT(status, DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    distcoord_error_free(error);
    distcoord_instance_free(instance);
    distcoord_instance_options_free(options);
    distcoord_workflow_free(workflow);
    close_client(client);
    return index;
}

static void the_environment_says_which_one_it_is(void)
{
    int total = 0;
    clear_environment(NULL);
    CHECK_INT(place(NULL, &total), 0);
    CHECK_INT(total, 1);
    setenv("INSTANCE_INDEX", "2", 1);
    CHECK_INT(place(NULL, NULL), -1);
    setenv("TOTAL_INSTANCES", "3", 1);
    CHECK_INT(place(NULL, &total), 2);
    CHECK_INT(total, 3);
    setenv("INSTANCE_INDEX", "3", 1);
    CHECK_INT(place(NULL, NULL), -1);
    static const char *const wrong[] = {"-1", "one", "1.0", " 1", "1 ", "100001", "99999999999999999999"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        setenv("INSTANCE_INDEX", wrong[i], 1);
        CHECK_INT(place(NULL, NULL), -1);
        setenv("INSTANCE_INDEX", "0", 1);
        setenv("TOTAL_INSTANCES", wrong[i], 1);
        CHECK_INT(place(NULL, NULL), -1);
        setenv("TOTAL_INSTANCES", "3", 1);
    }
    unsetenv("INSTANCE_INDEX");
    CHECK_INT(place(NULL, NULL), -1);
}

static void options_replace_the_environment(void)
{
    int total = 0;
    clear_environment(NULL);
    setenv("INSTANCE_INDEX", "4", 1);
    setenv("TOTAL_INSTANCES", "not a number", 1);
    distcoord_instance_options *options = distcoord_instance_options_new();
    CHECK_INT(distcoord_instance_options_set_total(options, 6), DISTCOORD_OK);
    CHECK_INT(place(options, &total), 4);
    CHECK_INT(total, 6);
    options = distcoord_instance_options_new();
    CHECK_INT(distcoord_instance_options_set_index(options, 1), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_total_variable(options, "CI_NODE_TOTAL"), DISTCOORD_OK);
    setenv("CI_NODE_TOTAL", "8", 1);
    CHECK_INT(place(options, &total), 1);
    CHECK_INT(total, 8);
    options = distcoord_instance_options_new();
    CHECK_INT(distcoord_instance_options_set_index(options, 1), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_index(options, -1), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_index_variable(options, "_X9"), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_total(options, 3), DISTCOORD_OK);
    setenv("_X9", "2", 1);
    CHECK_INT(place(options, &total), 2);
    options = distcoord_instance_options_new();
    CHECK_INT(distcoord_instance_options_set_index(options, 3), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_total(options, 3), DISTCOORD_OK);
    CHECK_INT(place(options, NULL), -1);
}

static void options_are_checked(void)
{
    distcoord_instance_options *o = distcoord_instance_options_new();
    char name[5000];
    memset(name, 'n', sizeof name);
    name[129] = 0;
    CHECK_INT(distcoord_instance_options_set_identity(o, name), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_identity(o, ""), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_prefix(o, name), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_prefix(o, "\x7f"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_prefix(o, ""), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_index(o, 100000), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_index(o, 99999), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_index(o, INT32_MIN), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_total(o, -1), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_total(o, 100001), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_total(o, 100000), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_index_variable(o, ""), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_index_variable(o, "A=B"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_total_variable(o, "A B"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_capabilities(o, "two words"), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_lease_ms(o, 99), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_lease_ms(o, 86400001), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_expiry_ms(o, 9999), DISTCOORD_ERROR_INVALID_ARGUMENT);
    int64_t month = INT64_C(30) * 86400000;
    CHECK_INT(distcoord_instance_options_set_expiry_ms(o, month + 1), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_instance_options_set_expiry_ms(o, month), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_fail_fast(o, true), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_with_attempt(o, true), DISTCOORD_OK);
    distcoord_instance_options_free(o);
}

static const struct test tests[] = {
    {"the_order_is_kept", the_order_is_kept},
    {"without_a_commit_it_is_random", without_a_commit_it_is_random},
    {"what_git_says_is_checked", what_git_says_is_checked},
    {"git_is_asked_quietly", git_is_asked_quietly},
    {"the_attempt_is_added_when_it_is_wanted", the_attempt_is_added_when_it_is_wanted},
    {"identities_are_checked", identities_are_checked},
    {"the_environment_says_which_one_it_is", the_environment_says_which_one_it_is},
    {"options_replace_the_environment", options_replace_the_environment},
    {"options_are_checked", options_are_checked},
};

HARNESS_MAIN(tests)
