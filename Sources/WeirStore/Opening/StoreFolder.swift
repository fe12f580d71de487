import SystemPackage

/// The files of a store, and whether they may be trusted: a store's file is trusted input, so nobody else may be able to change it.
struct StoreFolder: Sendable {
    let path: FilePath
    var data: FilePath { path.appending("data.mdb") }
    var lock: FilePath { path.appending("lock.mdb") }
    var marker: FilePath { path.appending("weir.identity") }
    var writer: FilePath { path.appending("writer.lock") }

    /// Refuses links, foreign owners, and modes that let others write.
    static func checkTrust(_ facts: SystemFiles.Facts, _ path: FilePath, folder: Bool) throws(StoreError) {
        guard !facts.isLink else {
            throw StoreError(.untrusted, "\(path) is a symbolic link: give the path of the store itself.")
        }
        guard folder ? facts.isFolder : facts.isRegular else {
            throw StoreError(.notAStore, "\(path) is not a \(folder ? "folder" : "file"): give the path of a store's folder.")
        }
        let user = SystemFiles.effectiveUser
        guard facts.owner == user || user == 0 else {
            throw StoreError(.untrusted, "\(path) belongs to user \(facts.owner), this process runs as user \(user): change the owner.")
        }
        guard facts.mode & 0o022 == 0 else {
            throw StoreError(.untrusted, "\(path) has mode \(String(facts.mode, radix: 8)), so others may write to it: run chmod go-w.")
        }
    }

    /// Checks the folder and every file of the store that is there.
    func checkTrust() throws(StoreError) {
        guard let facts = try SystemFiles.facts(of: path) else {
            throw StoreError(.notFound, "There is no store at \(path): check the path.")
        }
        try Self.checkTrust(facts, path, folder: true)
        for file in [data, lock, marker, writer, live] {
            if let facts = try SystemFiles.facts(of: file) { try Self.checkTrust(facts, file, folder: false) }
        }
    }
}
