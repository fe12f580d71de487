/// What a field of a tuple holds. Tuples are dynamically typed: the kind travels with the value, nothing has to be declared.
public struct FieldKind: Hashable, Sendable, CustomStringConvertible {
    @usableFromInline let tag: UInt8

    @inlinable init(tag: UInt8) { self.tag = tag }

    /// No value.
    public static let null = FieldKind(tag: 0)
    /// True or false: one byte.
    public static let bool = FieldKind(tag: 1)
    /// A signed 64-bit integer.
    public static let int = FieldKind(tag: 2)
    /// A 64-bit floating point number.
    public static let double = FieldKind(tag: 3)
    /// Text: UTF-8, repaired when it is read as a `String` and is not.
    public static let string = FieldKind(tag: 4)
    /// Bytes with no meaning to Weir.
    public static let bytes = FieldKind(tag: 5)

    /// The kind's name, as in error messages.
    public var description: String {
        switch tag {
        case 0: "null"
        case 1: "bool"
        case 2: "int"
        case 3: "double"
        case 4: "string"
        case 5: "bytes"
        default: "kind \(tag)"
        }
    }
}
