/*
 * Settings that all processes share: one follows them, others change them, and each change is counted.
 *
 *   cc state.c $(pkg-config --cflags --libs distcoord) -o state
 *   ./state                    follows the settings; ends when "stop" is among them
 *   ./state colour blue        changes one
 */
#include <distcoord.h>
#include <stdio.h>
#include <string.h>

static int failed(const char *what, distcoord_status status, distcoord_error *error) {
    fprintf(stderr, "%s: %s: %s\n", what, distcoord_status_name(status), distcoord_error_message(error));
    distcoord_error_free(error);
    return 1;
}

/* Writes unless somebody has changed the setting since it was looked at. */
static int change(distcoord_state *settings, const char *key, const char *value) {
    distcoord_state_entry *before = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int64_t changes = 0;
    do {
        status = distcoord_state_get(settings, key, &before, &error);
        if (status < 0) return failed("get", status, error);
        status = distcoord_state_set_if(settings, key, value, strlen(value), DISTCOORD_TTL_NONE,
            distcoord_state_entry_version(before), NULL, &error);
        distcoord_state_entry_free(before);
    } while (status == DISTCOORD_CHANGED);
    if (status != DISTCOORD_OK) return failed("set", status, error);
    status = distcoord_state_add(settings, "changes", 1, DISTCOORD_TTL_KEEP, &changes, &error);
    if (status != DISTCOORD_OK) return failed("add", status, error);
    printf("change %lld: %s is now %s\n", (long long)changes, key, value);
    return 0;
}

static int follow(distcoord_state *settings) {
    distcoord_watch *watch = NULL;
    distcoord_state_entry *entry = NULL;
    distcoord_error *error = NULL;
    int is_stopped = 0;
    distcoord_status status = distcoord_state_watch(settings, NULL, true, &watch, &error);
    while (status == DISTCOORD_OK && !is_stopped) {
        status = distcoord_state_watch_next(watch, -1, &entry, &error);
        if (status != DISTCOORD_OK) break;
        const char *value = distcoord_state_entry_value(entry);
        int is_there = distcoord_state_entry_kind(entry) != DISTCOORD_STATE_ABSENT;
        printf("%s = %s\n", distcoord_state_entry_key(entry), is_there ? value : "(nothing)");
        fflush(stdout);
        is_stopped = is_there && strcmp(distcoord_state_entry_key(entry), "stop") == 0;
        distcoord_state_entry_free(entry);
    }
    distcoord_watch_free(watch);
    return status == DISTCOORD_OK ? 0 : failed("watch", status, error);
}

int main(int argc, char **argv) {
    distcoord_client *client = NULL;
    distcoord_state *settings = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_client_open(NULL, NULL, &client, &error);
    int result;
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_state_open(client, "settings", &settings, &error);
    if (status != DISTCOORD_OK) {
        result = failed("state", status, error);
    } else {
        result = argc > 2 ? change(settings, argv[1], argv[2]) : follow(settings);
    }
    distcoord_state_free(settings);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
