/* The guardian: a helper process that gives back at once what a killed process held. */
#include "lock_tools.h"

/* ---------------------------------------------------------------- this program as the guardian's program */

static const char *argument_after(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0) return argv[i + 1];
    }
    return NULL;
}

/* "guard FILE --pid N --client ID": what `distcoord guard` does, and writes to FILE how it was started. */
static int guard(int argc, char **argv)
{
    const char *pid = argument_after(argc, argv, "--pid"), *id = argument_after(argc, argv, "--client");
    FILE *file = fopen(argv[2], "w");
    char input[64] = "", output[64] = "";
    if (file == NULL || pid == NULL || id == NULL) return 64;
    if (readlink("/proc/self/fd/0", input, sizeof input - 1) < 0) return 74;
    if (readlink("/proc/self/fd/2", output, sizeof output - 1) < 0) return 74;
    fprintf(file, "%d %d %s %s %s %s %s\n", (int)getpid(), (int)getsid(0), pid, id, input, output,
        getenv("DISTCOORD_NAMESPACE"));
    fclose(file);
    distcoord_client *client = NULL;
    if (distcoord_client_open(NULL, NULL, &client, NULL) != DISTCOORD_OK) return 69;
    distcoord_status status = distcoord_guardian_run(client, atoll(pid), id, NULL, NULL);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return status == DISTCOORD_OK ? 0 : 70;
}

/* What a guardian has written about itself. */
struct guard_report {
    int pid, session, guarded;
    char id[128], input[64], output[64], name_space[128];
};

static void report_path(char *path, size_t capacity)
{
    snprintf(path, capacity, "%s/guard-%s", server.folder, test_name);
}

static bool read_report(struct guard_report *guard_report)
{
    char path[256];
    report_path(path, sizeof path);
    FILE *file = fopen(path, "r");
    if (file == NULL) return false;
    int had = fscanf(file, "%d %d %d %127s %63s %63s %127s", &guard_report->pid, &guard_report->session,
        &guard_report->guarded, guard_report->id, guard_report->input, guard_report->output,
        guard_report->name_space);
    fclose(file);
    return had == 7;
}

static bool is_running(int pid)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) return false;
    bool is_there = fgets(line, sizeof line, file) != NULL && strstr(line, ") Z ") == NULL;
    fclose(file);
    return is_there;
}

static distcoord_client *open_guarded(void)
{
    char program[256] = "", path[256];
    REQUIRE(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
    report_path(path, sizeof path);
    const char *const arguments[] = {program, "guard", path};
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    CHECK_INT(distcoord_options_set_guardian(options, arguments, COUNT_OF(arguments)), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
    distcoord_options_free(options);
    return client;
}

/* ---------------------------------------------------------------- tests */

static void hold_one_of_each(distcoord_client *client)
{
    const struct settings lasting = {.lease_ms = 60000};
    distcoord_lock *lock = open_lock(client, "a", lasting), *permit = NULL;
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    write_now(open_rwlock(client, "a", lasting));
    CHECK_OK(distcoord_semaphore_acquire(open_semaphore(client, "a", 1, lasting), 1, 0, &permit, E));
    distcoord_election *election = NULL;
    distcoord_election_options *options = distcoord_election_options_new();
    CHECK_INT(distcoord_election_options_set_lease_ms(options, 60000), DISTCOORD_OK);
    REQUIRE_OK(distcoord_election_open(client, "a", options, &election, E));
    CHECK_OK(distcoord_election_campaign(election, 0, E));
}

static void is_guarded_until_it_is_killed(struct shared *shared)
{
    distcoord_client *client = open_guarded();
    hold_one_of_each(client);
    snprintf(shared->id, sizeof shared->id, "%s", distcoord_client_id(client));
    reach(shared, 1);
    hold_for_ever();
}

static void given_back_at_once(void)
{
    struct process process = start_process(is_guarded_until_it_is_killed);
    require_phase(&process, 1);
    struct guard_report guard_report;
    REQUIRE(EVENTUALLY(5000, read_report(&guard_report)));
    CHECK_INT(guard_report.guarded, process.pid);
    CHECK_TEXT(guard_report.id, process.shared->id);
    CHECK_TEXT(guard_report.name_space, test_name);
    CHECK_TEXT(guard_report.input, "/dev/null");
    CHECK_TEXT(guard_report.output, "/dev/null");
    /* The terminal's Ctrl-C is not for it. */
    CHECK_INT(guard_report.session, guard_report.pid);
    distcoord_client *client = open_client();
    distcoord_rwlock *rwlock = open_rwlock(client, "a", (struct settings){0});
    distcoord_semaphore *semaphore = open_semaphore(client, "a", 1, (struct settings){0});
    distcoord_lock *lock = open_lock(client, "a", (struct settings){0}), *none = NULL;
    distcoord_election *election = NULL;
    REQUIRE_OK(distcoord_election_open(client, "a", NULL, &election, E));
    CHECK_STATUS(distcoord_lock_acquire(lock, 0, E), DISTCOORD_TIMED_OUT);
    CHECK_STATUS(distcoord_rwlock_read(rwlock, 0, &none, E), DISTCOORD_TIMED_OUT);
    sleep_ms(300);
    CHECK(is_running(guard_report.pid));
    struct waiter waiters[3] = {
        {.lock = lock, .wait_ms = 20000}, {.rwlock = rwlock, .wait_ms = 20000},
        {.semaphore = semaphore, .wait_ms = 20000}};
    for (int i = 0; i < 3; i++) start_waiter(&waiters[i]);
    int64_t start = now_ms();
    kill_process(&process);
    for (int i = 0; i < 3; i++) CHECK_INT(join_waiter(&waiters[i]), DISTCOORD_OK);
    CHECK_OK(distcoord_election_campaign(election, 5000, E));
    int64_t took = now_ms() - start;
    CHECK(took_less(start, 500));
    printf("     all had %lld ms after the kill\n", (long long)took);
    CHECK(EVENTUALLY(5000, !is_running(guard_report.pid)));
    give_back(waiters[1].hold);
    give_back(waiters[2].hold);
    distcoord_lock_free(lock);
    distcoord_election_free(election);
    distcoord_semaphore_free(semaphore);
    distcoord_rwlock_free(rwlock);
    close_client(client);
}

/* It is started with the first thing that is held, and ends with the client. */
static void lives_as_long_as_the_client_needs_it(void)
{
    distcoord_client *client = open_guarded();
    struct guard_report guard_report;
    CHECK_OK(distcoord_client_ping(client, NULL, E));
    distcoord_lock *lock = open_lock(client, "a", (struct settings){0});
    sleep_ms(100);
    CHECK(!read_report(&guard_report));
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    REQUIRE(EVENTUALLY(5000, read_report(&guard_report)));
    CHECK_INT(guard_report.guarded, getpid());
    CHECK(is_running(guard_report.pid));
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    close_client(client);
    CHECK(EVENTUALLY(5000, !is_running(guard_report.pid)));
    /* No child is left behind that nobody has waited for. */
    CHECK(waitpid(-1, NULL, WNOHANG) <= 0);
}

/* A program that cannot be started is told in the log, and locks work all the same. */
static atomic_int warnings;

static void count_warnings(void *user, int32_t level, const char *message)
{
    (void)user;
    if (level <= DISTCOORD_LOG_WARNING && strstr(message, "no-such-guardian")) atomic_fetch_add(&warnings, 1);
}

static void a_missing_program_is_logged(void)
{
    const char *const arguments[] = {"no-such-guardian"};
    distcoord_options *options = namespace_options();
    distcoord_client *client = NULL;
    CHECK_INT(distcoord_options_set_guardian(options, arguments, 1), DISTCOORD_OK);
    CHECK_INT(distcoord_options_set_log(options, DISTCOORD_LOG_WARNING, count_warnings, NULL), DISTCOORD_OK);
    REQUIRE_OK(distcoord_client_open(server.url, options, &client, E));
    distcoord_options_free(options);
    distcoord_lock *lock = open_lock(client, "a", (struct settings){0});
    CHECK_OK(distcoord_lock_acquire(lock, 0, E));
    CHECK(EVENTUALLY(5000, atomic_load(&warnings) > 0));
    CHECK_OK(distcoord_lock_release(lock, E));
    distcoord_lock_free(lock);
    close_client(client);
}

static void options_ranges(void)
{
    distcoord_options *options = distcoord_options_new();
    const char *many[65], *const with_empty[] = {"distcoord", ""}, *const with_null[] = {"distcoord", NULL};
    static char text[4098];
    memset(text, 'x', sizeof text);
    text[4097] = '\0';
    const char *const with_long[] = {"distcoord", text};
    for (int i = 0; i < 65; i++) many[i] = "x";
    CHECK_INT(distcoord_options_set_guardian(options, many, 65), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_options_set_guardian(options, with_empty, 2), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_options_set_guardian(options, with_null, 2), DISTCOORD_ERROR_INVALID_ARGUMENT);
    CHECK_INT(distcoord_options_set_guardian(options, with_long, 2), DISTCOORD_ERROR_INVALID_ARGUMENT);
    text[4096] = '\0';
    CHECK_INT(distcoord_options_set_guardian(options, with_long, 2), DISTCOORD_OK);
    CHECK_INT(distcoord_options_set_guardian(options, many, 64), DISTCOORD_OK);
    CHECK_INT(distcoord_options_set_guardian(options, NULL, 0), DISTCOORD_OK);
    distcoord_options_free(options);
}

static void holds_until_it_is_killed(struct shared *shared)
{
    distcoord_client *client = open_client();
    hold_one_of_each(client);
    snprintf(shared->id, sizeof shared->id, "%s", distcoord_client_id(client));
    reach(shared, 1);
    hold_for_ever();
}

struct run {
    distcoord_client *client;
    struct process *process;
    distcoord_status status;
    int64_t count;
    atomic_bool ended;
};

static void *run_guardian(void *argument)
{
    struct run *run = argument;
    run->count = -1;
    run->status = distcoord_guardian_run(run->client, run->process->pid, run->process->shared->id, &run->count, NULL);
    atomic_store(&run->ended, true);
    return NULL;
}

/* The function itself: waits for the end of any process, and is cancelled as every wait is. */
static void run_by_hand(void)
{
    struct process process = start_process(holds_until_it_is_killed);
    require_phase(&process, 1);
    distcoord_client *client = open_client();
    struct run run = {.client = client, .process = &process};
    pthread_t thread = start_thread(run_guardian, &run);
    sleep_ms(200);
    CHECK(!atomic_load(&run.ended));
    CHECK(EVENTUALLY(5000, (distcoord_client_cancel(client), atomic_load(&run.ended))));
    pthread_join(thread, NULL);
    CHECK_INT(run.status, DISTCOORD_CANCELLED);
    run = (struct run){.client = client, .process = &process};
    thread = start_thread(run_guardian, &run);
    sleep_ms(50);
    int64_t start = now_ms();
    kill_process(&process);
    pthread_join(thread, NULL);
    CHECK_INT(run.status, DISTCOORD_OK);
    CHECK_INT(run.count, 4);
    CHECK(took_less(start, 500));
    /* A process that is gone already is not waited for. */
    run = (struct run){.client = client, .process = &process};
    run_guardian(&run);
    CHECK_INT(run.status, DISTCOORD_OK);
    CHECK_INT(run.count, 0);
    close_client(client);
}

static const struct test tests[] = {
    {"guardian_given_back_at_once", given_back_at_once},
    {"guardian_lives_as_long_as_the_client_needs_it", lives_as_long_as_the_client_needs_it},
    {"guardian_a_missing_program_is_logged", a_missing_program_is_logged},
    {"guardian_options_ranges", options_ranges},
    {"guardian_run_by_hand", run_by_hand},
};

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "guard") == 0) return guard(argc, argv);
    return harness_main(argc, argv, tests, COUNT_OF(tests));
}
