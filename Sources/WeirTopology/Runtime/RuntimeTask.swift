/// One task of a spout or bolt, as the threads see it.
class RuntimeTask: @unchecked Sendable {
    // Sendable: a task runs on one thread at a time; what others touch is atomic.
    var hasPendingOutput = false
    func notify() {}
}
