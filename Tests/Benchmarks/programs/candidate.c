/*
 * A candidate of an election: stands for it again and again.
 *
 * Usage: candidate SOCKET NAME LEASE_MS
 * Prints "stands" before it begins, and "won NS" each time it leads (NS: CLOCK_MONOTONIC). A line on its standard input
 * makes it stand down: it prints "resigns NS" from just before. Ends with its input.
 */
#include "bench.h"

static void say(const char *what, uint64_t moment) {
    printf("%s %llu\n", what, (unsigned long long)moment);
    fflush(stdout);
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    distcoord_client *client = open_client(argv[1]);
    distcoord_election_options *options = distcoord_election_options_new();
    if (distcoord_election_options_set_lease_ms(options, atoll(argv[3])) != DISTCOORD_OK) die("lease");
    distcoord_election *election = NULL;
    MUST(distcoord_election_open, client, argv[2], options, &election);
    distcoord_election_options_free(options);
    say("stands", now_ns());
    for (;;) {
        char line[16];
        MUST(distcoord_election_campaign, election, -1);
        say("won", now_ns());
        if (!fgets(line, sizeof line, stdin)) break;
        uint64_t start = now_ns();
        MUST(distcoord_election_resign, election);
        say("resigns", start);
    }
    distcoord_election_free(election);
    close_client(client);
    return 0;
}
