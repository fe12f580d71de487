import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The few file calls that a store needs beyond what System offers.
enum SystemFiles {
    /// What matters of a file before it is trusted.
    struct Facts: Sendable {
        var device: UInt64
        var inode: UInt64
        var isFolder: Bool
        var isRegular: Bool
        var isLink: Bool
        var owner: UInt32
        var mode: UInt32
        var bytes: Int64
    }

    /// Facts of the path itself, not of what a link points to; nil where there is nothing.
    static func facts(of path: FilePath) throws(StoreError) -> Facts? {
        var status = stat()
        let code = path.withPlatformString { lstat($0, &status) }
        guard code == 0 else {
            if errno == ENOENT { return nil }
            throw StoreError(system: Errno(rawValue: errno), "look at \(path)")
        }
        return Facts(status)
    }

    static func facts(of descriptor: Int32) -> Facts? {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Facts(status) : nil
    }

    static func makeFolder(_ path: FilePath) throws(StoreError) {
        guard path.withPlatformString({ mkdir($0, 0o700) }) == 0 || errno == EEXIST else {
            throw StoreError(system: Errno(rawValue: errno), "create the folder \(path)")
        }
    }

    static func rename(_ from: FilePath, to: FilePath) throws(StoreError) {
        let code = from.withPlatformString { a in to.withPlatformString { b in Self.renameCall(a, b) } }
        guard code == 0 else { throw StoreError(system: Errno(rawValue: errno), "rename \(from) to \(to)") }
    }

    private static func renameCall(_ a: UnsafePointer<CInterop.PlatformChar>, _ b: UnsafePointer<CInterop.PlatformChar>) -> Int32 {
        #if canImport(Glibc)
            Glibc.rename(a, b)
        #elseif canImport(Musl)
            Musl.rename(a, b)
        #else
            Darwin.rename(a, b)
        #endif
    }

    static func remove(_ path: FilePath) throws(StoreError) {
        guard path.withPlatformString({ unlink($0) }) == 0 || errno == ENOENT else {
            throw StoreError(system: Errno(rawValue: errno), "remove \(path)")
        }
    }

    static func removeFolder(_ path: FilePath) throws(StoreError) {
        guard path.withPlatformString({ rmdir($0) }) == 0 || errno == ENOENT else {
            throw StoreError(system: Errno(rawValue: errno), "remove the folder \(path)")
        }
    }

    /// Makes the names in a folder durable: LMDB never does.
    static func flushFolder(_ path: FilePath) throws(StoreError) {
        let folder = try calling("open the folder \(path)") { try open(path, .readOnly) }
        defer { try? folder.close() }
        try flush(folder.rawValue, path)
    }

    static func flush(_ descriptor: Int32, _ path: FilePath) throws(StoreError) {
        guard insisting({ fsync(descriptor) }) == 0 else { throw StoreError(system: Errno(rawValue: errno), "flush \(path)") }
    }

    /// Has the system let go of what it keeps of a file in memory, so that it is read from the disk again. What another process has mapped stays.
    static func forget(_ path: FilePath) throws(StoreError) {
        #if os(Linux)
            let file = try calling("open \(path)") { try open(path, .readOnly) }
            defer { try? file.close() }
            // What is not written yet would stay. An error that is reported here is of writes that nobody was promised.
            _ = fsync(file.rawValue)
            let code = posix_fadvise(file.rawValue, 0, 0, POSIX_FADV_DONTNEED)
            guard code == 0 else { throw StoreError(system: Errno(rawValue: code), "have the system let go of \(path)") }
        #endif
    }

    /// Takes the whole file's lock without waiting; false where somebody else has it. The lock goes with the descriptor, and so with the process.
    static func lockExclusively(_ descriptor: Int32, _ path: FilePath) throws(StoreError) -> Bool {
        if insisting({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw StoreError(system: Errno(rawValue: errno), "lock \(path)")
    }

    /// Lets the lock go for every copy of the descriptor.
    static func unlock(_ descriptor: Int32) { _ = flock(descriptor, LOCK_UN) }

    /// LMDB opens its files without O_CLOEXEC: a program that this process starts would inherit them. Sets it on every descriptor of these files.
    static func closeOnExecute(_ files: [Facts]) {
        for descriptor in openDescriptors {
            guard let facts = facts(of: descriptor), files.contains(where: { $0.device == facts.device && $0.inode == facts.inode }) else {
                continue
            }
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

    /// The descriptors that are open; where the system does not list them, all that could be. (Where a process may have 20,000, asking for each of them
    /// was half of what opening a store cost.)
    static var openDescriptors: [Int32] {
        guard let folder = opendir("/dev/fd") else {
            var limit = rlimit()
            #if canImport(Darwin)
                getrlimit(RLIMIT_NOFILE, &limit)
            #else
                getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            #endif
            return Array(0..<Int32(clamping: min(limit.rlim_cur, 65_536)))
        }
        defer { closedir(folder) }
        var descriptors: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if let descriptor = Int32(name) { descriptors.append(descriptor) }
        }
        return descriptors
    }

    /// Writing past a file-size limit (`ulimit -f`) raises SIGXFSZ, which ends the process; ignored, the write returns an error instead.
    static func ignoreFileSizeSignal() {
        var current = sigaction()
        sigaction(SIGXFSZ, nil, &current)
        #if canImport(Darwin)
            let isDefault = current.__sigaction_u.__sa_handler == nil
        #else
            let isDefault = current.__sigaction_handler.sa_handler == nil
        #endif
        if isDefault { signal(SIGXFSZ, SIG_IGN) }
    }

    static var processID: Int32 { getpid() }
    static var effectiveUser: UInt32 { geteuid() }

    /// Sleeps; on threads that may block, while another process or thread is about to let go.
    static func pause(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }
}

extension SystemFiles.Facts {
    init(_ status: stat) {
        let kind = status.st_mode & S_IFMT
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(status.st_ino)
        isFolder = kind == S_IFDIR
        isRegular = kind == S_IFREG
        isLink = kind == S_IFLNK
        owner = status.st_uid
        mode = UInt32(status.st_mode & 0o7777)
        bytes = Int64(status.st_size)
    }
}
