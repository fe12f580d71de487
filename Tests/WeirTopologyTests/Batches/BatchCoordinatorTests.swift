import Testing
import WeirTesting

@testable import WeirTopology

@Suite("When batches are closed and committed")
struct BatchCoordinatorTests {
    static func coordinator(_ order: BatchCoordinator.Order, inFlight: Int = 2) -> BatchCoordinator {
        BatchCoordinator(order: order, spouts: 1, bolts: 2, interval: 10, maximumInFlight: inFlight)
    }

    @Test("nothing is closed before the interval, nor when nothing happened")
    func interval() {
        var coordinator = Self.coordinator(.aligned)
        #expect(coordinator.poll(now: 100, activity: 0) == [])
        #expect(coordinator.poll(now: 9, activity: 1) == [])
        #expect(coordinator.deadline(activity: 1) == 10)
        #expect(coordinator.poll(now: 10, activity: 1) == [.askSpouts(1)])
        #expect(coordinator.poll(now: 100, activity: 1) == [])
        #expect(coordinator.deadline(activity: 1) == nil)
    }

    @Test("aligned: batches overlap up to the limit and are submitted when all have handed in")
    func aligned() {
        var coordinator = Self.coordinator(.aligned)
        #expect(coordinator.poll(now: 10, activity: 1) == [.askSpouts(1)])
        #expect(coordinator.poll(now: 20, activity: 2) == [.askSpouts(2)])
        #expect(coordinator.poll(now: 30, activity: 3) == [])
        #expect(coordinator.spoutHandedIn(1) == [])
        #expect(coordinator.boltHandedIn(1) == [])
        #expect(coordinator.boltHandedIn(1) == [.submit(1)])
        #expect(coordinator.poll(now: 30, activity: 3) == [])
        #expect(coordinator.committed(1, now: 35, activity: 3) == [.askSpouts(3)])
    }

    @Test("offsets first: states are asked for when all offsets are there")
    func offsetsFirst() {
        var coordinator = Self.coordinator(.offsetsFirst)
        #expect(coordinator.poll(now: 10, activity: 1) == [.askSpouts(1)])
        #expect(coordinator.poll(now: 20, activity: 2) == [])
        #expect(coordinator.spoutHandedIn(1) == [.askBolts(1)])
        #expect(coordinator.boltHandedIn(1) == [])
        #expect(coordinator.boltHandedIn(1) == [.submit(1)])
        #expect(coordinator.poll(now: 30, activity: 3) == [.askSpouts(2)])
    }

    @Test("states first: offsets are asked for when all states are there")
    func statesFirst() {
        var coordinator = Self.coordinator(.statesFirst)
        #expect(coordinator.poll(now: 10, activity: 1) == [.askBolts(1)])
        #expect(coordinator.boltHandedIn(1) == [])
        #expect(coordinator.boltHandedIn(1) == [.askSpouts(1)])
        #expect(coordinator.spoutHandedIn(1) == [.submit(1)])
    }

    @Test("the last batch follows all others and ends the run", arguments: [BatchCoordinator.Order.aligned, .offsetsFirst, .statesFirst])
    func last(_ order: BatchCoordinator.Order) {
        var coordinator = Self.coordinator(order, inFlight: 1)
        let first = coordinator.poll(now: 10, activity: 1)
        #expect(first.count == 1)
        #expect(coordinator.spoutsEnded(activity: 1) == [])
        var actions: [BatchCoordinator.Action] = []
        if order == .statesFirst {
            actions += coordinator.boltHandedIn(1) + coordinator.boltHandedIn(1) + coordinator.spoutHandedIn(1)
        } else {
            actions += coordinator.spoutHandedIn(1) + coordinator.boltHandedIn(1) + coordinator.boltHandedIn(1)
        }
        #expect(actions.last == .submit(1))
        #expect(coordinator.committed(1, now: 11, activity: 1) == [.askLast(2)])
        #expect(coordinator.poll(now: 99, activity: 9) == [])
        #expect(coordinator.spoutHandedIn(2) == [])
        #expect(coordinator.boltHandedIn(2) == [])
        #expect(coordinator.boltHandedIn(2) == [.submit(2)])
        #expect(coordinator.committed(2, now: 99, activity: 9) == [.finish])
        #expect(coordinator.isFinished)
    }
}
