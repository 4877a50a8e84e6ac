/* Names, labels, namespaces, ids, task names: what is taken, what is refused, and that kinds never collide. */
#include "harness.h"

struct name_case {
    const char *what;
    const char *text;
};

static const struct name_case bad_names[] = {
    {"empty", ""},
    {"newline", "a\nb"},
    {"tab", "\t"},
    {"first control", "\x01"},
    {"last control", "a\x1f"},
    {"delete", "a\x7f"},
    {"lone continuation", "a\x80"},
    {"byte that never occurs", "\xff"},
    {"overlong zero", "\xc0\x80"},
    {"overlong slash", "\xe0\x80\xaf"},
    {"surrogate", "\xed\xa0\x80"},
    {"above the last scalar", "\xf4\x90\x80\x80"},
    {"five-byte form", "\xf8\x88\x80\x80\x80"},
    {"truncated", "a\xe2\x82"},
    {"truncated within", "\xe2\x82z"},
};

static const char *const good_names[] = {
    "a", " ", "a b", "{a}", "}{", "a:b", "*", "a/b\\c", "'\"", "%s%n", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x94\x92",
    "dc:{default:lock:a}:x",
};

/* `length` bytes of "x", or of two-byte characters when `wide`. Borrowed until the next call. */
static const char *long_name(size_t length, bool wide)
{
    static char text[8192];
    memset(text, 'x', sizeof text);
    for (size_t i = 0; wide && i + 1 < length; i += 2) memcpy(text + i, "\xc3\xbc", 2);
    text[length] = '\0';
    return text;
}

/* Opens one handle of each kind under a name, and reports any that answers otherwise. */
static void open_all(distcoord_client *client, const char *name, distcoord_status wanted)
{
    distcoord_lock *lock = NULL;
    distcoord_election *election = NULL;
    distcoord_barrier *barrier = NULL;
    distcoord_queue *queue = NULL;
    distcoord_rwlock *rwlock = NULL;
    distcoord_semaphore *semaphore = NULL;
    distcoord_lock *several = NULL;
    const char *const names[] = {"fine", name};
    CHECK_STATUS(distcoord_lock_open(client, name, NULL, &lock, E), wanted);
    CHECK_STATUS(distcoord_lock_open_many(client, names, 2, NULL, &several, E), wanted);
    CHECK_STATUS(distcoord_rwlock_open(client, name, NULL, &rwlock, E), wanted);
    CHECK_STATUS(distcoord_semaphore_open(client, name, 1, NULL, &semaphore, E), wanted);
    CHECK_STATUS(distcoord_election_open(client, name, NULL, &election, E), wanted);
    CHECK_STATUS(distcoord_barrier_open(client, name, 2, &barrier, E), wanted);
    CHECK_STATUS(distcoord_queue_open(client, name, &queue, E), wanted);
    bool made = wanted == DISTCOORD_OK;
    CHECK_INT(lock != NULL, made);
    CHECK_INT(several != NULL, made);
    CHECK_INT(rwlock != NULL, made);
    CHECK_INT(semaphore != NULL, made);
    CHECK_INT(election != NULL, made);
    CHECK_INT(barrier != NULL, made);
    CHECK_INT(queue != NULL, made);
    if (queue) CHECK_TEXT(distcoord_queue_name(queue), name);
    distcoord_lock_free(lock);
    distcoord_lock_free(several);
    distcoord_rwlock_free(rwlock);
    distcoord_semaphore_free(semaphore);
    distcoord_election_free(election);
    distcoord_barrier_free(barrier);
    distcoord_queue_free(queue);
}

static void refused(void)
{
    distcoord_client *client = open_client();
    for (size_t i = 0; i < COUNT_OF(bad_names); i++) {
        int before = atomic_load(&failed_checks);
        open_all(client, bad_names[i].text, DISTCOORD_ERROR_INVALID_ARGUMENT);
        if (atomic_load(&failed_checks) != before) fprintf(stderr, "  ... name: %s\n", bad_names[i].what);
    }
    close_client(client);
}

static void length_limits(void)
{
    distcoord_client *client = open_client();
    open_all(client, long_name(512, false), DISTCOORD_OK);
    open_all(client, long_name(512, true), DISTCOORD_OK);
    open_all(client, long_name(513, false), DISTCOORD_ERROR_INVALID_ARGUMENT);
    open_all(client, long_name(514, true), DISTCOORD_ERROR_INVALID_ARGUMENT);
    open_all(client, long_name(600, false), DISTCOORD_ERROR_INVALID_ARGUMENT);
    open_all(client, long_name(8000, false), DISTCOORD_ERROR_INVALID_ARGUMENT);
    close_client(client);
}

/* Four things are held under that name, and are listed under it. */
static void check_listed(distcoord_client *client, const char *name)
{
    distcoord_holds *holds = NULL;
    REQUIRE_OK(distcoord_holds_list(client, DISTCOORD_HOLDS_ALL, &holds, E));
    CHECK_INT(distcoord_holds_count(holds), 4);
    for (size_t i = 0; i < distcoord_holds_count(holds); i++) CHECK_TEXT(distcoord_holds_name(holds, i), name);
    distcoord_holds_free(holds);
}

/* A name that is taken also works: it is locked, led, waited at, pushed to, under exactly that name. */
static void accepted(void)
{
    distcoord_client *client = open_client();
    for (size_t i = 0; i < COUNT_OF(good_names) + 1; i++) {
        const char *name = i < COUNT_OF(good_names) ? good_names[i] : long_name(512, true);
        distcoord_lock *lock = NULL;
        distcoord_election *election = NULL;
        distcoord_barrier *barrier = NULL;
        distcoord_queue *queue = NULL;
        distcoord_rwlock *rwlock = NULL;
        distcoord_semaphore *semaphore = NULL;
        distcoord_lock *hold = NULL, *permit = NULL;
        distcoord_job *job = NULL;
        size_t count = 0;
        REQUIRE_OK(distcoord_lock_open(client, name, NULL, &lock, E));
        REQUIRE_OK(distcoord_rwlock_open(client, name, NULL, &rwlock, E));
        REQUIRE_OK(distcoord_semaphore_open(client, name, 1, NULL, &semaphore, E));
        REQUIRE_OK(distcoord_election_open(client, name, NULL, &election, E));
        REQUIRE_OK(distcoord_barrier_open(client, name, 1, &barrier, E));
        REQUIRE_OK(distcoord_queue_open(client, name, &queue, E));
        CHECK_OK(distcoord_lock_acquire(lock, 0, E));
        CHECK_OK(distcoord_rwlock_write(rwlock, 0, &hold, E));
        CHECK_OK(distcoord_semaphore_acquire(semaphore, 1, 0, &permit, E));
        CHECK_OK(distcoord_election_campaign(election, 0, E));
        check_listed(client, name);
        CHECK_OK(distcoord_barrier_wait(barrier, 0, NULL, NULL, E));
        CHECK_OK(distcoord_queue_push(queue, name, strlen(name), NULL, NULL, 0, E));
        CHECK_OK(distcoord_queue_claim(queue, 0, &job, 1, &count, E));
        CHECK_INT(count, 1);
        CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
        CHECK_OK(distcoord_election_resign(election, E));
        CHECK_OK(distcoord_lock_release(lock, E));
        CHECK_OK(distcoord_lock_release(hold, E));
        CHECK_OK(distcoord_lock_release(permit, E));
        distcoord_lock_free(hold);
        distcoord_lock_free(permit);
        distcoord_rwlock_free(rwlock);
        distcoord_semaphore_free(semaphore);
        distcoord_job_free(job);
        distcoord_lock_free(lock);
        distcoord_election_free(election);
        distcoord_barrier_free(barrier);
        distcoord_queue_free(queue);
    }
    close_client(client);
}

/* An owner's id is a name as well; the same one holds in the lock, and is what others see. */
static void owners(void)
{
    distcoord_client *client = open_client();
    distcoord_lock_options *options = distcoord_lock_options_new();
    for (size_t i = 0; i < COUNT_OF(bad_names); i++) {
        CHECK_INT(distcoord_lock_options_set_owner(options, bad_names[i].text), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    for (size_t i = 0; i < COUNT_OF(good_names) + 1; i++) {
        const char *owner = i < COUNT_OF(good_names) ? good_names[i] : long_name(256, true);
        distcoord_lock *lock = NULL, *same = NULL;
        distcoord_lock_info *info = NULL;
        CHECK_INT(distcoord_lock_options_set_owner(options, owner), DISTCOORD_OK);
        REQUIRE_OK(distcoord_lock_open(client, "a", options, &lock, E));
        REQUIRE_OK(distcoord_lock_open(client, "a", options, &same, E));
        CHECK_OK(distcoord_lock_acquire(lock, 0, E));
        REQUIRE_OK(distcoord_lock_inspect(lock, &info, E));
        CHECK_TEXT(distcoord_lock_info_owner(info), owner);
        distcoord_lock_info_free(info);
        CHECK_OK(distcoord_lock_detach(lock, E));
        CHECK_OK(distcoord_lock_release(same, E));
        distcoord_lock_free(lock);
        distcoord_lock_free(same);
    }
    distcoord_lock_options_free(options);
    close_client(client);
}

static void names_differ_from_their_neighbours(void)
{
    distcoord_client *client = open_client();
    const char *const names[] = {"a", "a ", "A", "a:", "a:a", "{a}", "\xc3\xa4", "a\xcc\x88"};
    distcoord_lock *locks[COUNT_OF(names)];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        REQUIRE_OK(distcoord_lock_open(client, names[i], NULL, &locks[i], E));
        CHECK_OK(distcoord_lock_acquire(locks[i], 0, E));
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CHECK_OK(distcoord_lock_release(locks[i], E));
        distcoord_lock_free(locks[i]);
    }
    close_client(client);
}

static void namespaces_do_not_meet(void)
{
    const char *const spaces[] = {"one", "two", "one:lock", "one}"};
    distcoord_client *clients[COUNT_OF(spaces)];
    distcoord_lock *locks[COUNT_OF(spaces)];
    for (size_t i = 0; i < COUNT_OF(spaces); i++) {
        distcoord_options *options = distcoord_options_new();
        CHECK_INT(distcoord_options_set_namespace(options, spaces[i]), DISTCOORD_OK);
        REQUIRE_OK(distcoord_client_open(server.url, options, &clients[i], E));
        distcoord_options_free(options);
        CHECK_TEXT(distcoord_client_namespace(clients[i]), spaces[i]);
        REQUIRE_OK(distcoord_lock_open(clients[i], "a", NULL, &locks[i], E));
        CHECK_OK(distcoord_lock_acquire(locks[i], 0, E));
    }
    for (size_t i = 0; i < COUNT_OF(spaces); i++) {
        distcoord_lock_free(locks[i]);
        close_client(clients[i]);
    }
}

static void namespace_and_label(void)
{
    distcoord_options *options = distcoord_options_new();
    for (size_t i = 0; i < COUNT_OF(bad_names); i++) {
        CHECK_INT(distcoord_options_set_namespace(options, bad_names[i].text), DISTCOORD_ERROR_INVALID_ARGUMENT);
        CHECK_INT(distcoord_options_set_label(options, bad_names[i].text), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_INT(distcoord_options_set_namespace(options, long_name(129, false)), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_options_set_label(options, long_name(129, false)), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_options_set_label(options, long_name(128, true)), DISTCOORD_OK);
    CHECK_INT(distcoord_options_set_namespace(options, long_name(128, true)), DISTCOORD_OK);
    distcoord_client *client = NULL;
    REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
    CHECK_TEXT(distcoord_client_namespace(client), long_name(128, true));
    distcoord_lock *lock = NULL;
    distcoord_lock_info *info = NULL;
    REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &lock, E));
    REQUIRE_OK(distcoord_lock_acquire(lock, 0, E));
    REQUIRE_OK(distcoord_lock_inspect(lock, &info, E));
    CHECK_TEXT(distcoord_lock_info_holder(info), long_name(128, true));
    distcoord_lock_info_free(info);
    distcoord_lock_free(lock);
    close_client(client);
    distcoord_options_free(options);
}

/* The environment gives the defaults, and options win over it. */
static void environment(void)
{
    setenv("DISTCOORD_NAMESPACE", "from-environment", 1);
    setenv("DISTCOORD_LABEL", "labelled", 1);
    setenv("DISTCOORD_URL", server.url, 1);
    setenv("REDIS_URL", "redis://127.0.0.1:1", 1);
    distcoord_client *client = NULL;
    distcoord_lock *lock = NULL;
    distcoord_lock_info *info = NULL;
    REQUIRE_OK(distcoord_client_open(NULL, NULL, &client, E));
    CHECK_TEXT(distcoord_client_namespace(client), "from-environment");
    REQUIRE_OK(distcoord_lock_open(client, "a", NULL, &lock, E));
    REQUIRE_OK(distcoord_lock_acquire(lock, 0, E));
    REQUIRE_OK(distcoord_lock_inspect(lock, &info, E));
    CHECK_TEXT(distcoord_lock_info_holder(info), "labelled");
    distcoord_lock_info_free(info);
    distcoord_lock_free(lock);
    close_client(client);

    distcoord_options *options = namespace_options();
    REQUIRE_OK(distcoord_client_open(NULL, options, &client, E));
    CHECK_TEXT(distcoord_client_namespace(client), test_name);
    close_client(client);
    distcoord_options_free(options);

    unsetenv("DISTCOORD_URL");
    setenv("REDIS_URL", server.url, 1);
    unsetenv("DISTCOORD_NAMESPACE");
    REQUIRE_OK(distcoord_client_open(NULL, NULL, &client, E));
    CHECK_TEXT(distcoord_client_namespace(client), "default");
    CHECK_OK(distcoord_client_ping(client, NULL, E));
    close_client(client);
}

static void job_names(void)
{
    distcoord_job_options *options = distcoord_job_options_new();
    for (size_t i = 0; i < COUNT_OF(bad_names); i++) {
        CHECK_INT(distcoord_job_options_set_id(options, bad_names[i].text), DISTCOORD_ERROR_INVALID_ARGUMENT);
        /* An empty task name is "none". */
        CHECK_INT(
            distcoord_job_options_set_task(options, bad_names[i].text),
            i == 0 ? DISTCOORD_OK : DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    CHECK_INT(distcoord_job_options_set_id(options, long_name(128, false)), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_id(options, long_name(129, false)), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_job_options_set_task(options, long_name(255, false)), DISTCOORD_OK);
    CHECK_INT(distcoord_job_options_set_task(options, long_name(256, false)), DISTCOORD_ERROR_INVALID_ARGUMENT);

    distcoord_client *client = open_client();
    distcoord_queue *queue = NULL;
    distcoord_result *result = NULL;
    distcoord_job *job = NULL;
    char id[129];
    size_t count = 0;
    REQUIRE_OK(distcoord_queue_open(client, "a", &queue, E));
    CHECK_OK(distcoord_queue_push(queue, "x", 1, options, id, sizeof id, E));
    CHECK_TEXT(id, long_name(128, false));
    REQUIRE_OK(distcoord_queue_claim(queue, 0, &job, 1, &count, E));
    CHECK_TEXT(distcoord_job_id(job), long_name(128, false));
    CHECK_TEXT(distcoord_job_task(job), long_name(255, false));
    for (size_t i = 0; i < COUNT_OF(bad_names); i++) {
        CHECK_STATUS(
            distcoord_queue_result(queue, bad_names[i].text, 0, &result, E), DISTCOORD_ERROR_INVALID_ARGUMENT);
    }
    distcoord_job_free(job);
    distcoord_queue_free(queue);
    close_client(client);
    distcoord_job_options_free(options);
}

static const struct test tests[] = {
    {"names_refused", refused},
    {"names_length_limits", length_limits},
    {"names_accepted", accepted},
    {"names_of_owners", owners},
    {"names_differ_from_their_neighbours", names_differ_from_their_neighbours},
    {"namespaces_do_not_meet", namespaces_do_not_meet},
    {"namespace_and_label", namespace_and_label},
    {"environment_gives_defaults", environment},
    {"job_ids_and_tasks", job_names},
};

HARNESS_MAIN(tests)
