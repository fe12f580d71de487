import ArgumentParser
import Weir
import WeirStore

struct StateGet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Prints the value of one key.", discussion: "Ends with status 1 when the key is not there.")

    @OptionGroup var options: StoreOptions
    @OptionGroup var state: StateOptions

    @Argument(help: "The key.")
    var key: [String]

    func run() throws {
        let bytes = try state.key.key(key)
        try state.read(options) { view, snapshot, output in
            guard let value = try view.get(bytes, in: snapshot) else {
                throw CommandFailure(.failure, "State \(view.name) has no key \(key.joined(separator: " ")).")
            }
            let shown = value.withUnsafeBytes { state.value($0) }
            switch output.format {
            case .text: try output.stream([Field("value", shown)])
            case .json:
                try output.record([
                    Field("key", bytes.withUnsafeBytes { state.key.value($0) }), Field("value", shown),
                    Field("transactionID", .unsigned(snapshot.transactionID.rawValue)),
                ])
            }
        }
    }
}
