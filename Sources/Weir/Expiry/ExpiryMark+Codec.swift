import WeirStore

// 16 bytes of a row: `[position u64][time u64]`, little-endian.

extension RowEncoder {
    mutating func mark(_ mark: ExpiryMark) {
        integer(mark.position)
        integer(mark.time)
    }
}

extension RowDecoder {
    mutating func mark() throws(DecodingFailure) -> ExpiryMark {
        ExpiryMark(position: try integer(), time: try integer())
    }
}
