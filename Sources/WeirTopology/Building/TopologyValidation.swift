/// Everything that can be known to be wrong before a topology runs.
enum TopologyValidation {
    static let maximumParallelism = 4096

    /// Checks the components and returns them in topological order, spouts first.
    static func check(_ name: String, _ components: [ComponentSpecification]) throws(TopologyError) -> [ComponentSpecification] {
        try checkName(name, "The topology")
        var byName: [String: ComponentSpecification] = [:]
        for component in components {
            try checkName(component.name, "A component")
            guard byName.updateValue(component, forKey: component.name) == nil else {
                throw TopologyError(.duplicateName, "Two components are named \"\(component.name)\": rename one.")
            }
            try checkStreams(component)
            guard 1...maximumParallelism ~= component.parallelism else {
                throw TopologyError(
                    .parallelism, "\"\(component.name)\" has parallelism \(component.parallelism): use 1 to \(maximumParallelism).")
            }
        }
        var hasSpout = false
        for component in components {
            switch component.role {
            case .spout: hasSpout = true
            case .bolt(let bolt): try checkBolt(component.name, bolt, byName)
            }
        }
        guard hasSpout else {
            throw TopologyError(.noSpout, "The topology \"\(name)\" has no spout: add one with spout(_:_:parallelism:).")
        }
        return try sorted(components)
    }

    private static func checkName(_ name: String, _ what: String) throws(TopologyError) {
        let isRight =
            !name.isEmpty && name.utf8.count <= 40
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        guard isRight else {
            throw TopologyError(
                .invalidName, "\(what) is named \"\(name)\": use 1 to 40 of the letters a-z and A-Z, digits, \"-\" and \"_\".")
        }
    }

    private static func checkStreams(_ component: ComponentSpecification) throws(TopologyError) {
        var names: Set<String> = []
        for stream in component.streams {
            try checkName(stream.name, "A stream of \"\(component.name)\"")
            guard names.insert(stream.name).inserted else {
                throw TopologyError(.duplicateName, "\"\(component.name)\" declares the stream \"\(stream.name)\" twice: rename one.")
            }
            guard stream.fields.count <= Int(UInt16.max) else {
                throw TopologyError(.configuration, "Stream \"\(stream.name)\" of \"\(component.name)\" has more than 65,535 fields.")
            }
            guard Set(stream.fields).count == stream.fields.count else {
                throw TopologyError(
                    .duplicateName, "Stream \"\(stream.name)\" of \"\(component.name)\" has two fields of the same name: rename one.")
            }
        }
    }

    private static func checkBolt(
        _ name: String, _ bolt: ComponentSpecification.BoltRole, _ byName: [String: ComponentSpecification]
    ) throws(TopologyError) {
        guard !bolt.subscriptions.isEmpty else {
            throw TopologyError(.noInput, "The bolt \"\(name)\" takes nothing in: say where from, for example .shuffle(from: \"...\").")
        }
        if let tick = bolt.tickInterval, tick < .milliseconds(1) {
            throw TopologyError(.configuration, "The bolt \"\(name)\" ticks every \(tick): use 1 ms or more.")
        }
        for subscription in bolt.subscriptions {
            guard let source = byName[subscription.component] else {
                throw TopologyError(
                    .unknownComponent,
                    "The bolt \"\(name)\" subscribes to \"\(subscription.component)\", which is not there. There are: \(list(byName.keys))."
                )
            }
            guard let stream = source.streams.first(where: { $0.name == subscription.stream }) else {
                throw TopologyError(
                    .unknownStream,
                    "The bolt \"\(name)\" subscribes to stream \"\(subscription.stream)\" of \"\(source.name)\", which declares: "
                        + "\(list(source.streams.map(\.name))). Add it to that component's outputs, or subscribe to another.")
            }
            try checkGrouping(name, subscription, stream)
        }
    }

    private static func checkGrouping(_ bolt: String, _ subscription: Subscription, _ stream: StreamDeclaration) throws(TopologyError) {
        let place = "stream \"\(stream.name)\" of \"\(subscription.component)\""
        var isDirect = false
        switch subscription.grouping.kind {
        case .fields(let names), .partialKey(let names):
            guard !names.isEmpty else { throw TopologyError(.grouping, "The bolt \"\(bolt)\" groups \(place) by no field: name one.") }
            for name in names where !stream.fields.contains(name) {
                throw TopologyError(
                    .unknownField, "The bolt \"\(bolt)\" groups \(place) by \"\(name)\"; its fields are: \(list(stream.fields)).")
            }
        case .direct: isDirect = true
        default: break
        }
        guard isDirect == stream.isDirect else {
            throw TopologyError(
                .grouping,
                isDirect
                    ? "The bolt \"\(bolt)\" takes \(place) with direct grouping: declare the stream with isDirect: true."
                    : "The bolt \"\(bolt)\" takes \(place), a direct stream: use .direct(from:).")
        }
    }

    /// Spouts first, each bolt after all that feed it.
    private static func sorted(_ components: [ComponentSpecification]) throws(TopologyError) -> [ComponentSpecification] {
        var left = components
        var done: Set<String> = []
        var result: [ComponentSpecification] = []
        while !left.isEmpty {
            let ready = left.filter { $0.subscriptions.allSatisfy { done.contains($0.component) } }
            guard !ready.isEmpty else {
                throw TopologyError(
                    .cycle, "These bolts feed each other in a circle: \(list(left.map(\.name))). Break it: streams flow one way.")
            }
            result += ready
            done.formUnion(ready.map(\.name))
            left.removeAll { done.contains($0.name) }
        }
        return result
    }

    private static func list(_ names: some Sequence<String>) -> String {
        let all = names.sorted().map { "\"\($0)\"" }
        return all.isEmpty ? "none" : all.joined(separator: ", ")
    }
}
