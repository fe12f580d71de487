import Foundation

// What libFuzzer calls. Built into a program of its own by `run`; WEIR_FUZZ_TARGET names the target.

private let chosen: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["WEIR_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        preconditionFailure("WEIR_FUZZ_TARGET is \(name.debugDescription); there are \(FuzzTarget.all.map(\.name)).")
    }
    return target
}()

/// Lists the targets where WEIR_FUZZ_LIST is set; writes the chosen one's seeds into the folder that WEIR_FUZZ_SEEDS names.
@_cdecl("LLVMFuzzerInitialize")
public func fuzzInitialize(_ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutableRawPointer) -> Int32 {
    let environment = ProcessInfo.processInfo.environment
    if environment["WEIR_FUZZ_LIST"] != nil {
        FileHandle.standardOutput.write(Data(FuzzTarget.all.map { $0.name + "\n" }.joined().utf8))
        // Without the search for leaks at an orderly end, which finds what is still in use here.
        _exit(0)
    }
    guard let folder = environment["WEIR_FUZZ_SEEDS"] else { return 0 }
    for (number, bytes) in chosen.seeds().enumerated() {
        do { try Data(bytes).write(to: URL(filePath: folder).appending(path: "seed-\(number)")) } catch {
            preconditionFailure("A seed cannot be written: \(error)")
        }
    }
    return 0
}

/// One run. The bytes are a block of exactly their size, so that AddressSanitizer sees a read beyond them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
    do { try chosen.run(UnsafeRawBufferPointer(start: start, count: count)) } catch { preconditionFailure("\(chosen.name): \(error)") }
    return 0
}
