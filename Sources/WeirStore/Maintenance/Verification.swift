import LMDB
public import SystemPackage

extension Store {
    /// Reads every page and every record of a store and checks all that is known of them: page structure, order of keys, free list, each record's
    /// checksum, each table's tally (so that a lost record, or a page put back from an older time, is found), catalog, offsets and head.
    ///
    /// Reads by `pread` and trusts nothing, so that no damage can end the process. May run beside a writer. Throws only when the store cannot be
    /// read at all; what is wrong with it is in the report. O(file size); memory: two bits a page.
    @available(*, noasync, message: "verifying waits for the disk")
    public static func verify(at path: FilePath) throws -> VerificationReport {
        let folder = StoreFolder(path: path)
        try folder.checkTrust()
        guard let marker = try IdentityMarker.read(folder) else {
            throw StoreError(.notAStore, "There is no weir.identity in \(path): give the path of a store's folder.")
        }
        return try verify(folder, marker) {
            // Only a process that writes can have taken the snapshot away: the next one is held. A store that this process had open stays open.
            (try? Store.open(at: path, configuration: StoreConfiguration(access: .readOnly)))?.engine
        }
    }

    /// - Parameter pinning: what can hold a snapshot, where a writer does not let one be read to its end otherwise.
    static func verify(_ folder: StoreFolder, _ marker: IdentityMarker, _ pinning: () -> Engine?) throws -> VerificationReport {
        do throws(PageFileError) {
            let file = try PageFile(path: folder.data.string)
            let atRest = try settled(Result { try Verifier(marker).run(file, file.currentMeta) })
            // LMDB opens no file with a damaged meta page, so nobody can be writing.
            if !file.metaDamage.isEmpty || isStillThere(file.currentMeta, file) { return atRest }
            guard let engine = pinning() else { return atRest }
            return try settled(Result { try engine.verifyPinned(file, marker) })
        } catch {
            // Whoever may not read a file has not found it damaged. One that is not there is missing from the store.
            if error.kind == .io, error.rawCode != Errno.noSuchFileOrDirectory.rawValue { throw StoreError(error, folder.data) }
            var report = VerificationReport()
            report.note("\(error)")
            return report
        }
    }

    /// Whether a snapshot's pages are as they were when it was newest, although nobody holds it.
    ///
    /// LMDB's transaction N + 1 frees pages of snapshot N, and N + 3 is the first that may write to them. Before that, N + 2 has taken the meta
    /// page of N. So a store at rest is verified without LMDB, which damage can bring to an assertion or a SIGBUS.
    private static func isStillThere(_ meta: PageMeta, _ file: borrowing PageFile) -> Bool {
        (try? file.meta(ofTransaction: meta.transactionID)) == meta
    }

    /// Findings of the page reader belong into the report, not out of it.
    private static func settled(_ result: Result<VerificationReport, any Error>) throws(PageFileError) -> VerificationReport {
        switch result {
        case .success(let report): return report
        case .failure(let error as PageFileError): throw error
        case .failure(let error):
            var report = VerificationReport()
            report.note("\(error)")
            return report
        }
    }
}

extension StoreFolder {
    /// Refuses a store that does not verify.
    func requireSound(_ marker: IdentityMarker, pinning: () -> Engine?) throws(StoreError) {
        let report = try calling("verify \(path)") { try Store.verify(self, marker, pinning) }
        guard let problem = report.problems.first else { return }
        let others = report.problems.count > 1 ? " (and \(report.problems.count - 1) more)" : ""
        throw StoreError(.corrupt, "\(path) is damaged: \(problem)\(others). Run `weir verify`, and restore a backup.")
    }
}

extension Engine {
    /// Verifies a snapshot that LMDB holds for us meanwhile.
    fileprivate func verifyPinned(_ file: borrowing PageFile, _ marker: IdentityMarker) throws -> VerificationReport {
        var last = PageFileError(.snapshotGone, "")
        // A busy writer may take both meta pages away between the two steps: then a newer snapshot is tried.
        for _ in 0..<1000 {
            let ticket = try gate.enter("verify")
            defer { gate.leave(ticket) }
            let raw = try gate.begin(ticket)
            let verified = Result { try Verifier(marker).run(file, try file.meta(ofTransaction: raw.number)) }
            gate.end(raw, ticket)
            if case .failure(let error as PageFileError) = verified, error.kind == .snapshotGone {
                last = error
            } else {
                return try verified.get()
            }
        }
        throw last
    }
}
