import Glibc
import SystemPackage
import WeirStore

/// What there is not enough of, how it is taken away, and how it is given back.
enum Shortage {
    /// A limit on the size of files (`ulimit -f`): writes beyond it fail, or are cut short at it.
    case fileSize(FilePath)
    /// A disk: a file beside the store takes up the rest of it.
    case disk(Ballast)
    /// The store's own `maximumSize`: a table takes up the rest of it.
    case map(Table<UInt64, [UInt8]>)

    /// How finely it can be taken away, in bytes.
    var grain: Int {
        switch self {
        case .fileSize: 512
        case .disk: 4096
        case .map: Self.piece
        }
    }

    static let piece = 60_000

    /// Leaves about so many bytes for what comes.
    func takeAllBut(_ bytes: Int, _ store: Store) throws {
        switch self {
        case .fileSize(let file):
            // Below the file's size, too: pages in the middle of it are written just as well. But not below the meta pages: no disk that is full fails there,
            // where room is not what is wanted.
            var facts = stat()
            guard stat(file.string, &facts) == 0 else { throw Errno(rawValue: errno) }
            try limitFiles(to: UInt(max(8192, Int(facts.st_size) + (64 << 10) - bytes)))
        case .disk(let ballast): try ballast.fill(leaving: bytes)
        case .map(let table):
            try fill(table, store)
            try remove(bytes / Self.piece, from: table, store)
        }
    }

    /// Gives back more than is needed.
    func giveBack(_ store: Store) throws {
        switch self {
        case .fileSize: try limitFiles(to: .max)
        case .disk(let ballast): try ballast.shrink(by: 8 << 20)
        case .map(let table): try remove(12, from: table, store)
        }
    }

    /// Writes until the store is full: then, and for no other reason, it must refuse.
    private func fill(_ table: Table<UInt64, [UInt8]>, _ store: Store) throws {
        do {
            while true {
                try store.write { transaction in
                    var next: UInt64 = 0
                    try transaction.scan(table, reverse: true) { key, _ in
                        next = key + 1
                        return .stop
                    }
                    try transaction.put([UInt8](repeating: 0xEE, count: Self.piece), for: next, in: table)
                }
            }
        } catch let error as StoreError where error.code == .full { return }
    }

    /// A full store can delete.
    private func remove(_ count: Int, from table: Table<UInt64, [UInt8]>, _ store: Store) throws {
        for _ in 0..<count {
            try store.write { transaction in
                var oldest: UInt64?
                try transaction.scan(table) { key, _ in
                    oldest = key
                    return .stop
                }
                if let oldest { try transaction.delete(oldest, in: table) }
            }
        }
    }

    private func limitFiles(to bytes: UInt) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        limit.rlim_cur = min(bytes, limit.rlim_max)
        guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { throw Errno(rawValue: errno) }
    }
}

/// A file that takes up room on a disk.
final class Ballast {
    private let descriptor: Int32
    private var bytes = 0

    init(at path: FilePath) throws {
        descriptor = open(path.string, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    }

    deinit { close(descriptor) }

    /// Grows until nothing fits any more, then gives a little back.
    func fill(leaving room: Int) throws {
        for size in [1 << 20, 64 << 10, 4096] {
            let piece = [UInt8](repeating: 0xBA, count: size)
            while pwrite(descriptor, piece, size, bytes) == size { bytes += size }
        }
        // The file system finds the last blocks only when all that waits is on the disk.
        fsync(descriptor)
        let piece = [UInt8](repeating: 0xBA, count: 4096)
        while pwrite(descriptor, piece, 4096, bytes) == 4096 { bytes += 4096 }
        try shrink(by: room)
    }

    func shrink(by room: Int) throws {
        bytes = max(0, bytes - room)
        guard ftruncate(descriptor, bytes) == 0, fsync(descriptor) == 0 else { throw Errno(rawValue: errno) }
    }
}
