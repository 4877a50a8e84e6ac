/* Five servers that know nothing of each other, and clients that need a majority of them. */
#ifndef QUORUM_TOOLS_H
#define QUORUM_TOOLS_H

#include "lock_tools.h"

enum { NODES = 5 };

static struct redis_server nodes[NODES];

/* What a server has acknowledged it has after a restart, as lock.h asks for. */
static const char *const node_arguments[] = {"--appendonly", "yes", "--appendfsync", "always", NULL};

__attribute__((unused)) static void start_nodes(void)
{
    for (int i = 0; i < NODES; i++) redis_server_start(&nodes[i], node_arguments);
}

__attribute__((unused)) static void restart_node(int node) { redis_server_restart(&nodes[node], node_arguments); }

__attribute__((unused)) static void quorum_url(char *url, size_t capacity)
{
    int length = snprintf(url, capacity, "quorum:");
    for (int i = 0; i < NODES; i++) {
        length += snprintf(url + length, capacity - (size_t)length, "%s%s", i > 0 ? "," : "", nodes[i].url);
    }
}

/*
 * Options with timeouts that are shorter than the defaults, so that servers that do not answer are noticed soon, and
 * long enough for a machine whose disk is busy, for each server writes to it before it answers, or that stands still:
 * each server is given a quarter of the time.
 */
__attribute__((unused)) static distcoord_options *quorum_options(void)
{
    distcoord_options *options = namespace_options();
    CHECK_INT(distcoord_options_set_connect_timeout_ms(options, 2000 * time_factor()), DISTCOORD_OK);
    CHECK_INT(distcoord_options_set_command_timeout_ms(options, 8000 * time_factor()), DISTCOORD_OK);
    return options;
}

__attribute__((unused)) static distcoord_client *open_quorum(void)
{
    char url[1024];
    distcoord_client *client = NULL;
    distcoord_options *options = quorum_options();
    quorum_url(url, sizeof url);
    REQUIRE_OK(distcoord_client_open(url, options, &client, E));
    distcoord_options_free(options);
    return client;
}

/* Closing says so when servers are away, which is of no interest here. */
__attribute__((unused)) static void close_quorum(distcoord_client *client)
{
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
}

__attribute__((unused)) static void stop_nodes(void)
{
    for (int i = 0; i < NODES; i++) redis_server_stop(&nodes[i]);
}

#endif
