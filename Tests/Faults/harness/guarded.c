/*
 * A process that holds one of each kind for a minute, with a guardian that gives it back should the process die.
 *
 *   guarded URL NAMESPACE              holds, prints a line, and ends properly with its standard input
 *   guarded guard --pid N --client ID  is the guardian of the former
 */
#include <distcoord.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEASE_MS = 60000 };

static void need(distcoord_status status, distcoord_error *error) {
    if (status == DISTCOORD_OK) return;
    fprintf(stderr, "guarded: %s: %s\n", distcoord_status_name(status), distcoord_error_message(error));
    exit(70);
}

static int guard(int64_t pid, const char *client_id) {
    distcoord_client *client = NULL;
    distcoord_error *error = NULL;
    need(distcoord_client_open(NULL, NULL, &client, &error), error);
    need(distcoord_guardian_run(client, pid, client_id, NULL, &error), error);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return 0;
}

static distcoord_lock_options *options_with(bool reentrant, int64_t linger_ms) {
    distcoord_lock_options *options = distcoord_lock_options_new();
    distcoord_lock_options_set_lease_ms(options, LEASE_MS);
    distcoord_lock_options_set_reentrant(options, reentrant);
    distcoord_lock_options_set_linger_ms(options, linger_ms);
    return options;
}

/* All handles stay open until the process ends. */
static void hold(distcoord_client *client, const char *name, bool reentrant, int64_t linger_ms) {
    distcoord_lock_options *options = options_with(reentrant, linger_ms);
    distcoord_lock *lock = NULL;
    distcoord_error *error = NULL;
    need(distcoord_lock_open(client, name, options, &lock, &error), error);
    need(distcoord_lock_acquire(lock, 0, &error), error);
    if (reentrant) need(distcoord_lock_acquire(lock, 0, &error), error);
    if (linger_ms > 0) need(distcoord_lock_release(lock, &error), error);
    distcoord_lock_options_free(options);
}

static void hold_others(distcoord_client *client) {
    static const char *const names[] = {"first", "second"};
    distcoord_lock_options *options = options_with(false, 0);
    distcoord_lock *several = NULL, *reading = NULL, *writing = NULL, *permits = NULL;
    distcoord_rwlock *read = NULL, *written = NULL;
    distcoord_semaphore *semaphore = NULL;
    distcoord_error *error = NULL;
    need(distcoord_lock_open_many(client, names, 2, options, &several, &error), error);
    need(distcoord_lock_acquire(several, 0, &error), error);
    need(distcoord_rwlock_open(client, "read", options, &read, &error), error);
    need(distcoord_rwlock_read(read, 0, &reading, &error), error);
    need(distcoord_rwlock_open(client, "written", options, &written, &error), error);
    need(distcoord_rwlock_write(written, 0, &writing, &error), error);
    need(distcoord_semaphore_open(client, "permits", 3, options, &semaphore, &error), error);
    need(distcoord_semaphore_acquire(semaphore, 2, 0, &permits, &error), error);
    distcoord_lock_options_free(options);
}

int main(int argc, char **argv) {
    if (argc == 6 && strcmp(argv[1], "guard") == 0) return guard(strtoll(argv[3], NULL, 10), argv[5]);
    if (argc != 3) {
        fprintf(stderr, "usage: guarded URL NAMESPACE\n");
        return 64;
    }
    const char *const arguments[] = {argv[0], "guard"};
    distcoord_options *options = distcoord_options_new();
    distcoord_client *client = NULL;
    distcoord_error *error = NULL;
    distcoord_options_set_namespace(options, argv[2]);
    need(distcoord_options_set_guardian(options, arguments, 2), NULL);
    need(distcoord_client_open(argv[1], options, &client, &error), error);
    distcoord_options_free(options);
    hold(client, "plain", false, 0);
    hold(client, "reentrant", true, 0);
    hold(client, "lingering", false, LEASE_MS);
    hold_others(client);
    puts("HOLDS");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return 0;
}
