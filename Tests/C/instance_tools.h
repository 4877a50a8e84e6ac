/* What the tests of distributed runs share. */
#ifndef INSTANCE_TOOLS_H
#define INSTANCE_TOOLS_H

#include "run_tools.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>

/* The run of a test is named after it. */
__attribute__((unused)) static distcoord_instance_options *instance_options(int index, int total)
{
    distcoord_instance_options *options = distcoord_instance_options_new();
    REQUIRE(options != NULL);
    CHECK_INT(distcoord_instance_options_set_identity(options, test_name), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_index(options, index), DISTCOORD_OK);
    CHECK_INT(distcoord_instance_options_set_total(options, total), DISTCOORD_OK);
    int64_t lease_ms = time_factor() > 1 ? 1000 * time_factor() : KEPT_MS;
    CHECK_INT(distcoord_instance_options_set_lease_ms(options, lease_ms), DISTCOORD_OK);
    return options;
}

/* Joins; the workflow and the options are freed. */
__attribute__((unused)) static distcoord_status join_with(
    distcoord_client *client, distcoord_workflow *workflow, distcoord_instance_options *options,
    distcoord_instance **instance)
{
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_instance_join(client, workflow, options, instance, &error);
    if ((status < 0) != (error != NULL)) report(__FILE__, __LINE__, "join: error object");
    distcoord_error_free(error);
    distcoord_instance_options_free(options);
    distcoord_workflow_free(workflow);
    return status;
}

__attribute__((unused)) static distcoord_instance *join(
    distcoord_client *client, distcoord_workflow *workflow, int index, int total)
{
    distcoord_instance *instance = NULL;
    CHECK_INT(join_with(client, workflow, instance_options(index, total), &instance), DISTCOORD_OK);
    REQUIRE(instance != NULL);
    return instance;
}

__attribute__((unused)) static bool is_started(distcoord_instance *instance)
{
    distcoord_run_summary *summary = NULL;
    distcoord_status status = distcoord_run_wait(distcoord_instance_run(instance), 0, &summary, NULL);
    distcoord_run_summary_free(summary);
    return status != DISTCOORD_NOT_FOUND;
}

/* ---------------------------------------------------------------- files by which processes tell each other */

__attribute__((unused)) static const char *file_of(const char *name)
{
    static _Thread_local char path[256];
    snprintf(path, sizeof path, "%s/%s.%s", server.folder, test_name, name);
    return path;
}

__attribute__((unused)) static void touch(const char *name)
{
    int fd = open(file_of(name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    close(fd);
}

__attribute__((unused)) static bool is_there(const char *name) { return access(file_of(name), F_OK) == 0; }

/* How often a line was noted. */
__attribute__((unused)) static int noted(const char *line)
{
    char text[256];
    int count = 0;
    FILE *file = fopen(file_of("log"), "re");
    if (!file) return 0;
    while (fgets(text, sizeof text, file)) {
        text[strcspn(text, "\n")] = 0;
        if (strcmp(text, line) == 0) count++;
    }
    fclose(file);
    return count;
}

__attribute__((unused)) static void note(const char *format, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    line[length++] = '\n';
    int fd = open(file_of("log"), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    REQUIRE(write(fd, line, (size_t)length) == length);
    close(fd);
}

/* ---------------------------------------------------------------- processes */

/* Notes once when the instance coordinates. */
__attribute__((unused)) static void note_coordinator(distcoord_instance *instance)
{
    static bool is_noted;
    if (is_noted || !distcoord_instance_is_coordinator(instance)) return;
    is_noted = true;
    note("%d coordinates", distcoord_instance_index(instance));
}

/*
 * Works until the run has ended, and returns how it ended. A task whose name begins with "hold" goes on until its file
 * is there.
 */
__attribute__((unused)) static int32_t work(distcoord_instance *instance)
{
    int32_t state = -1;
    while (state < 0) {
        note_coordinator(instance);
        distcoord_run_summary *summary = NULL;
        distcoord_status status = distcoord_instance_wait(instance, 0, &summary, NULL);
        if (status == DISTCOORD_OK) state = distcoord_run_summary_state(summary);
        distcoord_run_summary_free(summary);
        if (status != DISTCOORD_OK && status != DISTCOORD_TIMED_OUT) return 100 + status;
        if (state >= 0) break;
        distcoord_job *job = NULL;
        size_t count = 0;
        distcoord_queue *queue = distcoord_instance_queue(instance);
        if (distcoord_queue_claim(queue, 20, &job, 1, &count, NULL) != DISTCOORD_OK) continue;
        const char *name = distcoord_task_name(job);
        note("%d %s", distcoord_instance_index(instance), name);
        while (strncmp(name, "hold", 4) == 0 && !is_there(name)) {
            note_coordinator(instance);
            sleep_ms(2);
        }
        distcoord_job_complete(job, name, strlen(name), NULL);
        distcoord_job_free(job);
    }
    return state;
}

/* Starts a process that joins and works; it exits with how the run ended. */
__attribute__((unused)) static pid_t start_instance(
    distcoord_workflow *(*make)(void), int index, int total, distcoord_instance_options *options)
{
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child > 0) {
        distcoord_instance_options_free(options);
        return child;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    distcoord_client *client = open_client();
    distcoord_instance *instance = NULL;
    if (!options) options = instance_options(index, total);
    distcoord_status status = join_with(client, make(), options, &instance);
    if (status != DISTCOORD_OK && status != DISTCOORD_EXPIRED) _exit(50 + status);
    note("%d joined", index);
    int32_t state = work(instance);
    distcoord_instance_free(instance);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    _exit(atomic_load(&failed_checks) ? 99 : state);
}

/* What a process exits with; -1 when it goes on for too long. */
__attribute__((unused)) static int exit_of(pid_t child)
{
    int status = 0;
    if (!EVENTUALLY(20000, waitpid(child, &status, WNOHANG) == child)) {
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

__attribute__((unused)) static void kill_hard(pid_t child)
{
    CHECK_INT(kill(child, SIGKILL), 0);
    CHECK_INT(waitpid(child, NULL, 0), child);
}

/* ---------------------------------------------------------------- keys */

/*
 * The keys that match a pattern and do not expire within so many ms, each with its time; "" when all do. In the pattern
 * "@" stands for the name of the test's run as it is in keys.
 */
__attribute__((unused)) static const char *lasting_keys(const char *pattern, int64_t within_ms, int *out_count)
{
    static char answer[4096];
    char command[1024], name[160], filled[256], *rest = NULL;
    snprintf(name, sizeof name, "run%%3A%s", test_name);
    const char *mark = strchr(pattern, '@');
    REQUIRE(mark != NULL);
    snprintf(filled, sizeof filled, "%.*s%s%s", (int)(mark - pattern), pattern, name, mark + 1);
    snprintf(
        command, sizeof command,
        "EVAL \"local n,bad=0,'' for _,k in ipairs(redis.call('KEYS','%s')) do local t=redis.call('PTTL',k) n=n+1 "
        "if t~=-2 and (t<0 or t>%lld) then bad=bad..' '..k..'='..t end end return redis.status_reply(n..bad)\" 0",
        filled, (long long)within_ms);
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    int count = (int)strtol(answer + 1, &rest, 10);
    if (out_count) *out_count = count;
    return rest;
}

#endif
