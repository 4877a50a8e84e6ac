/* Artifacts: files of a run. */
#include "run_tools.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define PIECE (256 * 1024)

static char folder[128];

static const char *path_of(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* The bytes of a file of `length` bytes, each different from its neighbours. */
static void fill(char *bytes, size_t length)
{
    uint32_t value = 12345;
    for (size_t i = 0; i < length; i++) {
        value = value * 1664525 + 1013904223;
        bytes[i] = (char)(value >> 24);
    }
}

static void write_file(const char *name, const char *bytes, size_t length, mode_t mode)
{
    int fd = open(path_of(name), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    REQUIRE(write(fd, bytes, length) == (ssize_t)length);
    REQUIRE(fchmod(fd, mode) == 0);
    close(fd);
}

static void write_text(const char *name, const char *text) { write_file(name, text, strlen(text), 0600); }

/* Whether a file has exactly this in it. */
static bool has(const char *name, const char *bytes, size_t length)
{
    int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    char *found = malloc(length + 1);
    size_t count = 0;
    ssize_t got;
    while (count <= length && (got = read(fd, found + count, length + 1 - count)) > 0) count += (size_t)got;
    close(fd);
    bool same = count == length && memcmp(found, bytes, length) == 0;
    free(found);
    return same;
}

static bool has_text(const char *name, const char *text) { return has(name, text, strlen(text)); }

/* How many files are in the test's folder: nothing half done may stay. */
static int files(void)
{
    char command[256], text[16] = "";
    snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
    FILE *pipe = popen(command, "re");
    REQUIRE(pipe != NULL && fgets(text, sizeof text, pipe) != NULL);
    pclose(pipe);
    return atoi(text);
}

static int64_t number(const char *command)
{
    char answer[256];
    REQUIRE(redis_server_command(&server, command, answer, sizeof answer) == 0);
    return atoll(answer + 1);
}

/* Of the keys of pieces: how many there are, and the longest and shortest time to live, ms. */
static int64_t pieces(const char *what)
{
    char command[512];
    snprintf(
        command, sizeof command,
        "EVAL \"local n,most,least=0,-1,1e15 for _,k in ipairs(redis.call('KEYS','*%s:*:f:*')) do local "
        "t=redis.call('PTTL',k) n=n+1 most=math.max(most,t) least=math.min(least,t) end return %s\" 0",
        test_name, what);
    return number(command);
}

struct place {
    distcoord_client *client;
    distcoord_queue *queue;
    distcoord_run *run;
};

static struct place begin(void)
{
    snprintf(folder, sizeof folder, "%s/%s", server.folder, test_name);
    REQUIRE(mkdir(folder, 0700) == 0);
    struct place place = {.client = open_client()};
    place.queue = open_queue(place.client);
    distcoord_workflow *workflow = new_workflow("files");
    add_task(workflow, "only", NULL);
    place.run = start(place.queue, workflow, "run");
    return place;
}

static void end(struct place place)
{
    distcoord_run_free(place.run);
    distcoord_queue_free(place.queue);
    close_client(place.client);
}

static void files_come_as_they_went(void)
{
    struct place place = begin();
    static const size_t lengths[] = {0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 5 * PIECE + 17};
    static const mode_t modes[] = {0600, 0644, 0755, 0400, 0777, 0640, 0500};
    char *bytes = malloc(6 * PIECE);
    fill(bytes, 6 * PIECE);
    umask(077);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        write_file("from", bytes, lengths[i], modes[i]);
        chmod(path_of("from"), modes[i]);
        CHECK_OK(distcoord_artifact_publish(place.run, "dist/app", path_of("from"), E));
        CHECK_OK(distcoord_artifact_fetch(place.run, "dist/app", path_of("to"), E));
        CHECK(has("to", bytes, lengths[i]));
        struct stat status;
        REQUIRE(stat(path_of("to"), &status) == 0);
        CHECK_INT(status.st_mode & 07777, modes[i]);
        unlink(path_of("from"));
    }
    CHECK_INT(files(), 1);
    free(bytes);
    end(place);
}

static void a_worker_fetches_what_another_published(void)
{
    struct place place = begin();
    write_text("from", "of the task");
    distcoord_job *job = TAKE(place.queue, "only");
    distcoord_run *its_run = NULL;
    REQUIRE_OK(distcoord_task_open_run(job, &its_run, E));
    CHECK_OK(distcoord_artifact_publish(its_run, "a", path_of("from"), E));
    distcoord_run_free(its_run);
    CHECK_OK(distcoord_job_complete(job, NULL, 0, E));
    distcoord_job_free(job);
    distcoord_client *other = open_client();
    distcoord_queue *queue = open_queue(other);
    distcoord_run *run = NULL;
    REQUIRE_OK(distcoord_run_open(queue, "run", &run, E));
    CHECK_OK(distcoord_artifact_fetch(run, "a", path_of("to"), E));
    CHECK(has_text("to", "of the task"));
    distcoord_run_free(run);
    distcoord_queue_free(queue);
    close_client(other);
    end(place);
}

static void the_list_tells_what_there_is(void)
{
    struct place place = begin();
    distcoord_artifact_list *list = NULL;
    REQUIRE_OK(distcoord_artifacts_list(place.run, &list, E));
    CHECK_INT(distcoord_artifact_list_count(list), 0);
    distcoord_artifact_list_free(list);
    write_text("abc", "abc");
    write_text("nothing", "");
    static const char *const names[] = {"z", "b b", "ä", "a/c"};
    for (int i = 0; i < 4; i++) CHECK_OK(distcoord_artifact_publish(place.run, names[i], path_of("abc"), E));
    CHECK_OK(distcoord_artifact_publish(place.run, "a/c", path_of("nothing"), E));
    REQUIRE_OK(distcoord_artifacts_list(place.run, &list, E));
    CHECK_INT(distcoord_artifact_list_count(list), 4);
    CHECK_TEXT(distcoord_artifact_list_name(list, 0), "a/c");
    CHECK_TEXT(distcoord_artifact_list_name(list, 1), "b b");
    CHECK_TEXT(distcoord_artifact_list_name(list, 2), "z");
    CHECK_TEXT(distcoord_artifact_list_name(list, 3), "ä");
    CHECK_TEXT(distcoord_artifact_list_name(list, 4), "");
    CHECK_INT(distcoord_artifact_list_size(list, 0), 0);
    CHECK_INT(distcoord_artifact_list_size(list, 1), 3);
    CHECK_TEXT(
        distcoord_artifact_list_sha256(list, 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK_TEXT(
        distcoord_artifact_list_sha256(list, 1), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    int64_t now = (int64_t)time(NULL) * 1000;
    CHECK(llabs(distcoord_artifact_list_published_ms(list, 1) - now) < 60000);
    distcoord_artifact_list_free(list);
    end(place);
}

static void what_is_replaced_is_seen_whole(void)
{
    struct place place = begin();
    write_text("one", "the first");
    write_text("two", "another, which is longer");
    CHECK_OK(distcoord_artifact_publish(place.run, "a", path_of("one"), E));
    CHECK_OK(distcoord_artifact_fetch(place.run, "a", path_of("to"), E));
    CHECK(has_text("to", "the first"));
    CHECK_OK(distcoord_artifact_publish(place.run, "a", path_of("two"), E));
    CHECK_OK(distcoord_artifact_fetch(place.run, "a", path_of("to"), E));
    CHECK(has_text("to", "another, which is longer"));
    CHECK_INT(files(), 3);
    /* What was replaced goes soon. */
    CHECK_INT(pieces("n"), 2);
    CHECK(pieces("least") <= 60000);
    end(place);
}

struct replacing {
    distcoord_run *run;
    const char *paths[2];
    atomic_bool stop;
};

static void *replace(void *argument)
{
    struct replacing *all = argument;
    for (int i = 0; !atomic_load(&all->stop); i++) {
        CHECK_OK(distcoord_artifact_publish(all->run, "a", all->paths[i % 2], E));
    }
    return NULL;
}

static void who_fetches_while_it_is_replaced_gets_one_of_them(void)
{
    struct place place = begin();
    size_t length = 3 * PIECE + 5;
    char *one = malloc(length), *two = malloc(length);
    fill(one, length);
    for (size_t i = 0; i < length; i++) two[i] = (char)~one[i];
    write_file("one", one, length, 0600);
    write_file("two", two, length, 0600);
    char first[256], second[256];
    snprintf(first, sizeof first, "%s", path_of("one"));
    snprintf(second, sizeof second, "%s", path_of("two"));
    CHECK_OK(distcoord_artifact_publish(place.run, "a", first, E));
    struct replacing all = {.run = place.run, .paths = {first, second}};
    pthread_t thread = start_thread(replace, &all);
    for (int i = 0; i < 20; i++) {
        CHECK_OK(distcoord_artifact_fetch(place.run, "a", path_of("to"), E));
        CHECK(has("to", one, length) || has("to", two, length));
    }
    atomic_store(&all.stop, true);
    pthread_join(thread, NULL);
    free(one);
    free(two);
    end(place);
}

static void what_is_not_there_is_not_found(void)
{
    struct place place = begin();
    write_text("from", "a");
    CHECK_STATUS(distcoord_artifact_fetch(place.run, "a", path_of("to"), E), DISTCOORD_NOT_FOUND);
    distcoord_run *unknown = NULL;
    REQUIRE_OK(distcoord_run_open(place.queue, "unknown", &unknown, E));
    CHECK_STATUS(distcoord_artifact_publish(unknown, "a", path_of("from"), E), DISTCOORD_NOT_FOUND);
    CHECK_STATUS(distcoord_artifact_fetch(unknown, "a", path_of("to"), E), DISTCOORD_NOT_FOUND);
    distcoord_artifact_list *list = NULL;
    CHECK_OK(distcoord_artifacts_list(unknown, &list, E));
    CHECK_INT(distcoord_artifact_list_count(list), 0);
    distcoord_artifact_list_free(list);
    distcoord_run_free(unknown);
    CHECK_INT(files(), 1);
    CHECK_INT(pieces("n"), 0);
    end(place);
}

#define CHECK_REFUSED(call, status, words)                                                              \
    do {                                                                                                \
        distcoord_error *error_ = NULL, **E = &error_;                                                  \
        CHECK_INT((call), (status));                                                                    \
        if (!error_ || !strstr(distcoord_error_message(error_), (words)))                               \
            report(__FILE__, __LINE__, "says %s", error_ ? distcoord_error_message(error_) : "nothing"); \
        distcoord_error_free(error_);                                                                   \
    } while (0)

static void what_cannot_be_read_is_refused(void)
{
    struct place place = begin();
    write_text("from", "a");
    CHECK_REFUSED(
        distcoord_artifact_publish(place.run, "a", path_of("missing"), E), DISTCOORD_ERROR_INVALID_ARGUMENT, "No such");
    CHECK_REFUSED(distcoord_artifact_publish(place.run, "a", folder, E), DISTCOORD_ERROR_INVALID_ARGUMENT, "regular");
    REQUIRE(mkfifo(path_of("fifo"), 0600) == 0);
    CHECK_REFUSED(
        distcoord_artifact_publish(place.run, "a", path_of("fifo"), E), DISTCOORD_ERROR_INVALID_ARGUMENT, "regular");
    int fd = open(path_of("huge"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0 && ftruncate(fd, (256 << 20) + 1) == 0);
    close(fd);
    CHECK_REFUSED(
        distcoord_artifact_publish(place.run, "a", path_of("huge"), E), DISTCOORD_ERROR_TOO_LARGE, "256 MiB");
    CHECK_REFUSED(
        distcoord_artifact_publish(place.run, "", path_of("from"), E), DISTCOORD_ERROR_INVALID_ARGUMENT, "empty");
    CHECK_REFUSED(
        distcoord_artifact_publish(place.run, "a\nb", path_of("from"), E), DISTCOORD_ERROR_INVALID_ARGUMENT, "control");
    char name[514];
    memset(name, 'n', 513);
    name[513] = 0;
    CHECK_REFUSED(
        distcoord_artifact_publish(place.run, name, path_of("from"), E), DISTCOORD_ERROR_INVALID_ARGUMENT, "512");
    name[512] = 0;
    CHECK_OK(distcoord_artifact_publish(place.run, name, path_of("from"), E));
    CHECK_INT(pieces("n"), 1);
    end(place);
}

struct writing {
    char path[256];
    atomic_bool stop;
};

static void *keep_writing(void *argument)
{
    struct writing *writing = argument;
    int fd = open(writing->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    REQUIRE(fd >= 0);
    while (!atomic_load(&writing->stop)) {
        REQUIRE(write(fd, "more", 4) == 4);
        sleep_ms(1);
    }
    close(fd);
    return NULL;
}

static void what_is_changed_meanwhile_is_refused(void)
{
    struct place place = begin();
    size_t length = 64 * PIECE;
    char *bytes = malloc(length);
    fill(bytes, length);
    write_file("from", bytes, length, 0600);
    struct writing writing = {.stop = false};
    snprintf(writing.path, sizeof writing.path, "%s", path_of("from"));
    pthread_t thread = start_thread(keep_writing, &writing);
    CHECK_REFUSED(
        distcoord_artifact_publish(place.run, "a", writing.path, E), DISTCOORD_ERROR_INVALID_ARGUMENT, "changed");
    atomic_store(&writing.stop, true);
    pthread_join(thread, NULL);
    CHECK(EVENTUALLY(5000, pieces("n") == 0));
    CHECK_STATUS(distcoord_artifact_fetch(place.run, "a", path_of("to"), E), DISTCOORD_NOT_FOUND);
    free(bytes);
    end(place);
}

static void what_cannot_be_written_leaves_the_old_file(void)
{
    struct place place = begin();
    size_t length = 2 * PIECE;
    char *bytes = malloc(length);
    fill(bytes, length);
    write_file("from", bytes, length, 0600);
    write_text("to", "old");
    CHECK_OK(distcoord_artifact_publish(place.run, "a", path_of("from"), E));
    CHECK_REFUSED(
        distcoord_artifact_fetch(place.run, "a", path_of("no/folder"), E), DISTCOORD_ERROR_INVALID_ARGUMENT, "No such");
    CHECK_REFUSED(distcoord_artifact_fetch(place.run, "a", folder, E), DISTCOORD_ERROR_INVALID_ARGUMENT, "folder");
    CHECK_REFUSED(distcoord_artifact_fetch(place.run, "a", "", E), DISTCOORD_ERROR_INVALID_ARGUMENT, "empty");
    /* As a full disk, for this process alone. */
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit before, limit;
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    limit = before;
    limit.rlim_cur = PIECE + 1;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK_REFUSED(
        distcoord_artifact_fetch(place.run, "a", path_of("to"), E), DISTCOORD_ERROR_INVALID_ARGUMENT, "too large");
    REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(has_text("to", "old"));
    CHECK_INT(files(), 2);
    CHECK_OK(distcoord_artifact_fetch(place.run, "a", path_of("to"), E));
    CHECK(has("to", bytes, length));
    free(bytes);
    end(place);
}

static void what_is_not_what_was_published_is_refused(void)
{
    struct place place = begin();
    write_text("from", "as it was");
    write_text("to", "old");
    CHECK_OK(distcoord_artifact_publish(place.run, "a", path_of("from"), E));
    char change[512];
    snprintf(
        change, sizeof change,
        "EVAL \"return redis.call('HSET',redis.call('KEYS','*%s:*:f:*')[1],'0',ARGV[1])\" 0 \"as it is!\"", test_name);
    number(change);
    CHECK_REFUSED(distcoord_artifact_fetch(place.run, "a", path_of("to"), E), DISTCOORD_ERROR_SERVER, "SHA-256");
    snprintf(
        change, sizeof change, "EVAL \"return redis.call('DEL',redis.call('KEYS','*%s:*:f:*')[1])\" 0", test_name);
    number(change);
    CHECK_REFUSED(distcoord_artifact_fetch(place.run, "a", path_of("to"), E), DISTCOORD_ERROR_SERVER, "missing");
    CHECK(has_text("to", "old"));
    CHECK_INT(files(), 2);
    end(place);
}

static void *cancel_soon(void *argument)
{
    sleep_ms(20);
    for (int i = 0; i < 200; i++) {
        distcoord_run_cancel(argument);
        sleep_ms(1);
    }
    return NULL;
}

static void sending_can_be_cancelled(void)
{
    struct place place = begin();
    int fd = open(path_of("large"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0 && ftruncate(fd, 256 << 20) == 0);
    close(fd);
    pthread_t thread = start_thread(cancel_soon, place.run);
    CHECK_STATUS(distcoord_artifact_publish(place.run, "a", path_of("large"), E), DISTCOORD_CANCELLED);
    pthread_join(thread, NULL);
    CHECK(EVENTUALLY(5000, pieces("n") == 0));
    CHECK_STATUS(distcoord_artifact_fetch(place.run, "a", path_of("to"), E), DISTCOORD_NOT_FOUND);
    end(place);
}

static void they_go_with_their_run(void)
{
    struct place place = begin();
    write_text("from", "a");
    CHECK_OK(distcoord_artifact_publish(place.run, "a", path_of("from"), E));
    CHECK(pieces("least") > 86400000);
    DO(place.queue, "only", "");
    CHECK_END(place.run, DISTCOORD_RUN_SUCCEEDED);
    int64_t week = 7 * 86400000;
    CHECK(pieces("most") <= week && pieces("least") > week - 60000);
    /* Also what comes after the end. */
    CHECK_OK(distcoord_artifact_publish(place.run, "b", path_of("from"), E));
    CHECK_INT(pieces("n"), 2);
    CHECK(pieces("most") <= week && pieces("least") > week - 60000);
    CHECK_OK(distcoord_run_delete(place.run, E));
    CHECK_INT(pieces("n"), 0);
    CHECK_STATUS(distcoord_artifact_fetch(place.run, "a", path_of("to"), E), DISTCOORD_NOT_FOUND);
    end(place);
}

static const struct test tests[] = {
    {"files_come_as_they_went", files_come_as_they_went},
    {"a_worker_fetches_what_another_published", a_worker_fetches_what_another_published},
    {"the_list_tells_what_there_is", the_list_tells_what_there_is},
    {"what_is_replaced_is_seen_whole", what_is_replaced_is_seen_whole},
    {"who_fetches_while_it_is_replaced_gets_one_of_them", who_fetches_while_it_is_replaced_gets_one_of_them},
    {"what_is_not_there_is_not_found", what_is_not_there_is_not_found},
    {"what_cannot_be_read_is_refused", what_cannot_be_read_is_refused},
    {"what_is_changed_meanwhile_is_refused", what_is_changed_meanwhile_is_refused},
    {"what_cannot_be_written_leaves_the_old_file", what_cannot_be_written_leaves_the_old_file},
    {"what_is_not_what_was_published_is_refused", what_is_not_what_was_published_is_refused},
    {"sending_can_be_cancelled", sending_can_be_cancelled},
    {"they_go_with_their_run", they_go_with_their_run},
};

HARNESS_MAIN(tests)
