import SystemPackage
import WeirStore

/// One life of a program that commits the model's steps and does not give up at the first error.
final class ModelLife {
    /// Why it ended early.
    enum End: Error, CustomStringConvertible {
        case gaveUp(String)
        case wrong(String)

        var status: Int32 {
            switch self {
            case .gaveUp: 3
            case .wrong: 4
            }
        }
        var description: String {
            switch self {
            case .gaveUp(let reason): "gave up: \(reason)"
            case .wrong(let reason): "wrong: \(reason)"
            }
        }
    }

    let path: FilePath
    let configuration: StoreConfiguration
    let seed: UInt64
    let last: UInt64
    let attempts: Int
    let maintains: Bool
    let planted: Planted
    private var failures = 0
    private var backups = 0

    init(
        path: FilePath, configuration: StoreConfiguration, seed: UInt64, last: UInt64, attempts: Int, maintains: Bool, planted: Planted
    ) {
        (self.path, self.configuration, self.seed, self.last) = (path, configuration, seed, last)
        (self.attempts, self.maintains, self.planted) = (attempts, maintains, planted)
    }

    func run() throws {
        let run = try insisting("open") { try ModelRun(at: path, configuration: configuration, seed: seed, planted: planted) }
        say("opened \(run.store.epoch) \(try run.offset())")
        var next = try run.offset() + 1
        while next <= last {
            let steps = Step.together(from: next, last: last, seed: seed)
            try commit(steps, in: run)
            let committed = try insisting("read") { try offset(of: run) }
            if maintains, committed >= next { for number in next...committed { try maintain(run, after: number) } }
            next = committed + 1
        }
        say("done \(last)")
    }

    /// Tries a few steps once, and finds out what became of them.
    private func commit(_ steps: [Step], in run: ModelRun) throws {
        for step in steps { say("begun \(step.number)") }
        if planted == .acknowledgesEarly { for step in steps { say("acknowledged \(step.number) 0") } }
        let outcomes = run.commit(steps)
        var firstFailure: Failure?
        for (step, outcome) in zip(steps, outcomes) {
            switch outcome {
            case .success(let id): say("acknowledged \(step.number) \(id)")
            case .failure(let error):
                let failure = try noted(error, "commit")
                if planted == .ignoresErrors { say("acknowledged \(step.number) 0") }
                firstFailure = firstFailure ?? failure
            }
        }
        guard let failure = firstFailure else { return failures = 0 }
        let after = try insisting("arrange") {
            // After an error of unknown outcome, reading is refused until a write has opened the files again.
            if failure.isUnknown { try run.store.write { _ in } }
            try run.arrange()
            return try run.offset()
        }
        for (step, outcome) in zip(steps, outcomes) {
            switch outcome {
            case .success where step.number > after: throw End.wrong("step \(step.number) succeeded, and the offset is \(after)")
            case .failure(let error) where step.number <= after && Failure(error)?.isUnknown == false:
                throw End.wrong("step \(step.number) failed (\(error)), and the offset is \(after)")
            default: break
            }
        }
    }

    /// Reading needs no system call that could fail: it must work, unless the files could not be opened again.
    private func offset(of run: ModelRun) throws -> UInt64 {
        do { return try run.offset() } catch {
            guard Failure(error)?.isUnknown == true else { throw End.wrong("a read failed: \(error)") }
            try run.store.write { _ in }
            return try run.offset()
        }
    }

    private func maintain(_ run: ModelRun, after number: UInt64) throws {
        switch number % 12 {
        case 1: try insisting("reopen") { try run.reopen() }
        case 5:
            try insisting("back up") {
                backups += 1
                try run.store.backup(to: FilePath("\(path)-backup-\(number)-\(backups)"), compacting: number % 24 < 12)
            }
        case 9: try insisting("compact") { try run.reopen { _ = try Store.compact(at: path) } }
        default: return
        }
        say("maintained \(number)")
    }

    /// Tries until it works, as often as is allowed.
    private func insisting<R>(_ what: String, _ body: () throws -> R) throws -> R {
        while true {
            do { return try body() } catch let end as End { throw end } catch { _ = try noted(error, what) }
        }
    }

    /// Counts a failure; one without a type is a bug.
    private func noted(_ error: any Error, _ what: String) throws -> Failure {
        guard let failure = Failure(error) else { throw End.wrong("\(what): an error without a type: \(type(of: error)) \(error)") }
        failures += 1
        say("failed \(what) \(failure.code)")
        guard failures < attempts else { throw End.gaveUp("\(what): \(failure)") }
        return failure
    }
}
