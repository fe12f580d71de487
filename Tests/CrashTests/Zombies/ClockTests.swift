import Testing
import Weir
import WeirStore
import WeirTesting

/// Producers, registrations and responses under a clock that jumps, for many simulated days: nothing is forgotten before its age is up by the clock's own
/// readings, nothing is kept for ever, and nothing traps.
@Suite("A clock that jumps", .serialized)
struct ClockTests {
    static let days = ProofSize.number("CLOCK_DAYS", 120)
    private static let members = 300
    private static let usesOfDay = 30

    @Test("producers that number themselves are forgotten in their time")
    func selfNumbered() throws {
        try simulate("self-numbered producers") { try SelfNumberedProducers(store: $0, members: Self.members) }
    }

    @Test("registered producers and their sequences are forgotten in their time, whichever time is longer", arguments: [1, 4, 40])
    func registered(factor: Int) throws {
        try simulate("registered producers, sequences kept \(factor) times as long") {
            try RegisteredProducers(store: $0, members: Self.members, sequencesKept: factor)
        }
    }

    @Test("responses to message IDs are forgotten in their time")
    func responses() throws {
        try simulate("message IDs") { try Responses(store: $0) }
    }

    @Test("the ends of what can be read as a time trap nowhere, and nothing is forgotten too early there either")
    func extremes() throws {
        var random = SeededGenerator(seed: ProofSize.seed)
        try withTemporaryStore { store in
            let subjects: [any Forgetful] = [
                try SelfNumberedProducers(store: store, members: 100),
                try RegisteredProducers(store: store, members: 100, sequencesKept: 4),
                try Responses(store: store),
            ]
            for subject in subjects {
                var watch = ForgettingWatch(subject)
                for _ in 0..<1000 {
                    let times: [UInt64] = [0, 1, .max, .max - 1, .max / 2, .random(in: 0 ... .max, using: &random)]
                    let now = Timestamp(milliseconds: times[Int.random(in: 0..<times.count, using: &random)])
                    try watch.use(Int.random(in: 0..<100, using: &random), at: now)
                    _ = try subject.expire(at: now)
                }
                #expect(watch.early.isEmpty, "seed \(ProofSize.seed), \(type(of: subject)): \(watch.early.prefix(3))")
            }
        }
    }

    private func simulate(_ what: String, _ make: (Store) throws -> any Forgetful) throws {
        try withTemporaryStore { store in
            let subject = try make(store)
            var watch = ForgettingWatch(subject)
            var clock = JumpingClock(seed: ProofSize.seed)
            var random = SeededGenerator(seed: ProofSize.seed &+ 1)
            for _ in 0..<Self.days {
                for _ in 0..<Self.usesOfDay {
                    clock.pass(2 * JumpingClock.day / UInt64(Self.usesOfDay))
                    // Some are in constant use, the others come back now and then.
                    let isBusy = Bool.random(using: &random)
                    try watch.use(Int.random(in: 0..<(isBusy ? Self.members / 10 : Self.members), using: &random), at: clock.reading())
                }
            }
            // When time has caught up with the latest that was ever shown, all that nobody uses goes.
            let end = Timestamp(milliseconds: clock.latest + 2 * (subject.ages.max() ?? 0))
            for _ in 0...2 * Self.members where try subject.expire(at: end) == 0 { break }
            let left = try subject.count()
            ProofSize.report(
                row: 8, "days of \(what) under \(clock.jumps) jumps of the clock (\(watch.forgotten) forgotten)", done: Self.days,
                bad: watch.early.count + left)
            #expect(watch.early.isEmpty, "seed \(ProofSize.seed), forgotten too early: \(watch.early.prefix(3))")
            #expect(left == 0, "seed \(ProofSize.seed): kept for ever")
            #expect(watch.forgotten > 0, "what is never forgotten proves nothing")
        }
    }
}

/// Notes when each member was used, and whether it may be forgotten.
private struct ForgettingWatch {
    private struct Use {
        /// The latest that the clock showed when it was used.
        var last: UInt64
        /// The latest that it has shown since the last use.
        var since: UInt64
    }

    private let subject: any Forgetful
    private var uses: [Int: [Use?]] = [:]
    private(set) var forgotten = 0
    private(set) var early: [String] = []

    init(_ subject: any Forgetful) { self.subject = subject }

    mutating func use(_ member: Int, at now: Timestamp) throws {
        uses = uses.mapValues { known in
            known.map { use in use.map { Use(last: $0.last, since: max($0.since, now.rawValue)) } }
        }
        let remembered = try subject.use(member, at: now)
        var own = uses[member] ?? subject.ages.map { _ in nil }
        for (aspect, age) in subject.ages.enumerated() {
            let before = own[aspect]
            if let before, remembered[aspect] == false {
                forgotten += 1
                let (due, overflow) = before.last.addingReportingOverflow(age)
                if before.since < (overflow ? .max : due) {
                    early.append("member \(member), aspect \(aspect): used at \(before.last), latest since \(before.since), age \(age)")
                }
            }
            if before != nil, remembered[aspect] == true, !subject.isRefreshedByUse { continue }
            let last = remembered[aspect] == true ? max(before?.last ?? 0, now.rawValue) : now.rawValue
            own[aspect] = Use(last: last, since: now.rawValue)
        }
        uses[member] = own
    }
}
