import ArgumentParser
import Weir
import WeirStore

struct StateScan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan", abstract: "Prints keys and values in the order of the keys' bytes.",
        discussion: "In text a line is key, tab, value. In JSON it is an object with key, value and transactionID.")

    @OptionGroup var options: StoreOptions
    @OptionGroup var state: StateOptions

    @Option(name: .long, help: "Only keys that begin with these bytes (text, or hexadecimal after 0x).")
    var prefix: String?

    @Option(name: .long, help: "Prints at most so many keys.")
    var limit: Int?

    func validate() throws {
        if let limit, limit < 0 { throw ValidationError("--limit is \(limit); give a number that is not negative.") }
    }

    func run() throws {
        let prefix = try prefix.map { try StoredType.bytes.key([$0]) } ?? []
        try state.read(options) { view, snapshot, output in
            var left = limit ?? .max
            guard left > 0 else { return }
            let id = snapshot.transactionID
            try view.scan(prefix: prefix, in: snapshot) { key, value in
                var fields = [Field("key", state.key.value(key)), Field("value", state.value(value))]
                if output.format == .json { fields.append(Field("transactionID", .unsigned(id.rawValue))) }
                try output.stream(fields)
                left -= 1
                return left > 0 ? .next : .stop
            }
        }
    }
}
