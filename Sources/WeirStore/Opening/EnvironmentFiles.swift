import LMDB
import SystemPackage

/// Opens LMDB on a folder whose files were found sound.
enum EnvironmentFiles {
    static func open(_ folder: StoreFolder, _ configuration: StoreConfiguration) throws(StoreError) -> Environment {
        SystemFiles.ignoreFileSizeSignal()
        var flags: Environment.Flags = []
        if configuration.durability == .lastCommitMayBeLost { flags.insert(.noMetaSync) }
        if configuration.durability == .processCrashOnly { flags.insert(.noSync) }
        if configuration.access == .readOnly { flags.insert(.readOnly) }
        let environment = try reserve(folder, configuration, flags)
        let files = [try SystemFiles.facts(of: folder.data), try SystemFiles.facts(of: folder.lock)]
        SystemFiles.closeOnExecute(files.compactMap(\.self))
        return environment
    }

    /// The map is reserved once, as large as allowed: resizing it under readers is a later SIGBUS. Where the address space is limited, half
    /// as much is tried until it fits.
    private static func reserve(
        _ folder: StoreFolder, _ configuration: StoreConfiguration, _ flags: Environment.Flags
    ) throws(StoreError) -> Environment {
        let used = Int(try SystemFiles.facts(of: folder.data)?.bytes ?? 0)
        var bytes = (max(configuration.maximumSize, used) + SpaceLimit.headroom(of: configuration)) & ~0xFFFF
        while true {
            do throws(LMDBError) {
                return try Environment(
                    directory: folder.path.string, flags: flags, mapBytes: bytes, databases: configuration.maximumTables + 8,
                    readers: configuration.maximumReaders)
            } catch {
                guard Errno(rawValue: error.code) == .noMemory, bytes / 2 >= max(used * 2, 64 << 20) else {
                    throw StoreError(error, "open the store at \(folder.path) with \(bytes) bytes of address space")
                }
                bytes /= 2
            }
        }
    }

    /// Checks, before anything is mapped, that the data file is LMDB's and as long as it says: reading beyond the end of a mapped file is a SIGBUS.
    static func checkSize(_ folder: StoreFolder) throws(StoreError) {
        guard try SystemFiles.facts(of: folder.data) != nil else {
            throw StoreError(.corrupt, "\(folder.data) is missing, though the store was complete: restore a backup.")
        }
        do throws(PageFileError) {
            let file = try PageFile(path: folder.data.string)
            try file.checkSize(file.currentMeta)
        } catch {
            throw StoreError(error, folder.data)
        }
    }
}

extension StoreError {
    /// What a finding in the data file means to the caller.
    init(_ error: PageFileError, _ path: FilePath) {
        self.init(
            error.isDamage ? .corrupt : error.kind == .unsupported ? .formatVersion : .io,
            error.isDamage ? "\(path) is damaged: \(error). Run `weir verify`, and restore a backup." : "Could not read \(path): \(error).",
            rawCode: error.rawCode)
    }
}
