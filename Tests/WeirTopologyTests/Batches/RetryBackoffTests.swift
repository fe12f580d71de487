import Testing

@testable import WeirTopology

@Suite("How long a topology waits before it starts again")
struct RetryBackoffTests {
    static func backoff(_ change: (inout TopologyConfiguration) -> Void = { _ in }) -> RetryBackoff {
        var configuration = TopologyConfiguration()
        configuration.retryWait = .milliseconds(10)
        configuration.maximumRetryWait = .milliseconds(70)
        change(&configuration)
        return RetryBackoff(configuration)
    }

    @Test("the first failure is followed at once, then the wait doubles up to its limit, and a commit begins anew")
    func doubling() {
        var longest = Self.backoff()
        var shortest = Self.backoff()
        for _ in 0..<2 {
            #expect((0..<6).map { _ in shortest.failed(random: 0) } == [0, 5, 10, 20, 35, 35].map { .milliseconds($0) })
            let waits = (0..<6).map { _ in longest.failed(random: .max) }
            #expect(waits[0] == .zero)
            for (wait, limit) in zip(waits.dropFirst(), [10, 20, 40, 70, 70]) {
                #expect(wait <= .milliseconds(limit) && wait > .milliseconds(limit) - .microseconds(1))
            }
            longest.committed()
            shortest.committed()
        }
    }

    @Test("what is drawn lies between half of the wait and all of it")
    func jitter() {
        var previous = Duration.zero
        for part in 0..<64 as Range<UInt64> {
            var backoff = Self.backoff()
            _ = backoff.failed(random: 0)
            let wait = backoff.failed(random: part << 58)
            #expect(wait >= .milliseconds(5) && wait < .milliseconds(10) && wait > previous)
            previous = wait
        }
    }

    @Test("patience is measured by what was waited since the last commit")
    func patience() {
        #expect(!Self.backoff().isPatient)
        var backoff = Self.backoff { $0.retryDuration = .milliseconds(30) }
        var waited = Duration.zero
        for _ in 0..<100 where backoff.isPatient { waited += backoff.failed(random: 0) }
        #expect(waited == .milliseconds(35))
        backoff.committed()
        #expect(backoff.isPatient)
    }

    @Test("no number of failures makes it overflow")
    func many() {
        var backoff = Self.backoff { $0.maximumRetryWait = .seconds(86_400) }
        var longest = Duration.zero
        for _ in 0..<10_000 { longest = max(longest, backoff.failed(random: .max)) }
        #expect(longest <= .seconds(86_400) && longest > .seconds(86_399))
    }
}
