// What the Swift runner can be asked about channels, subscriptions, topics and consumers.

import DistCoord

extension Runner {
    // MARK: Channels and subscriptions

    func channel(_ request: Request) async throws -> Reply {
        let channel = request.text("channel") ?? ""
        switch (request.kind, request.verb) {
        case ("channel", "publish"):
            let receivers = try await client.channel(request.name).publish(request.bytes("payload") ?? [])
            return .ok.with("receivers", receivers)
        case ("subscription", "open"):
            subscriptions[request.name] = try await client.subscribe([], capacity: request.number("capacity"))
            return .ok
        case ("subscription", "close"):
            subscriptions[request.name] = nil
            return .ok
        default: break
        }
        guard let subscription = subscriptions[request.name] else { return Reply("UNKNOWN_REQUEST") }
        switch request.verb {
        case "add":
            try await subscription.add(channel)
            return .ok
        case "remove": return try await subscription.remove(channel) ? .ok : Reply("NOT_FOUND")
        case "missed": return .ok.with("missed", subscription.missed)
        case "next":
            guard let message = try await subscription.next(timeout: request.duration("wait")) else {
                return Reply("TIMED_OUT")
            }
            return reply(with: message)
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    private func reply(with message: Message) -> Reply {
        .ok.with("source", message.source).with("payload", message.payload).with("missed", message.missed)
            .with("id", message.id).with("deliveries", message.deliveries)
    }

    // MARK: Topics

    func topic(_ request: Request) async throws -> Reply {
        let topic = try topic(named: request.name, request)
        let group = request.text("group") ?? ""
        switch request.verb {
        case "publish": return .ok.with("id", try await topic.publish(request.bytes("payload") ?? []))
        case "publish_many":
            let (prefix, count) = (request.text("prefix") ?? "", request.number("count") ?? 0)
            try await topic.publishMany((0..<count).map { Array("\(prefix)\($0)".utf8) })
            return .ok.with("count", count)
        case "subscribe":
            subscriptions[request.text("as") ?? ""] = try await topic.messages(
                position(request), capacity: request.number("capacity"))
            return .ok
        case "show":
            guard let info = try await topic.inspect() else { return Reply("NOT_FOUND") }
            let groups = info.groups.map { "\($0.name):\($0.waiting):\($0.held):\($0.consumers)" }
            return .ok.with("messages", info.messages).with("published", info.published)
                .with("first", info.firstID ?? "").with("last", info.lastID ?? "")
                .with("groups", groups.joined(separator: ","))
        case "seek": try await topic.seek(group: group, to: position(request))
        case "delete_group": try await topic.deleteGroup(group)
        case "trim": return .ok.with("dropped", try await topic.trim(keep: request.number("to") ?? 0))
        default: return Reply("UNKNOWN_REQUEST")
        }
        return .ok
    }

    private func topic(named name: String, _ request: Request) throws -> Topic {
        if let topic = topics[name] { return topic }
        var options = TopicOptions()
        if let keep = request.number("keep") { options.maxMessages = keep == 0 ? nil : keep }
        if let age = request.duration("age") { options.maxAge = age == .zero ? nil : age }
        let topic = try client.topic(name, options: options)
        topics[name] = topic
        return topic
    }

    private func position(_ request: Request) -> TopicPosition {
        if let after = request.text("after") { return .after(after) }
        return request.number("since").map { .since(Int64($0)) } ?? .new
    }

    // MARK: Consumers

    func consumer(_ request: Request) async throws -> Reply {
        if request.verb == "open" { return try await openConsumer(request) }
        guard let consumer = consumers[request.name] else { return Reply("UNKNOWN_REQUEST") }
        switch request.verb {
        case "next":
            guard let message = try await consumer.next(timeout: request.duration("wait")) else {
                return Reply("TIMED_OUT")
            }
            return reply(with: message)
        case "acknowledge":
            let ids = request.names("ids")
            let count = try await consumer.acknowledge(ids)
            return (count < ids.count ? Reply("LOST") : .ok).with("count", count)
        case "release":
            try await consumer.release(request.text("id") ?? "", after: request.duration("delay") ?? .zero)
            return .ok
        case "missed": return .ok.with("missed", consumer.missed)
        case "close":
            try await consumer.close()
            return .ok
        default: return Reply("UNKNOWN_REQUEST")
        }
    }

    private func openConsumer(_ request: Request) async throws -> Reply {
        let topic = try topic(named: request.text("topic") ?? "", request)
        let consumer = try await topic.consumer(
            group: request.text("group") ?? "",
            options: ConsumerOptions(
                name: request.text("name"), lease: request.duration("lease") ?? .seconds(10),
                prefetch: request.number("prefetch") ?? 64, fromNew: request.text("from_new") == "yes",
                acknowledgeTimeout: request.duration("timeout")))
        consumers[request.name] = consumer
        return .ok.with("name", consumer.name)
    }
}
