/// A stream that a component emits: its name and the names of its fields (Storm's `declareStream`).
public struct StreamDeclaration: Hashable, Sendable {
    /// The name: "default" unless told.
    public let name: String
    /// The fields' names, in the order in which values are emitted.
    public let fields: [String]
    /// Whether its tuples are sent to tasks that the emitter names (``Output/emit(_:to:on:)``).
    public let isDirect: Bool

    /// The name of the stream that a component has when it does not name one.
    public static let defaultName = "default"

    /// A stream with a name.
    public init(_ name: String, fields: [String], isDirect: Bool = false) {
        self.name = name
        self.fields = fields
        self.isDirect = isDirect
    }

    /// The stream named "default".
    public static func fields(_ names: String...) -> StreamDeclaration { StreamDeclaration(defaultName, fields: names) }
}

/// Which of its streams a component emits to: its position among the component's `outputs`, so that nothing is looked up per tuple.
///
///     let late = try context.stream("late")
///     output.emit(line, on: late)
public struct StreamIndex: Hashable, Sendable {
    @usableFromInline let position: Int

    @inlinable init(_ position: Int) { self.position = position }

    /// The first declared stream.
    @inlinable public static var first: StreamIndex { StreamIndex(0) }
}
