/// Aligns batch markers over a task's input channels (Flink's aligned barriers): what follows marker N on one channel waits until N has come on all.
struct MarkerAlignment {
    private var markers: [UInt64]
    private var arrived = 0
    /// The last marker that has come on all channels.
    private(set) var aligned: UInt64 = 0

    /// Goes on at the first marker: a planted bug.
    private let isLax: Bool

    init(channels: Int, isLax: Bool = false) {
        markers = Array(repeating: 0, count: channels)
        self.isLax = isLax
    }

    /// Whether nothing may be taken from this channel now.
    func isBlocked(_ channel: Int) -> Bool { !isLax && markers[channel] > aligned }

    /// A marker came; returns true when it has now come on all channels. Markers of one channel come in order, each once.
    mutating func received(_ marker: UInt64, on channel: Int) -> Bool {
        precondition(marker > markers[channel], "Markers of a channel came out of order.")
        markers[channel] = marker
        if isLax {
            defer { aligned = max(aligned, marker) }
            return marker > aligned
        }
        arrived += 1
        guard arrived == markers.count else { return false }
        arrived = 0
        aligned = marker
        return true
    }
}
