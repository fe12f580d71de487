import Foundation
import SystemPackage
import Weir
import WeirStore
import WeirTesting

/// A store with something of everything, written by this process and then closed.
func withFixture<R>(_ body: (FilePath) throws -> R) throws -> R {
    try withTemporaryFolder { folder in
        let path = folder.appending("store")
        let store = try Store.open(at: path, configuration: StoreConfiguration(durability: .processCrashOnly))
        try fill(store)
        store.close()
        return try body(path)
    }
}

func fill(_ store: Store) throws {
    let counts = try store.table("counts", key: String.self, value: UInt64.self)
    let pairs = try store.table("pairs", key: Pair<String, UInt32>.self, value: Int64.self)
    let raw = try store.table("raw", key: [UInt8].self, value: [UInt8].self)
    let large = try store.table("large", key: UInt64.self, value: String.self)
    try store.write { transaction in
        for (index, word) in ["river", "salmon", "wall", "weir"].enumerated() {
            try transaction.put(UInt64(index + 1), for: word, in: counts)
        }
        for partition in 0..<3 as Range<UInt32> { try transaction.put(-Int64(partition), for: Pair("orders", partition), in: pairs) }
        try transaction.put(Array("plain".utf8), for: Array("text".utf8), in: raw)
        try transaction.put([0, 255, 27], for: [7, 0], in: raw)
        for number in 0..<2000 as Range<UInt64> { try transaction.put(String(repeating: "x", count: 100), for: number, in: large) }
        try transaction.advance("orders", partition: 0, to: 42, fingerprint: [1, 2, 250])
        try transaction.advance("orders", partition: 1, to: 7)
        try transaction.advance("clicks", partition: 0, to: 1)
    }
    let letters = try DeadLetters(store: store, topology: "words")
    try store.write { transaction in
        for offset in 0..<3 as Range<UInt64> {
            try letters.put(
                DeadLetter(
                    source: "lines", partition: 0, offset: offset * 10, next: offset * 10 + 10, component: "split", reason: "no\tsuch word",
                    attempts: 3, time: Timestamp(milliseconds: 1_764_021_378_123), row: [1, 2, 3]), in: &transaction)
        }
    }
}

/// The bytes of the store's files that hold data.
func dataFiles(_ store: FilePath) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in ["data.mdb", "weir.identity"] {
        files[name] = try Data(contentsOf: URL(fileURLWithPath: store.appending(name).string))
    }
    return files
}

func change(_ store: FilePath, _ body: (inout Data) -> Void) throws {
    let file = URL(fileURLWithPath: store.appending("data.mdb").string)
    var data = try Data(contentsOf: file)
    body(&data)
    let handle = try FileHandle(forWritingTo: file)
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: data)
    try handle.close()
}
