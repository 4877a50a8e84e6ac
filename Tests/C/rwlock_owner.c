/* What the owner of a read-write lock may do that is inside: read again, write again, turn a hold into a reader's. */
#include "lock_tools.h"

static const struct settings plain = {0};

static void start_in_line(struct waiter *waiter, distcoord_rwlock *rwlock, bool writes, int64_t place)
{
    *waiter = (struct waiter){.rwlock = rwlock, .writes = writes, .wait_ms = -1};
    start_waiter(waiter);
    REQUIRE(EVENTUALLY(5000, inside_of(rwlock).waiters == place));
}

static void reads_again_past_a_waiting_writer(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_rwlock *rwlock = open_rwlock(client, "a", plain), *there = open_rwlock(other, "a", plain);
    distcoord_rwlock *newcomer = open_rwlock(other, "a", plain);
    struct waiter writer;
    distcoord_lock *holds[3] = {read_now(rwlock), NULL, NULL}, *none = NULL;
    start_in_line(&writer, there, true, 1);
    CHECK_STATUS(distcoord_rwlock_read(newcomer, 0, &none, E), DISTCOORD_TIMED_OUT);
    /* Waiting here would be waiting for itself. */
    holds[1] = read_now(rwlock);
    holds[2] = read_now(rwlock);
    CHECK_INT(inside_of(rwlock).readers, 3);
    for (int i = 0; i < 3; i++) {
        CHECK(!atomic_load(&writer.ended));
        give_back(holds[i]);
    }
    CHECK(ends_soon(&writer));
    CHECK_INT(join_waiter(&writer), DISTCOORD_OK);
    give_back(writer.hold);
    distcoord_rwlock_free(rwlock);
    distcoord_rwlock_free(there);
    distcoord_rwlock_free(newcomer);
    close_client(client);
    close_client(other);
}

/* The object is the same and the thread is another: it stands in line as anybody does. */
static void another_thread_is_another_owner(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_rwlock *rwlock = open_rwlock(client, "a", plain), *there = open_rwlock(other, "a", plain);
    struct waiter writer, reader;
    distcoord_lock *hold = read_now(rwlock);
    start_in_line(&writer, there, true, 1);
    start_in_line(&reader, rwlock, false, 2);
    sleep_ms(100);
    CHECK(!atomic_load(&reader.ended));
    give_back(hold);
    CHECK(ends_soon(&writer));
    CHECK_INT(join_waiter(&writer), DISTCOORD_OK);
    CHECK(!atomic_load(&reader.ended));
    give_back(writer.hold);
    CHECK(ends_soon(&reader));
    CHECK_INT(join_waiter(&reader), DISTCOORD_OK);
    /* Any thread may release it. */
    give_back(reader.hold);
    /* A writer's other threads wait for it too. */
    hold = write_now(rwlock);
    start_in_line(&reader, rwlock, false, 1);
    sleep_ms(50);
    CHECK(!atomic_load(&reader.ended));
    give_back(hold);
    CHECK_INT(join_waiter(&reader), DISTCOORD_OK);
    give_back(reader.hold);
    distcoord_rwlock_free(rwlock);
    distcoord_rwlock_free(there);
    close_client(client);
    close_client(other);
}

static void writes_again_and_reads(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_rwlock *rwlock = open_rwlock(client, "a", plain), *there = open_rwlock(other, "a", plain);
    struct waiter writer;
    distcoord_lock *first = write_now(rwlock), *none = NULL;
    start_in_line(&writer, there, true, 1);
    distcoord_lock *second = write_now(rwlock), *third = read_now(rwlock);
    CHECK(distcoord_lock_fence(second) >= distcoord_lock_fence(first));
    struct inside inside = inside_of(there);
    CHECK(inside.writers == 2 && inside.readers == 1 && inside.waiters == 1);
    give_back(first);
    CHECK(!atomic_load(&writer.ended));
    give_back(second);
    /* A reader is left: the writer waits for it, and readers stand behind the writer. */
    sleep_ms(50);
    CHECK(!atomic_load(&writer.ended));
    inside = inside_of(there);
    CHECK(inside.writers == 0 && inside.readers == 1);
    CHECK_STATUS(distcoord_rwlock_read(there, 0, &none, E), DISTCOORD_TIMED_OUT);
    give_back(third);
    CHECK(ends_soon(&writer));
    CHECK_INT(join_waiter(&writer), DISTCOORD_OK);
    give_back(writer.hold);
    distcoord_rwlock_free(rwlock);
    distcoord_rwlock_free(there);
    close_client(client);
    close_client(other);
}

static void upgrading_is_refused(void)
{
    distcoord_client *client = open_client();
    distcoord_rwlock *rwlock = open_rwlock(client, "a", plain);
    distcoord_lock *reader = read_now(rwlock), *none = reader;
    distcoord_error *error = NULL;
    int64_t start = now_ms();
    CHECK_INT(distcoord_rwlock_write(rwlock, -1, &none, &error), DISTCOORD_ERROR_CONFLICT);
    CHECK(took_less(start, 500));
    CHECK(none == NULL);
    /* What to do is said. */
    CHECK(strstr(distcoord_error_message(error), "elease") != NULL);
    distcoord_error_free(error);
    CHECK_STATUS(distcoord_rwlock_write(rwlock, 0, &none, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_INT(distcoord_lock_state(reader), DISTCOORD_LOCK_HELD);
    struct inside inside = inside_of(rwlock);
    CHECK(inside.readers == 1 && inside.writers == 0 && inside.waiters == 0);
    give_back(reader);
    distcoord_lock *writer = write_now(rwlock);
    give_back(writer);
    distcoord_rwlock_free(rwlock);
    close_client(client);
}

static void downgraded(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    distcoord_rwlock *rwlock = open_rwlock(client, "a", plain), *there = open_rwlock(other, "a", plain);
    distcoord_rwlock *behind = open_rwlock(other, "a", plain), *last = open_rwlock(other, "a", plain);
    struct waiter reader, writer, late;
    distcoord_lock *hold = write_now(rwlock), *none = NULL;
    uint64_t fence = distcoord_lock_fence(hold);
    start_in_line(&reader, there, false, 1);
    start_in_line(&writer, behind, true, 2);
    start_in_line(&late, last, false, 3);
    CHECK_OK(distcoord_rwlock_downgrade(hold, E));
    /* The reader at the front comes in, no writer does, and who stands behind the writer stays there. */
    CHECK(ends_soon(&reader));
    CHECK_INT(join_waiter(&reader), DISTCOORD_OK);
    sleep_ms(100);
    CHECK(!atomic_load(&writer.ended) && !atomic_load(&late.ended));
    struct inside inside = inside_of(there);
    CHECK(inside.readers == 2 && inside.writers == 0 && inside.waiters == 2);
    CHECK_INT(distcoord_lock_state(hold), DISTCOORD_LOCK_HELD);
    CHECK(distcoord_lock_fence(hold) == fence);
    CHECK_OK(distcoord_rwlock_downgrade(hold, E));
    CHECK_OK(distcoord_rwlock_downgrade(reader.hold, E));
    CHECK_STATUS(distcoord_rwlock_write(rwlock, 0, &none, E), DISTCOORD_ERROR_CONFLICT);
    give_back(reader.hold);
    CHECK(!atomic_load(&writer.ended));
    CHECK_OK(distcoord_lock_extend(hold, 0, E));
    give_back(hold);
    CHECK(ends_soon(&writer));
    CHECK_INT(join_waiter(&writer), DISTCOORD_OK);
    CHECK(distcoord_lock_fence(writer.hold) > fence);
    give_back(writer.hold);
    CHECK_INT(join_waiter(&late), DISTCOORD_OK);
    give_back(late.hold);
    distcoord_rwlock_free(rwlock);
    distcoord_rwlock_free(there);
    distcoord_rwlock_free(behind);
    distcoord_rwlock_free(last);
    close_client(client);
    close_client(other);
}

static void downgrade_answers(void)
{
    distcoord_client *client = open_client();
    distcoord_rwlock *rwlock = open_rwlock(client, "a", (struct settings){.fixed = true});
    distcoord_semaphore *semaphore = open_semaphore(client, "a", 1, plain);
    distcoord_lock *lock = open_lock(client, "a", plain), *permit = NULL;
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK_OK(distcoord_semaphore_acquire(semaphore, 1, 0, &permit, E));
    CHECK_STATUS(distcoord_rwlock_downgrade(lock, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_STATUS(distcoord_rwlock_downgrade(permit, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_lock_state(lock), DISTCOORD_LOCK_HELD);
    give_back(permit);

    distcoord_lock *first = write_now(rwlock), *second = write_now(rwlock);
    CHECK_STATUS(distcoord_rwlock_downgrade(first, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_OK(distcoord_lock_release(second, E));
    CHECK_STATUS(distcoord_rwlock_downgrade(second, E), DISTCOORD_NOT_HELD);
    /* A hold is acquired by the read-write lock, and once. */
    CHECK_STATUS(distcoord_lock_acquire(second, 0, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_STATUS(distcoord_lock_acquire(first, -1, E), DISTCOORD_ERROR_CONFLICT);
    CHECK_OK(distcoord_lock_extend(first, 300, E));
    CHECK_INT(distcoord_lock_wait_lost(first, 5000), DISTCOORD_LOST);
    CHECK_STATUS(distcoord_rwlock_downgrade(first, E), DISTCOORD_LOST);
    distcoord_lock_free(first);
    distcoord_lock_free(second);
    distcoord_lock_free(lock);
    distcoord_semaphore_free(semaphore);
    distcoord_rwlock_free(rwlock);
    close_client(client);
}

/* One explicit owner is one owner, in whatever client and thread. */
static void explicit_owner(void)
{
    distcoord_client *client = open_client(), *other = open_client();
    const struct settings owned = {.owner = "run-1"};
    distcoord_rwlock *here = open_rwlock(client, "a", owned), *there = open_rwlock(other, "a", owned);
    distcoord_rwlock *stranger = open_rwlock(other, "a", (struct settings){.owner = "run-2"});
    struct waiter writer;
    distcoord_lock *none = NULL, *first = read_now(here);
    start_in_line(&writer, stranger, true, 1);
    distcoord_lock *second = read_now(there);
    CHECK_STATUS(distcoord_rwlock_write(there, 0, &none, E), DISTCOORD_ERROR_CONFLICT);
    give_back(first);
    give_back(second);
    CHECK_INT(join_waiter(&writer), DISTCOORD_OK);
    give_back(writer.hold);
    first = write_now(here);
    second = write_now(there);
    CHECK_STATUS(distcoord_rwlock_read(stranger, 0, &none, E), DISTCOORD_TIMED_OUT);
    give_back(first);
    give_back(second);
    distcoord_rwlock_free(here);
    distcoord_rwlock_free(there);
    distcoord_rwlock_free(stranger);
    close_client(client);
    close_client(other);
}

static const struct test tests[] = {
    {"rwlock_reads_again_past_a_waiting_writer", reads_again_past_a_waiting_writer},
    {"rwlock_another_thread_is_another_owner", another_thread_is_another_owner},
    {"rwlock_writes_again_and_reads", writes_again_and_reads},
    {"rwlock_upgrading_is_refused", upgrading_is_refused},
    {"rwlock_downgraded", downgraded},
    {"rwlock_downgrade_answers", downgrade_answers},
    {"rwlock_explicit_owner", explicit_owner},
};

HARNESS_MAIN(tests)
