/* Topics: publishing, and consuming as a group. */
#include "sharing.h"

enum { NUMBER_BYTES = 24 };

static distcoord_topic *open_topic(void) {
    distcoord_topic *topic = NULL;
    distcoord_error *error = NULL;
    need(distcoord_topic_open(client, "topic", NULL, &topic, &error), error);
    return topic;
}

static distcoord_consumer *join(distcoord_topic *topic) {
    distcoord_consumer *consumer = NULL;
    distcoord_consumer_options *options = distcoord_consumer_options_new();
    need(distcoord_consumer_options_set_lease_ms(options, LEASE_MS), NULL);
    need(distcoord_consumer_options_set_prefetch(options, 8), NULL);
    if (distcoord_consumer_open(topic, "group", options, &consumer, NULL) != DISTCOORD_OK) consumer = NULL;
    distcoord_consumer_options_free(options);
    return consumer;
}

/* Numbers are unique: each thread has a range of its own. */
static void publish(struct sharer *sharer, distcoord_topic *topic) {
    char text[NUMBER_BYTES];
    volatile struct deed *deed = begin(sharer, PUBLISH, 0);
    deed->a = ++sharer->number;
    int length = snprintf(text, sizeof text, "%lld", (long long)sharer->number);
    end(deed, distcoord_topic_publish(topic, text, (size_t)length, NULL, 0, NULL));
}

static distcoord_status consume(struct sharer *sharer, distcoord_consumer *consumer, int64_t wait) {
    distcoord_message *message = NULL;
    int64_t before = now_ns();
    distcoord_status status = distcoord_consumer_next(consumer, wait, &message, NULL);
    if (status != DISTCOORD_OK) return status;
    int64_t number = atoll(distcoord_message_payload(message));
    volatile struct deed *deed = begin(sharer, DELIVERED, 0);
    deed->a = number;
    deed->b = distcoord_message_deliveries(message);
    deed->before_ns = before;
    end(deed, status);
    unsigned dice = rand_r(&sharer->random) % 16;
    if (dice == 0) sleep_us(1000 * (LEASE_MS / 2 + rand_r(&sharer->random) % LEASE_MS));
    if (dice == 1) {
        distcoord_consumer_release(consumer, distcoord_message_id(message), rand_r(&sharer->random) % 100, NULL);
    } else {
        deed = begin(sharer, ACKNOWLEDGE, 0);
        deed->a = number;
        end(deed, distcoord_consumer_acknowledge(consumer, distcoord_message_id(message), NULL));
    }
    distcoord_message_free(message);
    return status;
}

void publish_and_consume(struct sharer *sharer) {
    distcoord_topic *topic = open_topic();
    distcoord_consumer *consumer = NULL;
    while (goes_on(sharer)) {
        if (!consumer) consumer = join(topic);
        if (rand_r(&sharer->random) % 2) publish(sharer, topic);
        if (consumer && consume(sharer, consumer, rand_r(&sharer->random) % 50) < 0) sleep_us(2000);
        /* Now and then it leaves with what it holds. */
        if (consumer && rand_r(&sharer->random) % 256 == 0) {
            distcoord_consumer_free(consumer);
            consumer = NULL;
        }
        rest(sharer, 2000);
    }
    distcoord_consumer_free(consumer);
    distcoord_topic_free(topic);
}

void read_topic(struct sharer *sharer) {
    distcoord_topic *topic = open_topic();
    distcoord_consumer *consumer = join(topic);
    distcoord_subscription *subscription = NULL;
    distcoord_error *error = NULL;
    if (!consumer) fail("topic", "the group cannot be joined");
    while (consume(sharer, consumer, 3 * LEASE_MS) == DISTCOORD_OK) {
    }
    distcoord_consumer_free(consumer);
    need(distcoord_topic_subscribe(topic, "0", 0, 0, &subscription, &error), error);
    for (;;) {
        distcoord_message *message = NULL;
        if (distcoord_subscription_next(subscription, 500, &message, NULL) != DISTCOORD_OK) break;
        volatile struct deed *deed = begin(sharer, READ_BACK, 0);
        deed->a = atoll(distcoord_message_payload(message));
        end(deed, DISTCOORD_OK);
        distcoord_message_free(message);
    }
    distcoord_subscription_free(subscription);
    distcoord_topic_free(topic);
}
