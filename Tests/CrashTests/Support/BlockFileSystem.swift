#if os(Linux)
    import Foundation

    /// A file system of its own for a test that breaks it: on a loop device over an image in a tmpfs of limited size, in a private folder. All of it goes when the
    /// test ends, however it ends.
    final class BlockFileSystem {
        enum Kind: String, CaseIterable, Sendable {
            case ext4, xfs

            /// xfs makes none smaller.
            fileprivate var imageBytes: UInt64 { self == .ext4 ? 64 << 20 : 320 << 20 }
            fileprivate var maker: [String] {
                switch self {
                case .ext4: ["/usr/sbin/mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"]
                case .xfs: ["/usr/sbin/mkfs.xfs", "-q", "-f"]
                }
            }

            /// Those that can be made here: needs root, a loop device, the tools, and a kernel that mounts it. Only making one shows all of that.
            static let available = allCases.filter { kind in
                geteuid() == 0 && access("/dev/loop-control", R_OK | W_OK) == 0
                    && FileManager.default.isExecutableFile(atPath: kind.maker[0])
                    && (try? BlockFileSystem(kind, backing: kind.imageBytes)) != nil
            }
        }

        struct Failure: Error, CustomStringConvertible {
            let description: String
        }

        /// EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN are the same request, and so is the flag: drop what is not on the device, the journal's tail included.
        private static let goingDown: UInt = 0x8004_587D
        private static let withoutLogFlush: UInt32 = 2

        let kind: Kind
        private let folder: PrivateFolder
        private var device: String?
        private var isMounted = false
        private var blocks: [String] = []
        /// What is put back when the device is given back.
        private var usualRequest: String?

        /// `backing` is how many bytes the device may come to have: beyond, its writes fail.
        init(_ kind: Kind, backing: UInt64) throws {
            self.kind = kind
            folder = try PrivateFolder()
            try make(folder.path + "/mounted")
            try make(folder.path + "/backing")
            try check(mount("tmpfs", folder.path + "/backing", "tmpfs", 0, "size=\(backing),mode=0700"), "mount a tmpfs")
            let image = folder.path + "/backing/image"
            guard FileManager.default.createFile(atPath: image, contents: nil), truncate(image, Int(kind.imageBytes)) == 0 else {
                throw Failure(description: "no image could be made: \(String(cString: strerror(errno)))")
            }
            let attached = try run("/usr/sbin/losetup", ["--find", "--show", image])
            let device = attached.trimmingCharacters(in: .whitespacesAndNewlines)
            self.device = device
            if backing < kind.imageBytes {
                // Some kernels' loop driver takes a request for done of which the image had room for a part only (seen on 6.18). A request of one
                // page has no parts, if it is a page of the image too: ext4 would choose blocks of 1 KiB, which xfs does not.
                blocks = kind == .ext4 ? ["-b", "4096"] : []
                usualRequest = try String(contentsOfFile: requestLimit(device), encoding: .utf8)
                try "4".write(toFile: requestLimit(device), atomically: false, encoding: .utf8)
            }
            try format()
        }

        deinit {
            if isMounted { umount2(path, Int32(MNT_DETACH)) }
            if let device { detach(device) }
            umount2(folder.path + "/backing", Int32(MNT_DETACH))
        }

        /// Where it is mounted.
        var path: String { folder.path + "/mounted" }

        /// Makes it anew, and mounts it. What the image held is given back.
        func format() throws {
            if isMounted { try unmount() }
            _ = try run(kind.maker[0], Array(kind.maker.dropFirst()) + blocks + [device ?? ""])
            try mountAgain()
        }

        /// Mounting replays the journal.
        func mountAgain() throws {
            try check(mount(device ?? "", path, kind.rawValue, 0, nil), "mount \(kind)")
            isMounted = true
        }

        /// Whoever had a file open has ended: the kernel may be a moment behind.
        func unmount() throws {
            let deadline = ContinuousClock.now + .seconds(20)
            while umount2(path, 0) != 0 {
                guard errno == EBUSY, ContinuousClock.now < deadline else { return try check(-1, "unmount \(kind)") }
                poll(nil, 0, 2)
            }
            isMounted = false
        }

        /// The power is cut: from here on nothing reaches the device.
        func cut() throws {
            let root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            try check(root, "open \(path)")
            defer { close(root) }
            var flags = Self.withoutLogFlush
            try check(ioctl(root, Self.goingDown, &flags), "shut \(kind) down")
        }

        /// Takes the space that the device could still grow by: its next write to a new place fails with EIO.
        func exhaust() throws {
            let ballast = open(folder.path + "/backing/ballast", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            try check(ballast, "open the ballast")
            defer { close(ballast) }
            for size in [1 << 20, 4096] {
                let piece = [UInt8](repeating: 1, count: size)
                while write(ballast, piece, size) == size {}
            }
        }

        /// Gives it back.
        func relieve() throws { try check(unlink(folder.path + "/backing/ballast"), "remove the ballast") }

        private func requestLimit(_ device: String) -> String {
            "/sys/block/" + device.replacingOccurrences(of: "/dev/", with: "") + "/queue/max_sectors_kb"
        }

        private func detach(_ device: String) {
            try? usualRequest?.write(toFile: requestLimit(device), atomically: false, encoding: .utf8)
            _ = try? run("/usr/sbin/losetup", ["--detach", device])
        }

        private func run(_ program: String, _ arguments: [String]) throws -> String {
            let ending = try Program(path: program).run(arguments)
            guard ending.status == 0 else {
                throw Failure(description: "\(program) \(arguments) ended with \(ending.status): \(ending.errors)")
            }
            return ending.output
        }

        private func make(_ path: String) throws { try check(mkdir(path, 0o700), "make \(path)") }

        private func check(_ code: Int32, _ what: String) throws {
            guard code < 0 else { return }
            throw Failure(description: "Could not \(what): \(String(cString: strerror(errno)))")
        }
    }

    /// A folder that nobody else can look into; its empty folders go with it. What is still mounted in it is left alone.
    private final class PrivateFolder {
        let path: String

        init() throws {
            var template = Array((NSTemporaryDirectory() + "weir-device-XXXXXX").utf8CString)
            guard mkdtemp(&template) != nil else { throw BlockFileSystem.Failure(description: "no temporary folder could be made") }
            path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        }

        deinit {
            for name in ["/mounted", "/backing", ""] { rmdir(path + name) }
        }
    }
#endif
