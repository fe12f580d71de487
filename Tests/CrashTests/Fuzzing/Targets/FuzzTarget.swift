/// A decoder of bytes that come from a disk or from outside, and what must hold of it whatever the bytes are: no trap (the process would end), no more
/// memory than the bytes justify, and what is decoded comes back as it is when it is encoded and decoded again.
///
/// The same function is run under libFuzzer (`Tests/CrashTests/Fuzzing/run`) and, over the kept corpus and mutations of it, by `swift test`.
struct FuzzTarget: Sendable {
    let name: String
    /// Valid encodings to begin with.
    let seeds: @Sendable () -> [[UInt8]]
    /// Throws `FuzzFailure` for a broken property. A typed error of the decoder is caught inside: that is what garbage is for.
    let run: @Sendable (UnsafeRawBufferPointer) throws -> Void

    static let all: [FuzzTarget] = store + middleware + topology + connectors + command + pageFile
}

/// A property that does not hold.
struct FuzzFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    static func require(_ holds: Bool, _ what: @autoclosure () -> String) throws {
        if !holds { throw FuzzFailure(what()) }
    }
}
