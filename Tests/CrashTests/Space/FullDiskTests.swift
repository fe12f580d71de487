#if os(Linux)
    import Foundation
    import SystemPackage
    import Testing
    import WeirStore

    /// Row 6 on a real file system: the disk is full at one point after the other, or mounted for reading only.
    @Suite(
        "A disk without room", .serialized,
        .enabled(if: Program.crashSubject != nil && BlockFileSystem.Kind.available.contains(.ext4), "skipped: needs root and a loop device")
    )
    struct FullDiskTests {
        @Test("full at any point, then with room again: typed errors, readers go on, and so does the process")
        func full() throws {
            let disk = try BlockFileSystem(.ext4, backing: 64 << 20)
            try NoRoomTests.starve(in: disk.path, "disk")
        }

        @Test("mounted for reading only: writing is refused with a type, reading and verifying go on")
        func readOnly() throws {
            let program = try #require(Program.crashSubject)
            let disk = try BlockFileSystem(.ext4, backing: 64 << 20)
            let store = disk.path + "/store"
            func steps(_ last: Int) throws -> Ending { try program.run(["steps", store, "--steps", "\(last)", "--plain"]) }
            #expect(try steps(8).status == 0)
            try remount("ro", disk)
            let refused = try steps(16)
            #expect(refused.status == 3, "\(refused.errors)")
            #expect(refused.output.contains("failed open io"), "\(refused.output)")
            let reading = try Store.open(at: FilePath(store), configuration: StoreConfiguration(access: .readOnly))
            #expect(try reading.read { try $0.offset(of: "steps", partition: 0)?.next } == 8)
            reading.close()
            #expect(try program.run(["sound", store]).status == 0)
            try remount("rw", disk)
            #expect(try steps(16).status == 0)
            #expect(try program.run(["check-steps", store, "--acknowledged", "16", "--begun", "16"]).status == 0)
        }

        private func remount(_ mode: String, _ disk: BlockFileSystem) throws {
            let ending = try Program(path: "/usr/bin/mount").run(["-o", "remount,\(mode)", disk.path])
            try #require(ending.status == 0, "\(ending.errors)")
        }
    }
#endif
