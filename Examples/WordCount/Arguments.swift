import ArgumentParser

/// A length of time as one writes it: 10ms, 1.5s, 250us.
struct DurationArgument: ExpressibleByArgument, Equatable, CustomStringConvertible {
    let duration: Duration
    let description: String

    init?(argument: String) {
        let units: [(suffix: String, nanoseconds: Double)] = [("ns", 1), ("us", 1e3), ("ms", 1e6), ("min", 60e9), ("s", 1e9)]
        guard let unit = units.first(where: { argument.hasSuffix($0.suffix) }),
            let number = Double(argument.dropLast(unit.suffix.count)), number.isFinite, number > 0
        else { return nil }
        let nanoseconds = (number * unit.nanoseconds).rounded()
        guard nanoseconds >= 1, nanoseconds < 1e18 else { return nil }
        duration = .nanoseconds(Int64(nanoseconds))
        description = argument
    }
}

/// The three guarantees by their names.
enum GuaranteeName: String, ExpressibleByArgument, CaseIterable {
    case atMostOnce = "at-most-once"
    case atLeastOnce = "at-least-once"
    case exactlyOnce = "exactly-once"
}

/// How results are written to standard output.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
