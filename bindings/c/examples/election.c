/*
 * Leads if nobody else does, works while leading, stands down after a few seconds. Start it several times.
 *
 *   cc election.c $(pkg-config --cflags --libs distcoord) -o election && ./election [SECONDS]
 */
#include <distcoord.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const char *what, distcoord_status status, distcoord_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, distcoord_status_name(status), distcoord_error_message(error));
    distcoord_error_free(error);
    return 1;
}

/* Who leads now, for those who do not. */
static void print_leader(distcoord_election *election)
{
    distcoord_leader_info *info = NULL;
    if (distcoord_election_leader(election, &info, NULL) == DISTCOORD_OK) {
        printf("leader is %s, term %llu, %lld candidates behind it\n", distcoord_leader_info_value(info),
            (unsigned long long)distcoord_leader_info_term(info), (long long)distcoord_leader_info_candidates(info));
        distcoord_leader_info_free(info);
    }
}

int main(int argc, char **argv)
{
    int64_t lead_ms = (argc > 1 ? atoi(argv[1]) : 5) * (int64_t)1000;
    distcoord_client *client = NULL;
    distcoord_election *election = NULL;
    distcoord_error *error = NULL;
    distcoord_status status;
    int result = 0;

    status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_election_open(client, "cron-master", NULL, &election, &error);
    if (status != DISTCOORD_OK) {
        distcoord_client_free(client);
        return failed("election", status, error);
    }

    status = distcoord_election_campaign(election, 0, &error);
    if (status == DISTCOORD_TIMED_OUT) {
        print_leader(election);
        printf("waiting to lead\n");
        status = distcoord_election_campaign(election, -1, &error);
    }
    if (status != DISTCOORD_OK) {
        result = failed("campaign", status, error);
    } else {
        printf("leading, term %llu\n", (unsigned long long)distcoord_election_term(election));
        print_leader(election);

        /* The leader's work goes here; stop it when this answers LOST. */
        if (distcoord_election_wait_lost(election, lead_ms) == DISTCOORD_LOST) printf("lost the leadership\n");

        status = distcoord_election_resign(election, &error);
        if (status < 0) {
            result = failed("resign", status, error);
        } else {
            printf("stood down\n");
        }
    }

    distcoord_election_free(election);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return result;
}
