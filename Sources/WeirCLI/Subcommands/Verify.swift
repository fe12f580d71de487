import ArgumentParser
import Weir
import WeirStore

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads every page and every record, audits what became of every message, and says what is wrong.",
        discussion: """
            Prints one record; in text, a line for each problem follows on standard error. Ends with status 2 when there is a problem.
            Works on a store that is being written: it checks the newest snapshot. Never trusts the file: no damage can end it early.
            The audit is made where the file is sound: messages received = committed + duplicates + dead letters + in flight, for every source, function
            and gate. When nothing was lost or doubled in N messages, the probability of it is at most 3/N with 95 % confidence: `bound`.
            """)

    @OptionGroup var options: StoreOptions

    func run() throws {
        let report = try Store.verify(at: options.path)
        let audit = report.isSound ? try audit() : nil
        try options.print { try print(report, audit, $0) }
        guard report.isSound else {
            throw CommandFailure(
                .damage,
                "\(report.problems.count == 100 ? "100 or more" : "\(report.problems.count)") problems were found in the store at \(options.path): "
                    + "stop its writer and restore a backup.")
        }
        guard let audit, !audit.findings.isEmpty else { return }
        throw CommandFailure(
            .damage,
            "The file of the store at \(options.path) is sound, but \(audit.findings.count) accounts of its messages do not add up: "
                + "keep a backup of it as it is, and report this.")
    }

    /// Of the newest commit, which may be a later one than the file's check has seen.
    private func audit() throws -> ConservationAudit {
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
        if let audit {
            fields += [
                Field("messages", .unsigned(audit.messages)),
                Field("lostOrDoubled", .unsigned(audit.flows.reduce(0) { $0 &+ $1.imbalance.magnitude })),
                Field("bound", .optional(audit.bound) { .real($0) }),
            ]
        }
        if output.format == .json {
            if let audit { fields.append(Field("flows", .list(audit.flows.map(Self.value)))) }
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
