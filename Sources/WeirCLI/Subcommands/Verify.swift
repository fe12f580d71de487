import ArgumentParser
import Weir
import WeirStore

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads every page and every record, audits what became of every message, and says what is wrong.",
        discussion: """
            Prints one record; in text, a line for each problem follows on standard error. Ends with status 2 when there is a problem, in the file or
            in the accounts; `sound` speaks of the file alone.
            Works on a store that is being written: it checks the newest snapshot. It does not trust the file, so that no damage can end this check early,
            and does so with and without --verified.
            The audit is made where the file is sound: messages received = committed + duplicates + dead letters + in flight, for every source, function
            and gate. When nothing was lost or doubled in N messages, the probability of it is at most 3/N with 95 % confidence: `bound`.
            The audit opens the store. Where it may not be opened (without lock.mdb, and in a folder where none may be made), `messages` is none, and the
            reason is on standard error.
            """)

    @OptionGroup var options: StoreOptions

    func run() throws {
        let report = try Store.verify(at: options.path)
        var audit: ConservationAudit?
        var refusal: (any Error)?
        if report.isSound {
            do { audit = try self.audit() } catch { refusal = error }
        }
        try options.print { try print(report, audit, $0) }
        guard report.isSound else {
            throw CommandFailure(
                .damage,
                "\(report.problems.count == 100 ? "100 or more" : "\(report.problems.count)") problems were found in the store at \(options.path): "
                    + "stop its writer and restore a backup.")
        }
        if let refusal {
            guard let refusal = refusal as? StoreError, refusal.code != .corrupt else { throw refusal }
            StandardOutput.note("weir: The file is sound, but what became of its messages was not audited: \(refusal.message)")
        }
        guard let audit, !audit.findings.isEmpty else { return }
        throw CommandFailure(
            .damage,
            "The file of the store at \(options.path) is sound, but \(audit.findings.count) accounts of its messages do not add up: "
                + "keep a backup of it as it is, and report this.")
    }

    /// Of the newest commit, which may be a later one than the file's check has seen.
    private func audit() throws -> ConservationAudit {
        FaultGuard.install(options.store)
        let store = try Store.open(at: options.path, configuration: StoreConfiguration(access: .readOnly))
        defer { store.close() }
        return try ConservationAudit(of: store)
    }

    private func print(_ report: VerificationReport, _ audit: ConservationAudit?, _ output: Output) throws {
        let problems = report.problems + (audit?.findings ?? [])
        var fields = [
            Field("store", .text("\(options.path)")),
            Field("sound", .truth(report.isSound)),
            Field("transactionID", .unsigned(report.transactionID.rawValue)),
            Field("epoch", .unsigned(report.epoch)),
            Field("tables", .count(report.tables.count)),
            Field("records", .unsigned(report.tables.reduce(0) { $0 &+ $1.records })),
            Field("usedPages", .unsigned(report.usedPages)),
            Field("freePages", .unsigned(report.freePages)),
            Field("pageBytes", .size(UInt64(report.pageBytes)), heading: "page"),
        ]
        if report.isSound {
            fields += [
                Field("messages", .optional(audit?.messages) { .unsigned($0) }),
                Field("lostOrDoubled", .optional(audit?.flows) { .unsigned($0.reduce(0) { $0 &+ $1.imbalance.magnitude }) }),
                Field("bound", .optional(audit?.bound) { .real($0) }),
            ]
        }
        if output.format == .json {
            if report.isSound { fields.append(Field("flows", .optional(audit?.flows) { .list($0.map(Self.value)) })) }
            fields.append(Field("problems", .list(problems.map { .text($0) })))
        } else {
            fields.append(Field("problems", .count(problems.count)))
            for problem in problems { StandardOutput.note(FieldValue.text(problem).plain) }
        }
        try output.record(fields)
    }

    private static func value(_ flow: ConservationAudit.Flow) -> FieldValue {
        .object([
            Field("kind", .text(flow.kind)), Field("name", .text(flow.name)), Field("received", .unsigned(flow.received)),
            Field("committed", .unsigned(flow.committed)), Field("duplicates", .unsigned(flow.duplicates)),
            Field("deadLettered", .unsigned(flow.deadLettered)), Field("inFlight", .unsigned(flow.inFlight)),
        ])
    }
}
