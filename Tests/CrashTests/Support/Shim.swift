import Foundation
import Synchronization

/// The library that stands between a program and the system: `Shim/shim.h` says what it does. Compiled once for all tests of a run.
struct Shim {
    /// What becomes of the call that is chosen.
    enum Action: String, CaseIterable {
        case count
        case killBefore = "kill-before"
        case killAfter = "kill-after"
        case fail
        case short
        case doneThenFail = "done-then-fail"
        case record
        case allocation
    }

    /// Which calls of one life are acted on, and how.
    struct Fault: CustomStringConvertible {
        var action = Action.count
        var calls: ClosedRange<Int> = 0...0
        var error: Int32 = EIO
        /// Whether calls count that only read, open, map or lock.
        var countsReads = false

        var description: String {
            let place = calls.count == 1 ? "call \(calls.lowerBound)" : "calls \(calls.lowerBound) to \(calls.upperBound)"
            return "\(action.rawValue) \(place)\(action == .fail || action == .doneThenFail ? " with \(error)" : "")"
        }

        /// For good.
        static let always = Int(Int32.max)
    }

    let library: String

    /// Nil where there is no compiler, or no Linux.
    static let shared: Shim? = compiled()
    static let isMissing = "needs a C compiler and Linux"

    /// The variables that have a program started under the library, for files whose paths begin with `prefix`.
    func environment(_ fault: Fault, prefix: String, log: String) -> [String: String] {
        [
            "LD_PRELOAD": library, "WEIR_SHIM_FOLDER": prefix, "WEIR_SHIM_ACTION": fault.action.rawValue,
            "WEIR_SHIM_AT": "\(fault.calls.lowerBound)", "WEIR_SHIM_UNTIL": "\(fault.calls.upperBound)",
            "WEIR_SHIM_ERRNO": "\(fault.error)",
            "WEIR_SHIM_READS": fault.countsReads ? "1" : "0", "WEIR_SHIM_LOG": log,
        ]
    }

    private static func compiled() -> Shim? {
        #if os(Linux)
            let folder = FileManager.default.temporaryDirectory.appending(path: "weir-shim-\(UUID().uuidString)").path
            let sources = Program.repository.appending(path: "Tests/CrashTests/Shim").path
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: sources),
                (try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)) != nil
            else { return nil }
            temporary.withLock { $0 = folder }
            atexit { Shim.temporary.withLock { $0.map { try? FileManager.default.removeItem(atPath: $0) } } }
            let library = "\(folder)/libweirshim.so"
            let inputs = names.filter { $0.hasSuffix(".c") }.map { "\(sources)/\($0)" }
            for compiler in ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"] where FileManager.default.isExecutableFile(atPath: compiler) {
                let flags = ["-O2", "-shared", "-fPIC", "-pthread", "-o", library]
                if let ending = try? Program(path: compiler).run(flags + inputs + ["-ldl"]), ending.status == 0 {
                    return Shim(library: library)
                }
            }
        #endif
        return nil
    }

    private static let temporary = Mutex<String?>(nil)
}
