/// One place that breaks a rule of the house.
struct Finding: Equatable, CustomStringConvertible {
    var path: String
    var line: Int
    var complaint: String
    var description: String { "\(path):\(line): \(complaint)" }
}
