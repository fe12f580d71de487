import CLMDB
import Foundation
import Glibc
import Testing
import WeirTesting

@testable import LMDB

/// A file in memory, to be damaged and looked at again and again.
final class Patient {
    let healthy: [UInt8]
    let pageSize = 4096
    private let descriptor: Int32

    init(_ bytes: [UInt8]) throws {
        healthy = bytes
        descriptor = try Self.anonymousFile()
    }

    deinit { close(descriptor) }

    /// A file without a name, which is gone when it is closed.
    static func anonymousFile() throws -> Int32 {
        var template = Array((NSTemporaryDirectory() + "weir-pages-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        unlink(template)
        return descriptor
    }

    var pages: Int { healthy.count / pageSize }

    /// Everything that is found in these bytes, whether on opening or on walking.
    func examine(_ bytes: [UInt8]) throws -> [PageFileError] {
        ftruncate(descriptor, 0)
        let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        try #require(written == bytes.count)
        do {
            let file = try PageFile(descriptor: descriptor)
            var size: [PageFileError] = []
            do throws(PageFileError) { try file.checkSize(file.currentMeta) } catch { size = [error] }
            return try file.metaDamage + file.walk(file.currentMeta).damage + size
        } catch {
            return [try #require(error as? PageFileError)]
        }
    }

    func examine(_ change: (inout [UInt8]) -> Void) throws -> [PageFileError] {
        var bytes = healthy
        change(&bytes)
        return try examine(bytes)
    }

    func number(_ offset: Int, bytes count: Int) -> Int { (0..<count).reversed().reduce(0) { $0 << 8 | Int(healthy[offset + $1]) } }
    func kind(of page: Int) -> UInt16 { UInt16(number(page * pageSize + 10, bytes: 2)) }
    /// A page's first node, from the start of the file.
    func node(_ page: Int, _ index: Int = 0) -> Int { page * pageSize + number(page * pageSize + 16 + 2 * index, bytes: 2) }
    func nodes(_ page: Int) -> Int { (number(page * pageSize + 12, bytes: 2) - 16) / 2 }
}

extension [UInt8] {
    mutating func set<N: FixedWidthInteger>(_ offset: Int, _ value: N) {
        for index in 0..<N.bitWidth / 8 { self[offset + index] = UInt8(truncatingIfNeeded: value >> N(8 * index)) }
    }
}

@Suite("Reading LMDB's file format: damage")
struct DamageTests {
    /// A file without free pages: every page is in use.
    static func compact() throws -> Patient {
        let fixture = try Fixture()
        var contents: Contents = [:]
        var random = SeededGenerator(seed: 11)
        for _ in 0..<4 { try fixture.churn(&random, &contents, operations: 150) }
        return try Patient(Fixture.bytes(of: fixture.copy(compacting: true)))
    }

    /// A file with a free database of some size.
    static func churned() throws -> Patient {
        let fixture = try Fixture()
        var contents: Contents = [:]
        var random = SeededGenerator(seed: 12)
        for _ in 0..<12 { try fixture.churn(&random, &contents, operations: 20) }
        return try Patient(Fixture.bytes(of: fixture.path))
    }

    @Test("random damage never traps, and what is found is an error with a place", arguments: [21, 22] as [UInt64])
    func randomDamage(seed: UInt64) throws {
        for patient in [try Self.compact(), try Self.churned()] {
            #expect(try patient.examine(patient.healthy) == [])
            var random = SeededGenerator(seed: seed)
            var found = 0
            let rounds = 1000
            for round in 0..<rounds {
                var bytes = patient.healthy
                let damage = FileDamage.inflict(on: &bytes, using: &random)
                let errors = try patient.examine(bytes)
                found += errors.isEmpty ? 0 : 1
                for error in errors { #expect(!"\(error)".isEmpty, "seed \(seed), round \(round), \(damage)") }
            }
            #expect(found > rounds / 4, "seed \(seed): only \(found) of \(rounds) were found")
        }
    }

    @Test("random bytes in every header field of every page never trap")
    func fields() throws {
        let patient = try Self.churned()
        var random = SeededGenerator(seed: 23)
        let extremes: [UInt64] = [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, .max, .max >> 1, 1 << 63, 4096, 4095]
        for page in 0..<patient.pages {
            for (offset, size) in [(0, 8), (10, 2), (12, 2), (14, 2), (12, 4), (16, 2), (16, 8)] {
                var bytes = patient.healthy
                let value = extremes.randomElement(using: &random)!
                for index in 0..<size { bytes[page * 4096 + offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
                _ = try patient.examine(bytes)
            }
            guard [1, 2].contains(patient.kind(of: page)), patient.nodes(page) > 0 else { continue }
            for (offset, size) in [(0, 2), (0, 4), (2, 2), (4, 2), (6, 2), (8, 8)] {
                var bytes = patient.healthy
                let node = patient.node(page, Int.random(in: 0..<patient.nodes(page), using: &random))
                guard node + 16 <= bytes.count else { continue }
                let value = extremes.randomElement(using: &random)!
                for index in 0..<size { bytes[node + offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
                _ = try patient.examine(bytes)
            }
        }
        for offset in stride(from: 16, to: 152, by: 4) {
            for value in extremes {
                for slot in [[0], [1], [0, 1]] {
                    var bytes = patient.healthy
                    for page in slot { bytes.set(page * 4096 + offset, UInt32(truncatingIfNeeded: value)) }
                    _ = try patient.examine(bytes)
                    guard offset % 8 == 0 else { continue }
                    for page in slot { bytes.set(page * 4096 + offset, value) }
                    _ = try patient.examine(bytes)
                }
            }
        }
    }

    @Test("every zeroed, misplaced or cut off page that is in use is found")
    func everyPage() throws {
        let patient = try Self.compact()
        let heads = (2..<patient.pages).filter { patient.number($0 * 4096, bytes: 8) == $0 && [1, 2, 4].contains(patient.kind(of: $0)) }
        #expect(heads.count > 20)
        for (index, page) in heads.enumerated() {
            let zeroed = try patient.examine { $0.replaceSubrange(page * 4096..<(page + 1) * 4096, with: repeatElement(0, count: 4096)) }
            #expect(zeroed.contains { $0.kind == .misplacedPage && $0.page == UInt64(page) })
            let other = heads[(index + 1) % heads.count]
            let swapped = try patient.examine { bytes in
                for offset in 0..<4096 { bytes.swapAt(page * 4096 + offset, other * 4096 + offset) }
            }
            #expect(swapped.contains { $0.kind == .misplacedPage })
        }
        for page in 0..<patient.pages {
            for cut in [page * 4096, page * 4096 + 2000] {
                let errors = try patient.examine(Array(patient.healthy[..<cut]))
                #expect(errors.contains { [.truncated, .notADataFile].contains($0.kind) }, "cut at \(cut)")
            }
        }
    }
}
