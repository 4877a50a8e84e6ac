// Steps over lists.

/// A step for each item of a list: one that another step returns, or one that is known. They run at the same time, as
/// far as there are workers, and are named `name[0]`, `name[1]` ….
///
/// ```swift
/// let numbers = Step("numbers") { _ in [1, 2, 3] }
/// let squares = MapStep("square", over: numbers) { number, _ in number * number }
/// let sum = Step("sum") { context in try await context.output(of: squares).reduce(0, +) }.after(squares)
/// ```
///
/// What comes after it is given the results in the order of the items. It has succeeded when none of them ended badly,
/// unless ``policy(_:)`` says otherwise.
public struct MapStep<Item: Sendable, Output: Sendable>: WorkingNode {
    /// What it comes to.
    public var part: WorkflowPart

    private init(named name: String, from: String? = nil, items: String? = nil) {
        part = WorkflowPart(name, .map(from: from, items: items))
    }

    private init(named name: String, encoding items: some Encodable) {
        do {
            self.init(named: name, items: String(decoding: try JSON.encode(items), as: UTF8.self))
        } catch {
            self.init(named: name, items: "[]")
            part.complaint = DistCoordError(.invalidArgument, "items of '\(name)': \(error)")
        }
    }

    /// When it has succeeded.
    public func policy(_ policy: GroupPolicy) -> Self { changed { $0.policy = policy } }

    private func running(_ body: @escaping @Sendable (Item, StepContext) async throws -> Output) -> Self
    where Item: Decodable, Output: Encodable {
        changed { $0.handler = StepHandler { try JSON.encode(try await body(try $0.item(as: Item.self), $0)) } }
    }

    private func running(_ body: @escaping @Sendable (Item, StepContext) async throws -> Void) -> Self
    where Item: Decodable, Output == Void {
        changed { $0.handler = StepHandler(silent: { try await body(try $0.item(as: Item.self), $0) }) }
    }
}

extension MapStep where Item: Decodable, Output: Encodable {
    /// A step for each item of the list that a step returns, which it comes after.
    public init(
        _ name: String, over list: Step<[Item]>, _ body: @escaping @Sendable (Item, StepContext) async throws -> Output
    ) {
        self = MapStep(named: name, from: list.part.name).running(body)
    }

    /// A step for each item of the list that the node of that name returns, which it comes after.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - list: A step whose result is a list, of at most 100 000 items.
    ///   - body: What the worker of one item does.
    public init(
        _ name: String, over list: String, _ body: @escaping @Sendable (Item, StepContext) async throws -> Output
    ) {
        self = MapStep(named: name, from: list).running(body)
    }

    /// A step for each of these items.
    public init(
        _ name: String, over items: [Item], _ body: @escaping @Sendable (Item, StepContext) async throws -> Output
    ) where Item: Encodable {
        self = MapStep(named: name, encoding: items).running(body)
    }
}

extension MapStep where Item: Decodable, Output == Void {
    /// A step without result for each item of the list that a step returns, which it comes after.
    public init(
        _ name: String, over list: Step<[Item]>, _ body: @escaping @Sendable (Item, StepContext) async throws -> Void
    ) {
        self = MapStep(named: name, from: list.part.name).running(body)
    }

    /// A step without result for each item of the list that the node of that name returns, which it comes after.
    public init(
        _ name: String, over list: String, _ body: @escaping @Sendable (Item, StepContext) async throws -> Void
    ) {
        self = MapStep(named: name, from: list).running(body)
    }

    /// A step without result for each of these items.
    public init(
        _ name: String, over items: [Item], _ body: @escaping @Sendable (Item, StepContext) async throws -> Void
    ) where Item: Encodable {
        self = MapStep(named: name, encoding: items).running(body)
    }
}

extension MapStep where Item == Never, Output: Decodable {
    /// Steps over the list that the node of that name returns, run by workers of other programs, whose results are of
    /// that type.
    public init(_ name: String, over list: String, returning type: Output.Type) { self.init(named: name, from: list) }

    /// Steps over these items, run by workers of other programs, whose results are of that type.
    public init(_ name: String, over items: some Encodable & Sequence, returning type: Output.Type) {
        self.init(named: name, encoding: items)
    }
}

extension MapStep where Item == Never, Output == Void {
    /// Steps without result over the list that the node of that name returns, run by workers of other programs.
    public init(_ name: String, over list: String) { self.init(named: name, from: list) }

    /// Steps without result over these items, run by workers of other programs.
    public init(_ name: String, over items: some Encodable & Sequence) { self.init(named: name, encoding: items) }
}
