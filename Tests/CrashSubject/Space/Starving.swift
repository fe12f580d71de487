import SystemPackage
import WeirStore

/// Rounds of too little room: in each, steps are committed until one fails, tried some more, and committed again once there is room.
struct Starving {
    let run: ModelRun
    let shortage: Shortage
    let seed: UInt64
    /// How long it may take until a step is committed once there is room again.
    let patience: Duration
    private(set) var acknowledged: UInt64 = 0
    private(set) var stops = 0
    private(set) var longestReturn = Duration.zero
    private(set) var codes: [String: Int] = [:]
    private(set) var problems: [String] = []
    private var isArranged = true

    /// What a store may say when there is no room. LMDB calls a write that the system cut short an I/O error.
    private static let expected: Set = ["diskFull", "full", "io"]
    /// Steps after which the room is taken for enough.
    private static let most = 100

    init(run: ModelRun, shortage: Shortage, seed: UInt64, patience: Duration) {
        (self.run, self.shortage, self.seed, self.patience) = (run, shortage, seed, patience)
    }

    /// Leaves so much room, uses it up, gives it back.
    mutating func round(leaving bytes: Int) throws {
        try shortage.takeAllBut(bytes, run.store)
        try run.beginStretch()
        if case .map = shortage { return try useUp() }
        // What is freed from here on is held, so that commits must take new pages.
        try run.store.read { _ in try useUp() }
    }

    private mutating func useUp() throws {
        var tried = 0
        while try commitNext() {
            tried += 1
            guard tried < Self.most else { return try shortage.giveBack(run.store) }
        }
        stops += 1
        for _ in 0..<2 { _ = try commitNext() }
        try shortage.giveBack(run.store)
        try run.beginStretch()
        let began = ContinuousClock.now
        let before = acknowledged
        while acknowledged == before {
            _ = try commitNext()
            guard ContinuousClock.now - began < patience else { break }
        }
        let took = ContinuousClock.now - began
        longestReturn = max(longestReturn, took)
        if acknowledged == before { note("with room again, no step could be committed within \(took)") }
    }

    /// Tries the next step, or burst. Whether all of it is in.
    private mutating func commitNext() throws -> Bool {
        guard arrange() else { return false }
        let steps = Step.together(from: acknowledged + 1, last: acknowledged + 4, seed: seed)
        let failures = run.commit(steps).compactMap { outcome -> (any Error)? in
            guard case .failure(let error) = outcome else { return nil }
            return error
        }
        for error in failures { hear(error) }
        isArranged = failures.isEmpty
        // Reading goes on, or is refused with the reason until a write has opened the files again.
        if let offset = try? run.offset() {
            if failures.isEmpty, offset < acknowledged + UInt64(steps.count) { note("a step succeeded, and the offset is \(offset)") }
            acknowledged = offset
        }
        return failures.isEmpty
    }

    /// After a failure keyed state is thrown away and read again, which needs room, too. Whether it was.
    private mutating func arrange() -> Bool {
        guard !isArranged else { return true }
        do {
            try run.arrange()
            isArranged = true
        } catch { hear(error) }
        return isArranged
    }

    private mutating func hear(_ error: any Error) {
        guard let failure = Failure(error) else { return note("an error without a type: \(error)") }
        let code = failure.code.split(separator: ".").last.map(String.init) ?? failure.code
        codes[code, default: 0] += 1
        if code != "out-of-order", !Self.expected.contains(code) { note("\(failure)") }
    }

    private mutating func note(_ problem: String) {
        if problems.count < 10 { problems.append("stop \(stops), step \(acknowledged + 1): \(problem)") }
    }
}
