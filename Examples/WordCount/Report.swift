/// What a run did, and what the store holds now.
struct Report {
    /// Of this run.
    var sentences: UInt64 = 0
    var words: UInt64 = 0
    var seconds: Double = 0
    var commits: UInt64 = 0
    var commitMicroseconds = Percentiles()
    var replayedBatches: UInt64 = 0
    var replayedTuples: UInt64 = 0
    var skippedTuples: UInt64 = 0
    var deadLetters: UInt64 = 0
    var bytesWritten: UInt64 = 0

    /// Of all runs on this store.
    var totalWords: UInt64 = 0
    var distinctWords: UInt64 = 0
    var transactionID: UInt64 = 0
    var top: [Ranking.Entry] = []

    var store = ""
    var guarantee = ""

    struct Percentiles: Equatable {
        var p50: Double = 0
        var p99: Double = 0
        var p999: Double = 0
    }

    var sentencesPerSecond: Double { seconds > 0 ? Double(sentences) / seconds : 0 }

    /// For people.
    var text: String {
        let width = top.map { Numbers.grouped($0.count).count }.max() ?? 0
        var lines = top.map { entry in
            let count = Numbers.grouped(entry.count)
            return String(repeating: " ", count: width - count.count) + count + "  " + entry.word
        }
        if !lines.isEmpty { lines.append("") }
        if sentences == 0 {
            lines.append("Nothing is new: every line was counted before.")
        } else {
            let rate = Numbers.grouped(UInt64(sentencesPerSecond))
            lines.append(
                "Counted \(Numbers.grouped(sentences)) sentences and \(Numbers.grouped(words)) words, \(guarantee), in \(Numbers.fixed(seconds, decimals: 3)) s (\(rate) sentences/s)."
            )
            let latency = commitMicroseconds
            lines.append(
                "\(Numbers.grouped(commits)) commits of p50 \(micro(latency.p50)), p99 \(micro(latency.p99)), p99.9 \(micro(latency.p999)) us; \(Numbers.bytes(bytesWritten)) written; \(replayedBatches) batches and \(replayedTuples) lines replayed."
            )
        }
        if deadLetters > 0 {
            lines.append(
                "\(Numbers.grouped(deadLetters)) lines could not be counted and were kept aside: weir deadletters list --store \(store)")
        }
        lines.append(
            "The store \(store) holds \(Numbers.grouped(totalWords)) words, \(Numbers.grouped(distinctWords)) of them distinct, as of transaction \(transactionID)."
        )
        return lines.joined(separator: "\n")
    }

    /// For programs: one object on one line.
    var json: String {
        let words = top.map { "{\"word\":\(Self.quoted($0.word)),\"count\":\($0.count)}" }
        let members: [(String, String)] = [
            ("sentences", "\(sentences)"), ("words", "\(self.words)"), ("seconds", Numbers.fixed(seconds, decimals: 6)),
            ("sentences_per_second", Numbers.fixed(sentencesPerSecond, decimals: 1)), ("commits", "\(commits)"),
            ("commit_latency_us_p50", micro(commitMicroseconds.p50)), ("commit_latency_us_p99", micro(commitMicroseconds.p99)),
            ("commit_latency_us_p99_9", micro(commitMicroseconds.p999)), ("replayed_batches", "\(replayedBatches)"),
            ("replayed_tuples", "\(replayedTuples)"), ("skipped_tuples", "\(skippedTuples)"), ("dead_letters", "\(deadLetters)"),
            ("bytes_written", "\(bytesWritten)"),
            ("total_words", "\(totalWords)"), ("distinct_words", "\(distinctWords)"), ("transaction_id", "\(transactionID)"),
            ("guarantee", Self.quoted(guarantee)), ("store", Self.quoted(store)), ("top", "[" + words.joined(separator: ",") + "]"),
        ]
        return "{" + members.map { "\(Self.quoted($0)):\($1)" }.joined(separator: ",") + "}"
    }

    private func micro(_ value: Double) -> String { Numbers.fixed(value, decimals: 0) }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            default:
                if scalar.value < 0x20 {
                    let hexadecimal = String(scalar.value, radix: 16)
                    quoted += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }
}
