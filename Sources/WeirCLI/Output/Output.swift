import ArgumentParser

/// How data is printed.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    /// For people: lines and aligned columns.
    case text
    /// For programs: one JSON object per line.
    case json
}

/// The one way in which every subcommand prints its data.
///
/// In JSON all three shapes are lines with one object each. In text they differ: a record is `heading: value` lines, a table has aligned columns
/// under headings, and a stream has columns parted by tabs, without headings, so that it can be of any length.
final class Output {
    let format: OutputFormat
    private var standard = StandardOutput()

    init(_ format: OutputFormat) { self.format = format }

    /// One thing with its properties.
    func record(_ fields: [Field]) throws {
        guard format == .text else { return try object(fields) }
        let width = fields.map(\.heading.count).max() ?? 0
        for field in fields {
            let padding = String(repeating: " ", count: width - field.heading.count)
            try standard.write("\(field.heading):\(padding) \(field.value.plain)\n")
        }
    }

    /// A list that is short enough to be held: every row has the same keys.
    func table(_ rows: [[Field]]) throws {
        guard format == .text else {
            for row in rows { try object(row) }
            return
        }
        guard let first = rows.first else { return }
        let cells = [first.map(\.heading)] + rows.map { $0.map(\.value.plain) }
        let widths = first.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        for (index, row) in cells.enumerated() {
            var line = ""
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                let isRight = rows[max(0, index - 1)][column].value.isNumber
                line += column == 0 ? "" : "  "
                line += isRight ? padding + cell : cell + (column == row.count - 1 ? "" : padding)
            }
            try standard.write(line + "\n")
        }
    }

    /// One line of a list of any length.
    func stream(_ fields: [Field]) throws {
        guard format == .text else { return try object(fields) }
        try standard.write(fields.map(\.value.plain).joined(separator: "\t") + "\n")
    }

    func flush() throws { try standard.flush() }

    /// Text as it is, for a screen that is drawn anew.
    func screen(_ text: String) throws { try standard.write(text) }

    private func object(_ fields: [Field]) throws {
        var line = ""
        FieldValue.object(fields).json(into: &line)
        try standard.write(line + "\n")
    }
}
