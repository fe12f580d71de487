import Testing
import Weir
import WeirTesting

@Suite("Expiry")
struct ExpiryPolicyTests {
    @Test("an entry is kept for its whole age after its last use, and not much longer, whatever the times")
    func ages() {
        for grain in 1...5 {
            for age in 1...7 {
                let policy = ExpiryPolicy(maximumCount: 10, maximumAge: .milliseconds(age), granularity: .milliseconds(grain))
                for marked in UInt64(0)...20 {
                    for used in marked..<marked + UInt64(grain) {
                        #expect(policy.stays(ExpiryMark(position: 0, time: marked), at: Timestamp(milliseconds: used)))
                        for now in used...used + 20 {
                            let expired = policy.isExpired(marked, at: Timestamp(milliseconds: now))
                            if now <= used + UInt64(age) { #expect(!expired, "used \(used), now \(now), age \(age), grain \(grain)") }
                            if now >= used + UInt64(age + grain) {
                                #expect(expired, "used \(used), now \(now), age \(age), grain \(grain)")
                            }
                        }
                    }
                    #expect(!policy.stays(ExpiryMark(position: 0, time: marked), at: Timestamp(milliseconds: marked + UInt64(grain))))
                }
            }
        }
    }

    @Test("marks grow, in position and in time, whatever the clock does")
    func marks() {
        var random = SeededGenerator.random()
        var account = ExpiryAccount()
        var last: ExpiryMark?
        for _ in 0..<1000 {
            let mark = account.mark(at: Timestamp(milliseconds: UInt64.random(in: 0..<100, using: &random)))
            if let last { #expect(mark.position == last.position + 1 && mark.time >= last.time) }
            last = mark
        }
    }

    @Test("a clock that starts in 1970 forgets nothing, and one that was in the future suspends age alone")
    func jumps() {
        let policy = ExpiryPolicy(maximumCount: 2, maximumAge: .seconds(10), granularity: .seconds(1))
        let year2026 = Timestamp(milliseconds: 1_767_225_600_000)
        var account = ExpiryAccount(count: 1, latest: year2026.rawValue)
        let mark = account.mark(at: Timestamp(milliseconds: 5))
        #expect(mark.time == year2026.rawValue, "counts as the latest time seen")
        #expect(!policy.isExpired(mark.time, at: Timestamp(milliseconds: 6)))
        #expect(!policy.isExpired(1000, at: Timestamp(milliseconds: 6)), "not by the latest time seen: what is in use would go")
        #expect(policy.surplus(entering: 1, ExpiryAccount(count: 2, latest: .max)) == 1, "the count limit always holds")
        #expect(!policy.isExpired(.max, at: Timestamp(milliseconds: .max - 1)), "no overflow")
        #expect(!policy.isExpired(.max - 5000, at: Timestamp(milliseconds: .max)), "what ends behind all time does not end")
    }

    @Test("as many go as must, a slice at most")
    func surplus() {
        for limit in 1...5 {
            let policy = ExpiryPolicy(maximumCount: limit, maximumAge: nil)
            for count in UInt64(0)...200 {
                for entering in UInt64(0)...1 {
                    let surplus = policy.surplus(entering: entering, ExpiryAccount(count: count, latest: 0))
                    #expect(surplus == min(max(0, Int(count + entering) - limit), ExpiryPolicy.slice, Int(count)))
                }
            }
        }
        #expect(ExpiryPolicy(maximumCount: -3, maximumAge: .zero, granularity: .seconds(-1)).maximumCount == 1)
    }
}
