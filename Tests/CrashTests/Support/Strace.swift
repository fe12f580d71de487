/// The system's own witness of what a process calls.
enum Strace {
    static let program = Program(path: "/usr/bin/strace")

    /// Whether it is there and may trace, and inject what a test asks for.
    static let isAvailable =
        (try? program.run(["-f", "-o", "/dev/null", "-e", "inject=sync:error=EIO:when=9", "/bin/true"]))?.status == 0
    static let isMissing = "needs strace, allowed to trace"
}
