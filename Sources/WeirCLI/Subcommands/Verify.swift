import ArgumentParser
import WeirStore

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads every page and every record, and says what is wrong.",
        discussion: """
            Prints one record; in text, a line for each problem follows on standard error. Ends with status 2 when there is a problem.
            Works on a store that is being written: it checks the newest snapshot. Never trusts the file: no damage can end it early.
            """)

    @OptionGroup var options: StoreOptions

    func run() throws {
        let report = try Store.verify(at: options.path)
        try options.print { try print(report, $0) }
        guard report.isSound else {
            throw CommandFailure(
                .damage,
                "\(report.problems.count == 100 ? "100 or more" : "\(report.problems.count)") problems were found in the store at \(options.path): "
                    + "stop its writer and restore a backup.")
        }
    }

    private func print(_ report: VerificationReport, _ output: Output) throws {
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
        if output.format == .json {
            fields.append(Field("problems", .list(report.problems.map { .text($0) })))
        } else {
            fields.append(Field("problems", .count(report.problems.count)))
            for problem in report.problems { StandardOutput.note(FieldValue.text(problem).plain) }
        }
        try output.record(fields)
    }
}
