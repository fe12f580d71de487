import SystemPackage

/// Tells whether the system has lost what it had taken for the data file: a device that fails, or has no room for what the file system has promised.
///
/// A write that is refused loses nothing: the disk was full, and the caller has its error. But a write that was taken and cannot be brought to the device is
/// lost, counts as written from then on, and is told of in the same words by a flush (EIO, ENOSPC). The system tells each open descriptor once of such a
/// loss, whoever was told before; this one is opened with the environment and asked when a commit has failed.
struct WritebackWitness: ~Copyable {
    private let file: FileDescriptor

    init(_ path: FilePath) throws(StoreError) {
        file = try calling("open \(path)") { try SystemFiles.open(path, .readOnly) }
    }

    /// Also true when that cannot be known.
    var hasLostWrites: Bool {
        do throws(StoreError) {
            try SystemFiles.flush(file.rawValue, "data.mdb")
            return false
        } catch { return true }
    }

    deinit { try? file.close() }
}
