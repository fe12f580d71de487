/// Names of gates, functions, streams and topologies are the first part of system keys.
package enum ScopeName {
    package static let maximumBytes = 64

    /// 1 to 64 bytes of UTF-8 without a NUL, so that a name can be closed by one.
    package static func check(_ name: String, _ what: StaticString) throws(ExactlyOnceError) {
        guard (1...maximumBytes).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw ExactlyOnceError(
                .invalidArgument, "The name of a \(what) has 1 to \(maximumBytes) bytes and no NUL; \(name.utf8.count) bytes were given.")
        }
    }
}
