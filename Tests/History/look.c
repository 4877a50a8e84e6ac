/* Prints what is held: "NAME HELD WAITERS" for each lock, read-write lock and semaphore of a history. */
#include "things.h"

#include <stdio.h>
#include <stdlib.h>

static distcoord_client *client;

static void need(distcoord_status status, distcoord_error *error) {
    if (status >= 0) return;
    fprintf(stderr, "look: %s: %s\n", distcoord_status_name(status), distcoord_error_message(error));
    exit(70);
}

static void print(const char *name, int64_t held, int64_t waiters) {
    printf("%s %lld %lld\n", name, (long long)held, (long long)waiters);
}

static void look_at_lock(const char *name) {
    distcoord_lock *lock = NULL;
    distcoord_lock_info *info = NULL;
    distcoord_error *error = NULL;
    need(distcoord_lock_open(client, name, NULL, &lock, &error), error);
    distcoord_status status = distcoord_lock_inspect(lock, &info, &error);
    need(status, error);
    print(name, status != DISTCOORD_EMPTY, distcoord_lock_info_waiters(info));
    distcoord_lock_info_free(info);
    distcoord_lock_free(lock);
}

static void look_at_rwlock(const char *name) {
    distcoord_rwlock *rwlock = NULL;
    distcoord_error *error = NULL;
    int64_t readers = 0, writers = 0, waiters = 0;
    need(distcoord_rwlock_open(client, name, NULL, &rwlock, &error), error);
    need(distcoord_rwlock_inspect(rwlock, &readers, &writers, &waiters, &error), error);
    print(name, readers + writers, waiters);
    distcoord_rwlock_free(rwlock);
}

static void look_at_semaphore(const char *name, int64_t permits) {
    distcoord_semaphore *semaphore = NULL;
    distcoord_error *error = NULL;
    int64_t used = 0, waiters = 0;
    need(distcoord_semaphore_open(client, name, permits, NULL, &semaphore, &error), error);
    need(distcoord_semaphore_inspect(semaphore, NULL, &used, &waiters, &error), error);
    print(name, used, waiters);
    distcoord_semaphore_free(semaphore);
}

int main(int argc, char **argv) {
    char name[16];
    distcoord_options *options = distcoord_options_new();
    distcoord_error *error = NULL;
    distcoord_options_set_namespace(options, "history");
    need(distcoord_client_open(argc > 1 ? argv[1] : NULL, options, &client, &error), error);
    distcoord_options_free(options);
    for (unsigned number = 0; number < LOCKS; number++) {
        snprintf(name, sizeof name, "lock-%u", number);
        look_at_lock(name);
    }
    for (unsigned number = 0; number < RWLOCKS; number++) {
        snprintf(name, sizeof name, "rw-%u", number);
        look_at_rwlock(name);
    }
    for (unsigned number = 0; number < SEMAPHORES; number++) {
        snprintf(name, sizeof name, "semaphore-%u", number);
        look_at_semaphore(name, permits_of[number]);
    }
    distcoord_client_free(client);
    return 0;
}
