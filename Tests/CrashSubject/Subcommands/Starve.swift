import ArgumentParser
import SystemPackage
import WeirStore

/// Takes the room away that a store needs, at one point after the other, and gives it back: writes must fail with a type, reads must go on, and with the
/// room back it must work again at once, in the same process.
struct Starve: ParsableCommand {
    enum Means: String, ExpressibleByArgument, CaseIterable {
        case fileSize = "file-size"
        case disk
        case map
    }

    static let configuration = CommandConfiguration(abstract: "Takes a store's room away and gives it back.")

    @Argument(help: "The store's folder.") var store: String
    @Option(help: "What there is too little of.") var means: Means
    @Option(help: "What the steps are drawn from.") var seed: UInt64 = 1
    @Option(help: "How often the room goes.") var rounds = 40
    @Option(help: "Bytes that are left at most.") var room = 96 << 10
    @Option(help: "Seconds within which a step must be committed once there is room again.") var patience = 10

    func run() throws {
        let configuration = StoreConfiguration(maximumSize: means == .map ? 2 << 20 : 64 << 20)
        let path = FilePath(store)
        let run = try ModelRun(at: path, configuration: configuration, seed: seed)
        var starving = Starving(run: run, shortage: try shortage(run, path), seed: seed, patience: .seconds(patience))
        let reader = try SteadyReader(run.store, run.tables.history)
        do {
            for round in 0..<rounds {
                let grains = max(1, room / starving.shortage.grain)
                try starving.round(leaving: ((round + Int(seed % 1009)) * 7919 % grains) * starving.shortage.grain)
            }
        } catch {
            try? starving.shortage.giveBack(run.store)
            throw error
        }
        let seen = reader.stop()
        run.store.close()
        var problems = starving.problems + seen.problems
        problems += try ModelCheck(path: path, seed: seed, acknowledged: starving.acknowledged, begun: starving.acknowledged).problems()
        print(
            "\(starving.stops) stops, longest return \(starving.longestReturn / .seconds(1)) s, \(seen.reads) reads, longest gap \(seen.longestGap), codes",
            starving.codes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        guard problems.isEmpty else { throw ValidationError(problems.prefix(10).joined(separator: "\n")) }
    }

    private func shortage(_ run: ModelRun, _ path: FilePath) throws -> Shortage {
        switch means {
        case .fileSize: .fileSize(path.appending("data.mdb"))
        case .disk: .disk(try Ballast(at: path.removingLastComponent().appending("ballast")))
        case .map: .map(try run.store.table("ballast", key: UInt64.self, value: [UInt8].self))
        }
    }
}
