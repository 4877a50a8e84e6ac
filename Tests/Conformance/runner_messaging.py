"""What the Python runner can be asked about channels, subscriptions, topics and consumers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import distcoord
from runner_wire import ok, seconds


class MessagingRequests:
    client: distcoord.Client
    handle: Any
    handles: dict[tuple[object, ...], Any]

    def channel(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        if verb == "publish":
            return ok(receivers=self.client.publish(name, arguments["payload"], raw=True))
        return "UNKNOWN_REQUEST"

    def subscription(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        subscription: distcoord.Subscription[bytes] = self.handle(("subscription", name), lambda: self.client.subscribe(
            capacity=int(arguments.get("capacity", b"1024")), raw=True))
        if verb == "open":
            return "OK"
        if verb == "add":
            subscription.add(arguments["channel"].decode())
            return "OK"
        if verb == "remove":
            return "OK" if subscription.remove(arguments["channel"].decode()) else "NOT_FOUND"
        if verb == "next":
            message = subscription.next(seconds(arguments, "wait", -1))
            if message is None:
                return "TIMED_OUT"
            return ok(source=message.source, payload=message.payload, missed=message.missed, id=message.id,
                      deliveries=message.deliveries)
        if verb == "missed":
            return ok(missed=subscription.missed)
        if verb == "close":
            self.handles.pop(("subscription", name)).close()
            return "OK"
        return "UNKNOWN_REQUEST"

    # ------------------------------------------------------------ topics

    def topic_of(self, name: str, arguments: dict[str, bytes]) -> distcoord.Topic[bytes]:
        topic: distcoord.Topic[bytes] = self.handle(("topic", name), lambda: self.client.topic(
            name, int(arguments.get("keep", b"100000")) or None, seconds(arguments, "age", 7 * 86_400.0) or None,
            raw=True))
        return topic

    def position(self, arguments: dict[str, bytes]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "after" in arguments:
            found["after"] = arguments["after"].decode()
        elif int(arguments.get("since", b"0")):
            found["since"] = int(arguments["since"]) / 1000
        return found

    def topic(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        topic = self.topic_of(name, arguments)
        if verb == "publish":
            return ok(id=topic.publish(arguments["payload"]))
        if verb == "publish_many":
            count, prefix = int(arguments["count"]), arguments["prefix"]
            return ok(count=topic.publish_many([prefix + b"%d" % number for number in range(count)]))
        if verb == "subscribe":
            self.handles["subscription", arguments["as"].decode()] = topic.subscribe(
                **self.position(arguments), ahead=int(arguments.get("capacity", b"256")))
            return "OK"
        if verb == "show":
            info = topic.inspect()
            if info is None:
                return "NOT_FOUND"
            groups = ",".join(
                f"{group.name}:{group.waiting}:{group.held}:{group.consumers}" for group in info.groups)
            return ok(messages=info.messages, published=info.published, first=info.first_id, last=info.last_id,
                      groups=groups)
        if verb == "seek":
            return "OK" if topic.seek(arguments["group"].decode(), **self.position(arguments)) else "NOT_FOUND"
        if verb == "delete_group":
            return "OK" if topic.delete_group(arguments["group"].decode()) else "NOT_FOUND"
        if verb == "trim":
            return ok(dropped=topic.trim(int(arguments["to"])))
        return "UNKNOWN_REQUEST"

    # ------------------------------------------------------------ consumers

    def consumer(self, verb: str, name: str, arguments: dict[str, bytes]) -> str:
        if verb == "open":
            topic = self.topic_of(arguments["topic"].decode(), {})
            self.handles["consumer", name] = topic.consumer(
                arguments["group"].decode(), arguments["name"].decode() if "name" in arguments else None,
                seconds(arguments, "lease", 10.0), int(arguments.get("prefetch", b"64")),
                from_new=arguments.get("from_new") == b"yes", ack_timeout=seconds(arguments, "timeout", 0) or None)
            return ok(name=self.handles["consumer", name].name)
        consumer: distcoord.Consumer[bytes] = self.handles["consumer", name]
        if verb == "next":
            message = consumer.next(seconds(arguments, "wait", -1))
            if message is None:
                return "TIMED_OUT"
            return ok(source=message.source, id=message.id, payload=message.payload, deliveries=message.deliveries,
                      missed=message.missed)
        if verb == "acknowledge":
            ids = arguments["ids"].decode().split(",")
            messages: list[Any] = [SimpleNamespace(id=id) for id in ids]
            held = consumer.ack_many(messages)
            return f"{'OK' if held == len(ids) else 'LOST'} count={held}"
        if verb == "release":
            message_of: Any = SimpleNamespace(id=arguments["id"].decode())
            consumer.release(message_of, seconds(arguments, "delay", 0))
            return "OK"
        if verb == "missed":
            return ok(missed=consumer.missed)
        if verb == "close":
            consumer.close()
            return "OK"
        return "UNKNOWN_REQUEST"
