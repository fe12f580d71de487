import ArgumentParser

/// The program that `CrashTests` kills, starves and lies to: each subcommand does one kind of work on a store, tells on standard output what was
/// acknowledged, and can check afterwards that what it says is there. Not a product: it is built beside the tests.
@main
struct Command: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "CrashSubject", abstract: "Works on a store, to be killed while it does.",
        subcommands: [
            CheckSoak.self,
            CheckSteps.self,
            Consume.self,
            Copy.self,
            Count.self,
            CountWords.self,
            Damaged.self,
            Handle.self,
            Hold.self,
            Latency.self,
            Peek.self,
            Produce.self,
            Receive.self,
            Recovery.self,
            Soak.self,
            Sound.self,
            Starve.self,
            States.self,
            Steps.self,
            Updates.self,
        ])
}
