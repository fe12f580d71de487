import ArgumentParser
import Weir
import WeirStore

struct StateList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the states of all topologies.",
        discussion: "Keys and size are those of the state's table; newer keys may be in the journal, which all states of a topology share.")

    @OptionGroup var options: StoreOptions

    func run() throws {
        try options.read { store, output in
            let states = try StateView.states(in: store)
            let tables = try store.statistics().tables
            try output.table(
                states.map { state in
                    let table = tables.first { $0.name == "state.\(state.topology).\(state.name)" }
                    return [
                        Field("topology", .text(state.topology)), Field("state", .text(state.name)),
                        Field("foldedKeys", .count(table?.records ?? 0)),
                        Field("bytes", .size(UInt64(table?.bytes ?? 0)), heading: "pages"),
                    ]
                })
        }
    }
}
