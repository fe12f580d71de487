/// One entry of a `ByteMap`: this header, then the key's bytes, padded with zeros to 8. It never moves while it is in the map.
package struct ByteRecord {
    /// The value itself up to 8 bytes; otherwise where it lies.
    var value: UInt64
    /// `absent` when the key has no value.
    var valueLength: UInt32
    /// For the map's owner.
    package var marks: UInt32
    var tag: UInt32
    var keyLength: UInt16
    /// For the map's owner.
    package var flags: UInt16

    static let absent = UInt32.max
    static let headerBytes = MemoryLayout<ByteRecord>.size
}

package typealias ByteRecordPointer = UnsafeMutablePointer<ByteRecord>

extension UnsafeMutablePointer where Pointee == ByteRecord {
    /// Where the key's bytes begin.
    @inline(__always)
    var keyStart: UnsafeMutableRawPointer { UnsafeMutableRawPointer(self) + ByteRecord.headerBytes }

    /// Valid while the record is in the map.
    @inline(__always)
    package var key: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: keyStart, count: Int(pointee.keyLength)) }

    @inline(__always)
    package var hasValue: Bool { pointee.valueLength != ByteRecord.absent }

    /// The key's first eight bytes as a number that orders as they do; shorter keys are padded with zeros.
    @inline(__always)
    var keyPrefix: UInt64 { UInt64(bigEndian: keyStart.loadUnaligned(as: UInt64.self)) }
}
