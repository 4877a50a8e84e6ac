/* What a process holds of locks of every kind, across fork. */
#include "fork_tools.h"
#include "lock_tools.h"

static const char *const names[] = {"many-1", "many-2"};

struct held {
    distcoord_client *client;
    distcoord_lock *lingering; /* released, and kept by the client */
    distcoord_lock *owned;
    distcoord_lock *reentrant;
    distcoord_lock *many;
    distcoord_rwlock *rwlock;
    distcoord_lock *writer;
    distcoord_semaphore *semaphore;
    distcoord_lock *permit;
};

static struct held hold(void)
{
    struct held held = {.client = open_client()};
    held.lingering = open_lock(held.client, "lingering", (struct settings){.linger_ms = 60000});
    REQUIRE_OK(distcoord_lock_acquire(held.lingering, 0, E));
    CHECK_OK(distcoord_lock_release(held.lingering, E));
    held.owned = open_lock(held.client, "owned", (struct settings){.owner = "run-1"});
    REQUIRE_OK(distcoord_lock_acquire(held.owned, 0, E));
    held.reentrant = open_lock(held.client, "reentrant", (struct settings){.reentrant = true});
    for (int i = 0; i < 2; i++) REQUIRE_OK(distcoord_lock_acquire(held.reentrant, 0, E));
    held.many = open_many(held.client, names, 2, 0);
    REQUIRE_OK(distcoord_lock_acquire(held.many, 0, E));
    held.rwlock = open_rwlock(held.client, "rwlock", (struct settings){0});
    held.writer = write_now(held.rwlock);
    held.semaphore = open_semaphore(held.client, "semaphore", 2, (struct settings){0});
    REQUIRE_OK(distcoord_semaphore_acquire(held.semaphore, 2, 0, &held.permit, E));
    return held;
}

/* In the parent, after a child did its worst: everything is held as before, and can be released. */
static void still_held(struct held *held)
{
    distcoord_lock *const locks[] = {held->owned, held->reentrant, held->many, held->writer, held->permit};
    for (size_t i = 0; i < COUNT_OF(locks); i++) {
        CHECK_INT(distcoord_lock_state(locks[i]), DISTCOORD_LOCK_HELD);
        CHECK_OK(distcoord_lock_extend(locks[i], 0, E));
        CHECK_OK(distcoord_lock_release(locks[i], E));
    }
    CHECK_INT(distcoord_lock_depth(held->reentrant), 1);
    CHECK_OK(distcoord_lock_release(held->reentrant, E));
    CHECK_OK(distcoord_lock_acquire(held->lingering, 2000, E));
    CHECK_OK(distcoord_lock_release(held->lingering, E));
    distcoord_lock_free(held->lingering);
    for (size_t i = 0; i < COUNT_OF(locks); i++) distcoord_lock_free(locks[i]);
    distcoord_semaphore_free(held->semaphore);
    distcoord_rwlock_free(held->rwlock);
    close_client(held->client);
}

static void answers_forked(void *argument)
{
    struct held *held = argument;
    distcoord_lock *const locks[] = {held->owned, held->reentrant, held->many, held->writer, held->permit};
    for (size_t i = 0; i < COUNT_OF(locks); i++) {
        CHECK(distcoord_lock_state(locks[i]) != DISTCOORD_LOCK_HELD);
        CHECK_STATUS(distcoord_lock_release(locks[i], E), DISTCOORD_ERROR_FORKED);
        CHECK_STATUS(distcoord_lock_extend(locks[i], 0, E), DISTCOORD_ERROR_FORKED);
    }
    CHECK_STATUS(distcoord_lock_detach(held->owned, E), DISTCOORD_ERROR_FORKED);
    CHECK_STATUS(distcoord_rwlock_downgrade(held->writer, E), DISTCOORD_ERROR_FORKED);
}

static void held_by_the_parent(void)
{
    struct held held = hold();
    in_child(answers_forked, &held);
    still_held(&held);
}

static void frees_everything(void *argument)
{
    struct held *held = argument;
    distcoord_lock *const locks[] = {
        held->lingering, held->owned, held->reentrant, held->many, held->writer, held->permit};
    for (size_t i = 0; i < COUNT_OF(locks); i++) distcoord_lock_free(locks[i]);
    distcoord_semaphore_free(held->semaphore);
    distcoord_rwlock_free(held->rwlock);
    distcoord_client_free(held->client);
}

static void freeing_in_the_child_frees_memory_only(void)
{
    struct held held = hold();
    in_child(frees_everything, &held);
    still_held(&held);
}

/* Objects work in the child, which is somebody else than the parent. */
static void is_another_owner(void *argument)
{
    struct held *held = argument;
    distcoord_lock *none = NULL;
    CHECK_STATUS(distcoord_rwlock_read(held->rwlock, 0, &none, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_rwlock_write(held->rwlock, 50, &none, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_semaphore_acquire(held->semaphore, 1, 50, &none, E), DISTCOORD_TIMED_OUT);
    distcoord_lock *reentrant = open_lock(held->client, "reentrant", (struct settings){.reentrant = true});
    CHECK_STATUS(distcoord_lock_acquire(reentrant, 0, E), DISTCOORD_TIMED_OUT);
    struct inside inside = inside_of(held->rwlock);
    CHECK(inside.writers == 1 && inside.waiters == 0);
    distcoord_rwlock *own = open_rwlock(held->client, "own", (struct settings){0});
    give_back(write_now(own));
    distcoord_rwlock_free(own);
    distcoord_lock_free(reentrant);
    CHECK_OK(distcoord_client_close(held->client, E));
}

static void a_child_is_another_owner(void)
{
    struct held held = hold();
    in_child(is_another_owner, &held);
    still_held(&held);
}

/* What lingers in the parent is the parent's: the child recalls it, as anybody does. */
static void recalls(void *argument)
{
    struct held *held = argument;
    uint64_t before = distcoord_lock_fence(held->lingering);
    CHECK_OK(distcoord_lock_acquire(held->lingering, 2000 * time_factor(), E));
    CHECK(distcoord_lock_fence(held->lingering) > before);
    CHECK_OK(distcoord_lock_release(held->lingering, E));
    CHECK_OK(distcoord_client_close(held->client, E));
}

static void what_lingers_is_the_parents(void)
{
    struct held held = hold();
    uint64_t before = distcoord_lock_fence(held.lingering);
    in_child(recalls, &held);
    CHECK_OK(distcoord_lock_acquire(held.lingering, 2000, E));
    CHECK(distcoord_lock_fence(held.lingering) > before + 1);
    CHECK_OK(distcoord_lock_release(held.lingering, E));
    still_held(&held);
}

/* An explicit owner is the same in parent and child: a handle of the child's own releases what the parent acquired. */
static void releases_for_the_owner(void *argument)
{
    struct held *held = argument;
    distcoord_lock *same = open_lock(held->client, "owned", (struct settings){.owner = "run-1"});
    CHECK_OK(distcoord_lock_adopt(same, E));
    CHECK(distcoord_lock_fence(same) == distcoord_lock_fence(held->owned));
    CHECK_OK(distcoord_lock_release(same, E));
    distcoord_lock_free(same);
    CHECK_OK(distcoord_client_close(held->client, E));
}

static void an_owner_is_the_same_in_both(void)
{
    struct held held = hold();
    in_child(releases_for_the_owner, &held);
    CHECK_STATUS(distcoord_lock_release(held.owned, E), DISTCOORD_LOST);
    CHECK_OK(distcoord_lock_acquire(held.owned, 0, E));
    still_held(&held);
}

static const struct test tests[] = {
    {"fork_locks_held_by_the_parent", held_by_the_parent},
    {"fork_locks_freeing_in_the_child_frees_memory_only", freeing_in_the_child_frees_memory_only},
    {"fork_locks_a_child_is_another_owner", a_child_is_another_owner},
    {"fork_locks_what_lingers_is_the_parents", what_lingers_is_the_parents},
    {"fork_locks_an_owner_is_the_same_in_both", an_owner_is_the_same_in_both},
};

HARNESS_MAIN(tests)
