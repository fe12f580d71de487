import ArgumentParser

/// A producer as a device is one: sends numbers from a first one on (`send PRODUCER EPOCH SEQUENCE NUMBER`) and waits for each answer, until one is a refusal,
/// which it repeats.
struct Produce: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Sends numbers as one producer in one epoch.")

    @Argument(help: "Its ID.") var producer: UInt64
    @Argument(help: "Its epoch.") var epoch: UInt32
    @Argument(help: "The first number it sends.") var first: UInt64

    func run() throws {
        var sequence = 0
        while true {
            say("send \(producer) \(epoch) \(sequence) \(first + UInt64(sequence))")
            guard let answer = readLine() else { return }
            guard answer == "accepted" else { return say("refused \(answer)") }
            sequence += 1
        }
    }
}
