import LVMSyntax

/// The first few of many names, each in backquotes: "`a`, `b`, `c` and 12 more".
func quotedList(_ names: [String], limit: Int = 8) -> String {
  let shown = names.prefix(limit).map { "`\($0)`" }
  let rest = names.count - shown.count
  if rest > 0 { return shown.joined(separator: ", ") + " and \(rest) more" }
  guard shown.count > 1, let last = shown.last else { return shown.first ?? "" }
  return shown.dropLast().joined(separator: ", ") + " and " + last
}

/// "1 column", "3 columns".
func counted(_ count: Int, _ noun: String) -> String {
  count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
}

/// A column's name as one writes it in a model: bare where it is a word, quoted otherwise.
func columnReference(_ name: String) -> String {
  let first = name.utf8.first ?? UInt8(ascii: "0")
  let isWord =
    !(first >= UInt8(ascii: "0") && first <= UInt8(ascii: "9"))
    && name.utf8.allSatisfy {
      ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z")
        || $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") || $0 == UInt8(ascii: "_")
    }
  return isWord ? name : "\"\(name)\""
}

/// A cell's text shortened for a message.
func shortened(_ text: String) -> String {
  text.count <= 40 ? text : text.prefix(37) + "…"
}

/// A number as short as it can be without losing anything: `3`, `0.1`, `1e-05`, `NaN` as an empty text.
func shortest(_ value: Double) -> String {
  if value.isNaN { return "" }
  let text = value.description
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// The candidate nearest to what was written, where one is near enough to offer.
func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
  nearestSpelling(name, among: Array(candidates))
}

/// An amount of memory in whole megabytes, rounded up: `256 MB`.
func megabytes(_ bytes: Int, spaced: Bool = true) -> String {
  "\(max(1, (bytes + 999_999) / 1_000_000))\(spaced ? " " : "")MB"
}
