import ArgumentParser
import SystemPackage
import WeirStore

/// What every subcommand takes.
struct StoreOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The store's folder.", valueName: "dir"))
    var store: String

    @Option(name: .long, help: "How data is printed: text for people, json for programs (one object per line).")
    var format: OutputFormat = .text

    @Flag(
        name: .long,
        help:
            "Verifies the whole store before it is opened, and refuses a damaged one. Nothing more where that is done in any case, as by verify."
    )
    var verified = false

    var path: FilePath { FilePath(store) }

    /// Opens the store beside whoever writes it, and prints. Nothing in it changes.
    func read(_ body: (Store, Output) throws -> Void) throws {
        try use(.readOnly, body)
    }

    /// Opens the store as its only writer.
    func write(_ body: (Store, Output) throws -> Void) throws {
        try use(.readWrite, body)
    }

    /// Prints, without opening the store.
    func print(_ body: (Output) throws -> Void) throws {
        let output = Output(format)
        try body(output)
        try output.flush()
    }

    private func use(_ access: StoreConfiguration.Access, _ body: (Store, Output) throws -> Void) throws {
        FaultGuard.install(store)
        if access == .readWrite { try requireStore() }
        let store = try Store.open(at: path, configuration: StoreConfiguration(access: access, verifiesOnOpen: verified))
        defer { store.close() }
        try print { try body(store, $0) }
    }

    /// A mistyped path must not become a new, empty store.
    private func requireStore() throws {
        let store = try Store.open(at: path, configuration: StoreConfiguration(access: .readOnly))
        store.close()
    }
}
