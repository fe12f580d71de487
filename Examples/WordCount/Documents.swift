import SystemPackage

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What is counted when no file is named: the project's own documents, found from the working directory.
enum Documents {
    static func find(in folder: FilePath = ".") -> [FilePath] {
        ["README.md", "Docs", "Examples"].flatMap { markdown(under: FilePath($0), in: folder) }
    }

    /// Markdown files at or below a path, sorted. What is not there, or cannot be read, holds none.
    private static func markdown(under path: FilePath, in folder: FilePath) -> [FilePath] {
        let place = folder == "." ? path : folder.appending(path.components)
        if path.extension == "md" {
            return place.withPlatformString { access($0, R_OK) } == 0 ? [place] : []
        }
        guard let stream = place.withPlatformString({ opendir($0) }) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CInterop.PlatformChar.self, capacity: Int(NAME_MAX) + 1) { String(platformString: $0) }
            }
            // Links are left alone: they could lead in circles.
            let isLink = Int(entry.pointee.d_type) == Int(DT_LNK)
            if !isLink, !name.hasPrefix("."), name.hasSuffix(".md") || !name.contains(".") { names.append(name) }
        }
        return names.sorted().flatMap { markdown(under: path.appending($0), in: folder) }
    }
}
