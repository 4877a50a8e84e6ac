/* A program of somebody else: it knows libdistcoord only as installed. Prints the versions and takes a lock. */
#include <distcoord.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    distcoord_error *error = NULL;
    distcoord_client *client = NULL;
    distcoord_lock *lock = NULL;

    if (strcmp(distcoord_version(), DISTCOORD_VERSION_STRING) != 0 ||
        distcoord_abi_version() != DISTCOORD_ABI_VERSION) {
        fprintf(stderr, "header %s, library %s\n", DISTCOORD_VERSION_STRING, distcoord_version());
        return 2;
    }
    if (distcoord_client_open(NULL, NULL, &client, &error) != DISTCOORD_OK ||
        distcoord_lock_open(client, "install", NULL, &lock, &error) != DISTCOORD_OK ||
        distcoord_lock_acquire(lock, 1000, &error) != DISTCOORD_OK) {
        fprintf(stderr, "%s\n", distcoord_error_message(error));
        return 1;
    }
    printf("%s fence %" PRIu64 "\n", distcoord_version(), distcoord_lock_fence(lock));
    distcoord_lock_release(lock, NULL);
    distcoord_lock_free(lock);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return 0;
}
