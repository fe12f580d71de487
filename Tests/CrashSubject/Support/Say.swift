import SystemPackage

/// Says a line on standard output, in one system call and without a buffer: what was said before a kill was said whole.
func say(_ line: String) {
    do { _ = try FileDescriptor.standardOutput.writeAll("\(line)\n".utf8) } catch {
        preconditionFailure("Standard output takes no more: \(error). Whoever kills this program reads it to the end.")
    }
}
