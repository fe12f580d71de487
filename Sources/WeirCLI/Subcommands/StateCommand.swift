import ArgumentParser
import Weir
import WeirStore

struct StateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state", abstract: "Reads the state of topologies, also while they run.",
        discussion: """
            What is read is exact as of one commit: the state's table with the journal's rows laid over it. Its transaction ID is in each JSON object;
            with text it goes to standard error.
            """,
        subcommands: [StateList.self, StateGet.self, StateScan.self])
}

/// Which state, and how its bytes are shown: they carry no types.
struct StateOptions: ParsableArguments {
    @Argument(help: "The topology's name.")
    var topology: String

    @Argument(help: "The state's name in it.")
    var state: String

    @Option(name: .long, help: ArgumentHelp("The keys' type, as `weir table list` names types.", valueName: "type"))
    var keyType = "bytes"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The values' type: counter, or as `weir table list` names types. With auto, 8 bytes that are no text are a counter.",
            valueName: "type"))
    var valueType = "auto"

    var key: StoredType { StoredType(keyType) }

    func validate() throws {
        if case .other(let name) = StoredType(keyType) {
            throw ValidationError("--key-type is \(name), which is no type that can be shown.")
        }
        if case .other(let name) = StoredType(valueType), name != "auto", name != Counter.storageName {
            throw ValidationError("--value-type is \(name), which is no type that can be shown.")
        }
    }

    func value(_ bytes: UnsafeRawBufferPointer) -> FieldValue {
        let isCounter = valueType == Counter.storageName || (valueType == "auto" && bytes.count == 8 && printable([UInt8](bytes)) == nil)
        if isCounter, let counter = try? Counter(storageBytes: bytes) { return .signed(counter.value) }
        return valueType == "auto" ? .bytes([UInt8](bytes)) : StoredType(valueType).value(bytes)
    }

    /// Opens the view and a snapshot.
    func read(_ options: StoreOptions, _ body: (StateView, borrowing Snapshot, Output) throws -> Void) throws {
        try options.read { store, output in
            let view = try StateView(state, of: topology, in: store)
            try store.read { snapshot in
                try body(view, snapshot, output)
                if output.format == .text { StandardOutput.note("as of transaction \(snapshot.transactionID)") }
            }
        }
    }
}
