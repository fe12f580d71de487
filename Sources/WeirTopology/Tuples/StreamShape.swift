/// What the readers of a stream's rows need to know about it: who emits it, and its fields' names. Lives as long as the topology runs.
@usableFromInline
struct StreamShape {
    let component: String
    let stream: String
    @usableFromInline let fields: [String]

    init(component: String, stream: String, fields: [String]) {
        self.component = component
        self.stream = stream
        self.fields = fields
    }

    @usableFromInline @inline(never)
    func missing(_ name: String) -> TupleError {
        TupleError(
            .noSuchField, "Stream \"\(stream)\" of \"\(component)\" has no field \"\(name)\"; it has \(fields.joined(separator: ", ")).")
    }

    @usableFromInline @inline(never)
    func missing(_ index: Int, of count: Int) -> TupleError {
        TupleError(
            .noSuchField, "Field \(index) was asked for; the tuple from stream \"\(stream)\" of \"\(component)\" has \(count) fields.")
    }
}
