/// A time as `2026-11-24T21:56:18.123Z`.
struct CalendarTime: CustomStringConvertible {
    let description: String

    /// Milliseconds since 1970-01-01 UTC; days are turned into a date as in the proleptic Gregorian calendar (Howard Hinnant's civil_from_days).
    init(milliseconds: UInt64) {
        guard milliseconds < 253_402_300_800_000 else {
            // From the year 10000 on.
            description = "\(milliseconds) ms"
            return
        }
        let days = milliseconds / 86_400_000 + 719_468
        let era = days / 146_097
        let day = days % 146_097
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * dayOfYear + 2) / 153
        let calendarMonth = month < 10 ? month + 3 : month - 9
        func pad(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        let time = milliseconds % 86_400_000
        let date =
            pad(year + era * 400 + (calendarMonth <= 2 ? 1 : 0), 4) + "-" + pad(calendarMonth, 2) + "-"
            + pad(dayOfYear - (153 * month + 2) / 5 + 1, 2)
        description =
            date + "T" + pad(time / 3_600_000, 2) + ":" + pad(time / 60_000 % 60, 2) + ":" + pad(time / 1000 % 60, 2) + "."
            + pad(time % 1000, 3) + "Z"
    }
}
