import SystemPackage
import Testing
import WeirTesting

@testable import WeirStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite("The writer's lock")
struct WriterLockTests {
    @Test("it is free at once when its holder lets it go, though a process that is being started has a copy of the descriptor")
    func copies() throws {
        try withTemporaryFolder { path in
            let folder = StoreFolder(path: path)
            var copies: [Int32] = []
            defer { for copy in copies { close(copy) } }
            do {
                let lock = try WriterLock(folder, wait: .zero)
                // Every descriptor on the file, as a fork would copy it.
                let facts = try #require(try SystemFiles.facts(of: folder.writer))
                for descriptor in SystemFiles.openDescriptors where SystemFiles.facts(of: descriptor)?.inode == facts.inode {
                    copies.append(dup(descriptor))
                }
                #expect(!copies.isEmpty)
                #expect(throws: StoreError(.busy, "")) { _ = try WriterLock(folder, wait: .zero) }
                _ = consume lock
            }
            _ = try WriterLock(folder, wait: .zero)
        }
    }
}
