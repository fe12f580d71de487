import LMDB
import Synchronization

/// The tables that this process has opened, by name, and the system's own, which are always open.
final class OpenTables: Sendable {
    struct Entry: Sendable {
        var raw: RawTable
        var types: TableTypes
    }

    let head: RawTable
    let catalog: RawTable
    let tally: RawTable
    let offsets: Table<Pair<String, UInt32>, [UInt8]>
    #if DEBUG
        let plantedBug: PlantedBug?
    #endif
    private let others = Mutex<(entries: [String: Entry], order: [String])>(([:], []))

    private static let system = [SystemTable.head, SystemTable.catalog, SystemTable.tally, SystemTable.offsets]

    /// Opens the system's tables, creating them where `create` says so.
    init(in environment: Environment, _ configuration: StoreConfiguration, create: Bool) throws(StoreError) {
        #if DEBUG
            plantedBug = configuration.plantedBug
        #endif
        let opened = try Self.openSystemTables(environment, create: create)
        head = opened[0]
        catalog = opened[1]
        tally = opened[2]
        offsets = Table(name: SystemTable.offsets.name, raw: opened[3])
    }

    private static func openSystemTables(_ environment: Environment, create: Bool) throws(StoreError) -> [RawTable] {
        let databases = try open(system.map(\.name), in: environment, create: create)
        return zip(databases, system).map { RawTable(database: $0, number: $1.number) }
    }

    private static func open(_ names: [String], in environment: Environment, create: Bool) throws(StoreError) -> [Database] {
        try translating("open the store's tables") { () throws(LMDBError) in
            let raw = create ? try RawTransaction.writing(environment) : try RawTransaction.reading(environment)
            var databases: [Database] = []
            for name in names {
                guard let database = try raw.database(named: name, create: create) else {
                    throw LMDBError(LMDBError.incompatible, "mdb_dbi_open")
                }
                databases.append(database)
            }
            try raw.commit()
            return databases
        }
    }

    subscript(name: String) -> Entry? { others.withLock { $0.entries[name] } }

    func add(_ name: String, _ entry: Entry) {
        others.withLock { others in
            if others.entries.updateValue(entry, forKey: name) == nil { others.order.append(name) }
        }
    }

    /// Opens the same tables in a new environment on the same file. Opened in the same order they get the same handles, so that every
    /// `Table` which a user holds stays valid.
    func openAgain(in environment: Environment) throws(StoreError) {
        let (entries, order) = others.withLock { $0 }
        let names = Self.system.map(\.name) + order
        let before = [head, catalog, tally, offsets.raw].map(\.database) + order.compactMap { entries[$0]?.raw.database }
        guard try Self.open(names, in: environment, create: false) == before else {
            throw StoreError(.outcomeUnknown, "The tables got other handles when the store was reopened: restart the process.")
        }
    }
}
