import ArgumentParser
import SystemPackage
import WeirStore
import WeirTesting

/// Works until it is killed: a topology, clients of a function, and producers at a gate, all on one store.
struct Soak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Runs a mixed load without end.")

    @Argument(help: "The store's folder.") var store: String
    @Option(help: "The seed of what clients send again.") var seed: UInt64 = 1
    @Option(help: "Milliseconds between the topology's commits.") var commitMilliseconds = 5
    @Option(help: "Clients of the function, and as many of the gate; 0 to 4.") var clients: UInt32 = 2

    func run() async throws {
        let store = try await Store.open(at: FilePath(self.store))
        let clients = try await SoakClients(store)
        let interval = Duration.milliseconds(commitMilliseconds)
        say("begun")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await SoakTopology.run(on: store, commitEvery: interval) }
            for number in SoakClients.clients.prefix(Int(self.clients)) {
                group.addTask { [seed] in try await clients.call(number, SeededGenerator(seed: seed &+ UInt64(number))) }
                group.addTask { [seed] in try await clients.send(number, SeededGenerator(seed: seed &+ 100 &+ UInt64(number))) }
            }
            try await group.waitForAll()
        }
    }
}
