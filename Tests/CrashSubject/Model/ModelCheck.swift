import Foundation
import SystemPackage
import Weir
import WeirStore

/// Looks at a store that the model was committed to, after whatever happened to it.
struct ModelCheck {
    let path: FilePath
    let seed: UInt64
    /// The steps that were promised, and those that were begun.
    let acknowledged: UInt64
    let begun: UInt64

    /// What is wrong, by the invariant's name; empty when all is well. Opens the store for writing, as the next life of a program would.
    func problems() throws -> [String] {
        guard try Self.isMade(path) else {
            return acknowledged == 0 ? [] : ["I1: \(acknowledged) steps were acknowledged, and there is no store"]
        }
        var problems = try Store.verify(at: path).problems.map { "I7: \($0)" }
        let store = try Store.open(at: path)
        defer { store.close() }
        let found = try Self.contents(of: store)
        if found.offset < acknowledged { problems.append("I1: \(acknowledged) steps were acknowledged, \(found.offset) are there") }
        if found.offset > begun { problems.append("I2: \(begun) steps were begun, \(found.offset) are there") }
        let expected = Contents(after: found.offset, seed: seed)
        if let difference = expected.difference(from: found) { problems.append("I3: after \(found.offset) steps \(difference)") }
        problems += try historyProblems(store, found.offset)
        return problems + backupProblems()
    }

    /// Whether the store was ever made: until then there is nothing to lose.
    static func isMade(_ path: FilePath) throws(StoreError) -> Bool {
        do throws(StoreError) {
            try Store.open(at: path, configuration: StoreConfiguration(access: .readOnly)).close()
            return true
        } catch {
            guard error.code == .notFound else { throw error }
            return false
        }
    }

    static func contents(of store: Store) throws -> Contents {
        var found = Contents()
        guard let words = try store.existingTable("words", key: String.self, value: UInt64.self),
            let values = try store.existingTable("values", key: UInt64.self, value: [UInt8].self),
            let messages = try store.existingTable("messages", key: Pair<UInt64, UInt64>.self, value: UInt64.self)
        else { return found }
        let states = try StateView.states(in: store).map(\.name)
        let counts = states.contains("counts") ? try StateView("counts", of: ModelTables.topology, in: store) : nil
        let names = states.contains("names") ? try StateView("names", of: ModelTables.topology, in: store) : nil
        try DeadLetters.scan(store) { _, number, letter in
            found.letters[number] = letter.next
            return .next
        }
        return try store.read { snapshot in
            found.offset = try ModelTables.offset(in: snapshot)
            try snapshot.scan(words) { word, value in
                found.words[word] = value
                return .next
            }
            try snapshot.scan(values) { key, bytes in
                found.values[key] = bytes
                return .next
            }
            try snapshot.scan(messages) { message, step in
                found.messages[message.first, default: []].append(step)
                return .next
            }
            try counts?.scan(in: snapshot) { key, value in
                found.counts[try UInt64(storageBytes: key)] = try Counter(storageBytes: value).value
                return .next
            }
            try names?.scan(in: snapshot) { key, value in
                found.names[try UInt64(storageBytes: key)] = [UInt8](value)
                return .next
            }
            return found
        }
    }

    /// I4 and I5: each step is there once; epochs and stretches never go back, and transaction IDs have no gaps where nobody else commits.
    private func historyProblems(_ store: Store, _ offset: UInt64) throws -> [String] {
        guard let history = try store.existingTable("history", key: UInt64.self, value: Pair<UInt64, UInt64>.self) else {
            return offset == 0 ? [] : ["I4: there is no history of \(offset) steps"]
        }
        return try store.read { snapshot in
            var problems: [String] = []
            var last = (step: UInt64(0), id: TransactionID.zero, place: Pair<UInt64, UInt64>(0, 0))
            try snapshot.scanRaw(history.raw) { key, value, id in
                let step = try UInt64(storageBytes: key)
                let place = try Pair<UInt64, UInt64>(storageBytes: value)
                if step != last.step + 1 { problems.append("I4: step \(step) follows step \(last.step)") }
                let isSame = place == last.place
                let isNext = id == last.id.next || Step.isInBurst(step) && id == last.id
                if isSame ? !isNext : id <= last.id || place.first < last.place.first || place.second <= last.place.second {
                    problems.append(
                        "I5: step \(step) has transaction \(id), epoch \(place.first); before it \(last.id), \(last.place.first)")
                }
                last = (step, id, place)
                return .next
            }
            if last.step != offset { problems.append("I4: the history ends with step \(last.step), the offset is \(offset)") }
            if snapshot.transactionID <= last.id { problems.append("I5: the opening has transaction \(snapshot.transactionID)") }
            if store.epoch <= last.place.first { problems.append("I5: the opening has epoch \(store.epoch)") }
            return problems
        }
    }

    /// Whatever carries a backup's name is whole, and is the model at some step.
    private func backupProblems() -> [String] {
        guard let name = path.lastComponent?.string else { return [] }
        let folder = path.removingLastComponent().string
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(name + "-backup") && !$0.hasSuffix(".partial") }.compactMap { backup in
            do {
                let path = FilePath("\(folder)/\(backup)")
                if let problem = try Store.verify(at: path).problems.first { return "I7: \(backup): \(problem)" }
                let store = try Store.open(at: path, configuration: StoreConfiguration(access: .readOnly))
                defer { store.close() }
                let found = try Self.contents(of: store)
                return Contents(after: found.offset, seed: seed).difference(from: found).map { "I3: \(backup): \($0)" }
            } catch { return "I7: \(backup): \(error)" }
        }
    }
}
