import Testing
import Weir

@Suite("Registrations")
struct ProducerRegistrationTests {
    /// The rows of one gate, in memory.
    private struct Rows {
        var nextID: UInt64 = 1
        var current: ProducerRegistration?
        var byID: [UInt64: ProducerRegistration] = [:]

        /// What the thin layer does with a verdict; nil when it is fenced.
        mutating func register(_ continuing: ProducerIdentity?, lastEpoch: UInt32) -> ProducerIdentity? {
            switch ProducerRegistration.verdict(current: current, continuing: continuing, lastEpoch: lastEpoch) {
            case .fenced: return nil
            case .keep: break
            case .raise(let raised): store(raised)
            case .replace, .create:
                if let current { byID[current.producer]?.epoch = ProducerRegistration.retiredEpoch }
                store(ProducerRegistration(producer: nextID, epoch: 0))
                nextID += 1
            }
            return current.map { ProducerIdentity(producer: $0.producer, epoch: $0.epoch) }
        }

        private mutating func store(_ registration: ProducerRegistration) {
            current = registration
            byID[registration.producer] = registration
        }
    }

    private func explore(_ rows: Rows, _ handedOut: [ProducerIdentity], depth: Int) -> Int {
        guard depth > 0 else { return 0 }
        var tried = 0
        for continuing in [nil] + handedOut.map(Optional.some) {
            tried += 1
            var (rows, handedOut) = (rows, handedOut)
            guard let new = rows.register(continuing, lastEpoch: 2) else {
                #expect(continuing != handedOut.last, "the current one may go on")
                continue
            }
            if let continuing, new == handedOut.last {
                #expect(handedOut.dropLast().last == continuing, "only the question before is answered again")
            } else {
                #expect(continuing == nil || continuing == handedOut.last, "only the current one may go on")
                #expect(!handedOut.contains(new), "no identity is handed out twice")
                handedOut.append(new)
            }
            for old in handedOut {
                let standing = ProducerRegistration.standing(of: old.epoch, rows.byID[old.producer])
                #expect((standing == .current) == (old == new), "\(old) while \(new) is current: \(standing)")
            }
            tried += explore(rows, handedOut, depth: depth - 1)
        }
        return tried
    }

    @Test("of all identities that were handed out, the newest alone is current")
    func newestAlone() {
        #expect(explore(Rows(), [], depth: 8) > 1000)
    }

    @Test("an epoch that was never handed out is refused, and so is one of an ID that was given up")
    func standing() {
        let registration = ProducerRegistration(producer: 1, epoch: 5)
        #expect(ProducerRegistration.standing(of: 6, registration) == .neverIssued(current: 5))
        #expect(ProducerRegistration.standing(of: 0, nil) == .unknown)
        let retired = ProducerRegistration(producer: 1, epoch: ProducerRegistration.retiredEpoch)
        for epoch in [0, 5, UInt32.max] {
            #expect(ProducerRegistration.standing(of: epoch, retired) == .fenced(current: ProducerRegistration.retiredEpoch))
        }
    }

    @Test("who was forgotten cannot go on from what it had")
    func forgotten() {
        let old = ProducerIdentity(producer: 1, epoch: 3)
        #expect(ProducerRegistration.verdict(current: nil, continuing: old) == .fenced(current: nil))
        #expect(ProducerRegistration.verdict(current: nil, continuing: nil) == .create)
    }
}
