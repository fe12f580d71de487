// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]
/// The lowest modules hand out borrowed bytes; the lifetime annotations that this needs are still experimental and stay there.
let borrowing: [SwiftSetting] = strict + [.enableExperimentalFeature("Lifetimes")]

let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")

let package = Package(
    name: "weir",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "WeirStore", targets: ["WeirStore"]),
        .library(name: "Weir", targets: ["Weir"]),
        .library(name: "WeirTopology", targets: ["WeirTopology"]),
        .library(name: "WeirConnectors", targets: ["WeirConnectors"]),
        .library(name: "WeirTesting", targets: ["WeirTesting"]),
        .executable(name: "weir", targets: ["WeirCLI"]),
        .executable(name: "WordCount", targets: ["WordCount"]),
        .executable(name: "Billing", targets: ["Billing"]),
        .executable(name: "ReadState", targets: ["ReadState"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.2.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.1.4"),
    ],
    targets: [
        // The floors, lowest first. A lower one never imports an upper one.
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"]), .brew(["lmdb"])]),
        .target(name: "CCRC32C"),
        .target(name: "LMDB", dependencies: ["CLMDB", "CCRC32C"], swiftSettings: borrowing),
        .target(name: "WeirStore", dependencies: ["LMDB", collections, system], swiftSettings: borrowing),
        .target(name: "Weir", dependencies: ["WeirStore", collections, logging, metrics], swiftSettings: strict),
        .target(
            name: "WeirTopology", dependencies: ["Weir", "WeirStore", collections, logging, metrics, lifecycle, histogram],
            swiftSettings: borrowing),
        .target(name: "WeirConnectors", dependencies: ["WeirTopology", "Weir", "WeirStore", system], swiftSettings: strict),
        .target(name: "WeirTesting", dependencies: ["WeirStore", "Weir", "WeirTopology", system, logging], swiftSettings: strict),
        .executableTarget(
            name: "WeirCLI", dependencies: ["WeirStore", "Weir", "WeirTopology", arguments, system], swiftSettings: strict),

        .executableTarget(
            name: "WordCount",
            dependencies: ["WeirStore", "Weir", "WeirTopology", "WeirConnectors", arguments, lifecycle, signals, logging, system],
            path: "Examples/WordCount", exclude: ["README.md"], swiftSettings: strict),
        .executableTarget(
            name: "ReadState", dependencies: ["WeirStore", "Weir", arguments, system], path: "Examples/ReadState", exclude: ["README.md"],
            swiftSettings: strict),
        .executableTarget(
            name: "Billing", dependencies: ["WeirStore", "Weir", arguments, system], path: "Examples/Billing", exclude: ["README.md"],
            swiftSettings: strict),

        // What CrashTests kills: a program of its own, not a product.
        .executableTarget(
            name: "CrashSubject", dependencies: ["LMDB", "WeirStore", "Weir", "WeirTopology", "WeirTesting", arguments, logging, system],
            path: "Tests/CrashSubject", swiftSettings: strict),

        .testTarget(name: "LMDBTests", dependencies: ["LMDB", "WeirTesting"], swiftSettings: borrowing),
        .testTarget(name: "WeirStoreTests", dependencies: ["WeirStore", "LMDB", "WeirTesting", system], swiftSettings: borrowing),
        .testTarget(name: "WeirTests", dependencies: ["Weir", "WeirStore", "WeirTesting"], swiftSettings: strict),
        .testTarget(
            name: "WeirTopologyTests",
            dependencies: [
                "WeirTopology", "Weir", "WeirStore", "WeirTesting", lifecycle, logging, metrics,
                .product(name: "MetricsTestKit", package: "swift-metrics"),
            ], swiftSettings: strict),
        .testTarget(
            name: "WeirConnectorsTests",
            dependencies: ["WeirConnectors", "WeirTopology", "Weir", "WeirStore", "WeirTesting", system, logging],
            swiftSettings: strict),
        .testTarget(
            name: "CrashTests",
            dependencies: [
                "WordCount", "CrashSubject", "WeirCLI", "WeirTesting", "WeirConnectors", "WeirTopology", "Weir", "WeirStore", "LMDB",
                system,
            ],
            exclude: ["Shim", "Fuzzing/Corpus", "Fuzzing/run"], swiftSettings: borrowing),
        .testTarget(name: "WeirCLITests", dependencies: ["WeirCLI", "Weir", "WeirStore", "WeirTesting", system], swiftSettings: strict),
        .testTarget(name: "WeirTestingTests", dependencies: ["WeirTesting", "WeirTopology", "Weir", "WeirStore"], swiftSettings: strict),
        .testTarget(name: "HouseTests", exclude: ["MustNotCompile"], swiftSettings: strict),
    ]
)
