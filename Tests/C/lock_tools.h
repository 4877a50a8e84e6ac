/* What the tests of locks, read-write locks and semaphores share. */
#ifndef LOCK_TOOLS_H
#define LOCK_TOOLS_H

#include "harness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/* Lock options; what is left out stays as the library has it. */
struct settings {
    int64_t lease_ms;
    bool fixed; /* not renewed */
    bool reentrant;
    bool unfair;
    bool tracing;
    const char *owner;
    int64_t linger_ms;
};

__attribute__((unused)) static distcoord_lock_options *lock_options(struct settings settings)
{
    distcoord_lock_options *options = distcoord_lock_options_new();
    REQUIRE(options != NULL);
    if (settings.lease_ms) CHECK_INT(distcoord_lock_options_set_lease_ms(options, settings.lease_ms), DISTCOORD_OK);
    if (settings.fixed) CHECK_INT(distcoord_lock_options_set_renew(options, false), DISTCOORD_OK);
    if (settings.reentrant) CHECK_INT(distcoord_lock_options_set_reentrant(options, true), DISTCOORD_OK);
    if (settings.unfair) CHECK_INT(distcoord_lock_options_set_fair(options, false), DISTCOORD_OK);
    if (settings.tracing) CHECK_INT(distcoord_lock_options_set_tracing(options, true), DISTCOORD_OK);
    if (settings.owner) CHECK_INT(distcoord_lock_options_set_owner(options, settings.owner), DISTCOORD_OK);
    if (settings.linger_ms) CHECK_INT(distcoord_lock_options_set_linger_ms(options, settings.linger_ms), DISTCOORD_OK);
    return options;
}

__attribute__((unused)) static distcoord_lock *open_lock(
    distcoord_client *client, const char *name, struct settings settings)
{
    distcoord_lock_options *options = lock_options(settings);
    distcoord_lock *lock = NULL;
    REQUIRE_OK(distcoord_lock_open(client, name, options, &lock, E));
    REQUIRE(lock != NULL);
    distcoord_lock_options_free(options);
    return lock;
}

/* A handle on several locks; a lease of 0 is the library's. */
__attribute__((unused)) static distcoord_lock *open_many(
    distcoord_client *client, const char *const *names, size_t count, int64_t lease_ms)
{
    distcoord_lock_options *options = lock_options((struct settings){.lease_ms = lease_ms});
    distcoord_lock *lock = NULL;
    REQUIRE_OK(distcoord_lock_open_many(client, names, count, options, &lock, E));
    REQUIRE(lock != NULL);
    distcoord_lock_options_free(options);
    return lock;
}

__attribute__((unused)) static distcoord_rwlock *open_rwlock(
    distcoord_client *client, const char *name, struct settings settings)
{
    distcoord_lock_options *options = lock_options(settings);
    distcoord_rwlock *rwlock = NULL;
    REQUIRE_OK(distcoord_rwlock_open(client, name, options, &rwlock, E));
    REQUIRE(rwlock != NULL);
    distcoord_lock_options_free(options);
    return rwlock;
}

__attribute__((unused)) static distcoord_semaphore *open_semaphore(
    distcoord_client *client, const char *name, int64_t permits, struct settings settings)
{
    distcoord_lock_options *options = lock_options(settings);
    distcoord_semaphore *semaphore = NULL;
    REQUIRE_OK(distcoord_semaphore_open(client, name, permits, options, &semaphore, E));
    REQUIRE(semaphore != NULL);
    distcoord_lock_options_free(options);
    return semaphore;
}

/* A client with a label of its own, for those who look at holders. */
__attribute__((unused)) static distcoord_client *open_labelled(const char *label)
{
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    CHECK_INT(distcoord_options_set_label(options, label), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
    distcoord_options_free(options);
    return client;
}

/* ---------------------------------------------------------------- what the server says */

/* How many wait for a lock; -1 when nobody holds it. */
__attribute__((unused)) static int64_t waiters_of(distcoord_lock *lock)
{
    distcoord_lock_info *info = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_lock_inspect(lock, &info, &error);
    int64_t count = status == DISTCOORD_OK ? distcoord_lock_info_waiters(info) : -1;
    distcoord_lock_info_free(info);
    distcoord_error_free(error);
    return count;
}

__attribute__((unused)) static bool nobody_holds(distcoord_lock *lock)
{
    return waiters_of(lock) < 0;
}

struct inside {
    int64_t readers;
    int64_t writers;
    int64_t waiters;
};

__attribute__((unused)) static struct inside inside_of(distcoord_rwlock *rwlock)
{
    struct inside inside = {-1, -1, -1};
    CHECK_OK(distcoord_rwlock_inspect(rwlock, &inside.readers, &inside.writers, &inside.waiters, E));
    return inside;
}

struct standing {
    int64_t permits;
    int64_t used;
    int64_t waiters;
};

__attribute__((unused)) static struct standing standing_of(distcoord_semaphore *semaphore)
{
    struct standing standing = {-1, -1, -1};
    CHECK_OK(distcoord_semaphore_inspect(semaphore, &standing.permits, &standing.used, &standing.waiters, E));
    return standing;
}

/* ---------------------------------------------------------------- holds of read-write locks */

/* Acquires at once, or reports and ends the test. */
__attribute__((unused)) static distcoord_lock *read_now(distcoord_rwlock *rwlock)
{
    distcoord_lock *hold = NULL;
    REQUIRE_OK(distcoord_rwlock_read(rwlock, 0, &hold, E));
    REQUIRE(hold != NULL);
    return hold;
}

__attribute__((unused)) static distcoord_lock *write_now(distcoord_rwlock *rwlock)
{
    distcoord_lock *hold = NULL;
    REQUIRE_OK(distcoord_rwlock_write(rwlock, 0, &hold, E));
    REQUIRE(hold != NULL);
    return hold;
}

/* ---------------------------------------------------------------- who waits on a thread of its own */

/* Of `lock`, `rwlock` and `semaphore` one is set. */
struct waiter {
    distcoord_lock *lock;
    distcoord_rwlock *rwlock;
    bool writes;
    distcoord_semaphore *semaphore;
    int64_t count;
    int64_t wait_ms;

    distcoord_status status;
    distcoord_lock *hold; /* what it got: the lock itself, or the hold that the caller owns */
    atomic_bool ended;
    pthread_t thread;
};

__attribute__((unused)) static void *wait_as_waiter(void *argument)
{
    struct waiter *waiter = argument;
    distcoord_error *error = NULL;
    if (waiter->lock) {
        waiter->status = distcoord_lock_acquire(waiter->lock, waiter->wait_ms, &error);
        waiter->hold = waiter->lock;
    } else if (waiter->semaphore) {
        int64_t count = waiter->count ? waiter->count : 1;
        waiter->status = distcoord_semaphore_acquire(waiter->semaphore, count, waiter->wait_ms, &waiter->hold, &error);
    } else {
        waiter->status = waiter->writes ? distcoord_rwlock_write(waiter->rwlock, waiter->wait_ms, &waiter->hold, &error)
                                        : distcoord_rwlock_read(waiter->rwlock, waiter->wait_ms, &waiter->hold, &error);
    }
    if (waiter->status < 0) report(__FILE__, __LINE__, "a waiter: %s", distcoord_error_message(error));
    distcoord_error_free(error);
    atomic_store(&waiter->ended, true);
    return NULL;
}

__attribute__((unused)) static void start_waiter(struct waiter *waiter)
{
    waiter->thread = start_thread(wait_as_waiter, waiter);
}

/* How its wait ended. */
__attribute__((unused)) static distcoord_status join_waiter(struct waiter *waiter)
{
    pthread_join(waiter->thread, NULL);
    return waiter->status;
}

/* Whether it is done within a time in which nobody needs a lease to end. */
__attribute__((unused)) static bool ends_soon(struct waiter *waiter)
{
    return EVENTUALLY(2000, atomic_load(&waiter->ended));
}

/* Releases a hold and frees its handle. */
__attribute__((unused)) static void give_back(distcoord_lock *hold)
{
    CHECK_OK(distcoord_lock_release(hold, E));
    distcoord_lock_free(hold);
}

/* ---------------------------------------------------------------- processes that can be killed and stopped */

/* Seen by the test and by its processes. */
struct shared {
    atomic_int phase;
    atomic_int wanted; /* to what phase the process shall go on */
    _Atomic uint64_t fence;
    _Atomic int status;
    char id[128];
    char url[1024];
};

struct process {
    pid_t pid;
    struct shared *shared;
};

/* Memory that the test and its process number `number` share: a file in the folder of the server. */
__attribute__((unused)) static struct shared *map_shared(int number, bool make)
{
    char path[256];
    snprintf(path, sizeof path, "%s/shared-%s-%d", server.folder, test_name, number);
    int fd = open(path, make ? O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDWR | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    if (make) REQUIRE(ftruncate(fd, sizeof(struct shared)) == 0);
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    REQUIRE(shared != MAP_FAILED);
    close(fd);
    return shared;
}

/*
 * Runs a function in a process of its own, which ends with this one. It is a new start of the program that comes as far
 * as this same call: so nothing of this process is in the other, and calls of this must be the first that a test does.
 */
__attribute__((unused)) static struct process start_process(void (*run)(struct shared *))
{
    static int count;
    const char *role = getenv("HARNESS_PROCESS");
    int number = count++;
    if (role) {
        struct process earlier = {.pid = 0, .shared = map_shared(number, false)};
        if (number < atoi(role)) return earlier;
        run(earlier.shared);
        fflush(NULL);
        _exit(atomic_load(&failed_checks) == 0 ? 0 : 1);
    }
    struct process process = {.shared = map_shared(number, true)};
    pid_t parent = getpid();
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    fflush(NULL);
    process.pid = fork();
    REQUIRE(process.pid >= 0);
    if (process.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        setenv("HARNESS_PROCESS", text, 1);
        execl("/proc/self/exe", test_name, (char *)NULL);
        _exit(127);
    }
    return process;
}

/* In the process: tells how far it is. */
__attribute__((unused)) static void reach(struct shared *shared, int phase) { atomic_store(&shared->phase, phase); }

/* In the process: waits until the test wants it to go on. */
__attribute__((unused)) static void wait_until_wanted(struct shared *shared, int phase)
{
    while (atomic_load(&shared->wanted) < phase) sleep_ms(1);
}

/* In the process: holds what it holds until it is killed. */
__attribute__((unused)) static void hold_for_ever(void)
{
    for (;;) pause();
}

/* In the test: waits until the process is so far. */
__attribute__((unused)) static void require_phase(struct process *process, int phase)
{
    REQUIRE(EVENTUALLY(20000, atomic_load(&process->shared->phase) >= phase));
}

__attribute__((unused)) static void send_on(struct process *process, int phase)
{
    atomic_store(&process->shared->wanted, phase);
}

__attribute__((unused)) static void kill_process(struct process *process)
{
    kill(process->pid, SIGKILL);
    while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

/* Waits for its end; what it has checked must have held. */
__attribute__((unused)) static void join_process(struct process *process)
{
    int status = 0;
    REQUIRE(EVENTUALLY(20000, waitpid(process->pid, &status, WNOHANG) == process->pid));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        report(__FILE__, __LINE__, "the process ended with %#x", (unsigned)status);
    }
}

#endif
