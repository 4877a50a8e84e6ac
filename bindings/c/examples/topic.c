/*
 * Publishes lines on a topic and reads them twice: all of them in order, and in a group, where each goes to one consumer
 * and is kept until it is acknowledged.
 *
 *   cc topic.c $(pkg-config --cflags --libs distcoord) -o topic && ./topic LINE...
 */
#include <distcoord.h>
#include <stdio.h>
#include <string.h>

static int failed(const char *what, distcoord_status status, distcoord_error *error)
{
    fprintf(stderr, "%s: %s: %s\n", what, distcoord_status_name(status), distcoord_error_message(error));
    distcoord_error_free(error);
    return 1;
}

static void print(const char *who, const distcoord_message *message)
{
    if (distcoord_message_missed(message) > 0) {
        printf("%s: %lld were no longer kept\n", who, (long long)distcoord_message_missed(message));
    }
    printf("%s: %s\n", who, (const char *)distcoord_message_payload(message));
}

/* Reads what is there, from the oldest message on. A program that goes on later remembers the last id. */
static distcoord_status read_all(distcoord_topic *topic, distcoord_error **error)
{
    distcoord_subscription *subscription = NULL;
    distcoord_message *message = NULL;
    distcoord_status status = distcoord_topic_subscribe(topic, "0", 0, 0, &subscription, error);
    while (status == DISTCOORD_OK) {
        status = distcoord_subscription_next(subscription, 200, &message, error);
        if (status != DISTCOORD_OK) break;
        print("reader", message);
        distcoord_message_free(message);
    }
    distcoord_subscription_free(subscription);
    return status;
}

/* Works on what nobody in the group has done yet. Should this process die, another consumer gets what it held. */
static distcoord_status work(distcoord_topic *topic, distcoord_error **error)
{
    distcoord_consumer *consumer = NULL;
    distcoord_message *message = NULL;
    distcoord_status status = distcoord_consumer_open(topic, "printers", NULL, &consumer, error);
    while (status == DISTCOORD_OK) {
        status = distcoord_consumer_next(consumer, 200, &message, error);
        if (status != DISTCOORD_OK) break;
        print("consumer", message);
        status = distcoord_consumer_acknowledge(consumer, distcoord_message_id(message), error);
        if (status == DISTCOORD_LOST) {
            printf("consumer: too late, another has it now\n");
            status = DISTCOORD_OK;
        }
        distcoord_message_free(message);
    }
    distcoord_consumer_free(consumer);
    return status;
}

int main(int argc, char **argv)
{
    distcoord_client *client = NULL;
    distcoord_topic *topic = NULL;
    distcoord_error *error = NULL;
    distcoord_status status = distcoord_client_open(NULL, NULL, &client, &error);
    if (status != DISTCOORD_OK) return failed("open", status, error);
    status = distcoord_topic_open(client, "lines", NULL, &topic, &error);
    for (int i = 1; i < argc && status == DISTCOORD_OK; i++) {
        status = distcoord_topic_publish(topic, argv[i], strlen(argv[i]), NULL, 0, &error);
    }
    if (status == DISTCOORD_OK) status = read_all(topic, &error);
    /* There was nothing more for a while. */
    if (status == DISTCOORD_TIMED_OUT) status = work(topic, &error);
    if (status != DISTCOORD_TIMED_OUT) return failed("topic", status, error);
    distcoord_topic_free(topic);
    distcoord_client_close(client, NULL);
    distcoord_client_free(client);
    return 0;
}
