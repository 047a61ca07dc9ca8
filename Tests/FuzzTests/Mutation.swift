/// Random changes to bytes, most of them by words so that much of the result still means something.
struct Mutation {
  /// Texts to insert and to put in place of words.
  var snippets: [String]
  /// Other inputs, to splice with.
  var others: [[UInt8]]

  static let numbers = [
    "0", "1", "2", "-1", "1e300", "1e-300", "1e309", "0.5", ".5", "1.", "99999999999",
    "99999999999999999999", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
    "1000000000", "2147483648", "4294967296", "0x10", "1_000", "1e", "1e+", "00012", "NaN", "inf",
    "3.141592653589793238462643383279502884197", "1000000000000000000000000000000000000000000000",
  ]

  /// Not UTF-8: cut-off, overlong, surrogate, beyond the last plane, and the marks of UTF-16.
  static let wrongBytes: [[UInt8]] = [
    [0xFF], [0x80], [0xC3], [0xC0, 0xAF], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F],
    [0xF4, 0x90, 0x80, 0x80], [0xFF, 0xFE], [0xFE, 0xFF], [0x00],
  ]

  func callAsFunction(_ original: [UInt8], _ draws: inout Draws) -> [UInt8] {
    var bytes = original
    // Half of the time only a word or two change, so that the later stages are reached.
    let gentle = draws.once(in: 2)
    for _ in 0...draws.next(below: gentle ? 2 : 5) {
      if gentle || draws.once(in: 2) { word(&bytes, &draws) } else { raw(&bytes, &draws) }
    }
    if draws.once(in: 200) { whole(&bytes, &draws) }
    return bytes
  }

  // MARK: Words

  /// The words of a text, its numbers, and its single other characters, as ranges.
  static func words(_ bytes: [UInt8]) -> [Range<Int>] {
    func isPart(_ byte: UInt8) -> Bool {
      byte == 0x5F || byte >= 0x80 || (0x30...0x39).contains(byte)
        || (0x61...0x7A).contains(byte | 0x20)
    }
    var result: [Range<Int>] = []
    var at = 0
    while at < bytes.count {
      var end = at + 1
      if isPart(bytes[at]) {
        while end < bytes.count, isPart(bytes[end]) { end += 1 }
      } else if bytes[at] == 0x20 {
        at += 1
        continue
      }
      result.append(at..<end)
      at = end
    }
    return result
  }

  private func word(_ bytes: inout [UInt8], _ draws: inout Draws) {
    let words = Self.words(bytes)
    guard !words.isEmpty else { return raw(&bytes, &draws) }
    let one = draws.one(of: words)
    switch draws.next(below: 9) {
    case 0: bytes.removeSubrange(one)
    case 1: bytes.insert(contentsOf: [0x20] + bytes[one], at: one.upperBound)
    case 2, 3:
      // Two words exchanged, or one written over another.
      let other = draws.one(of: words)
      let (a, b) = one.lowerBound < other.lowerBound ? (one, other) : (other, one)
      guard a.upperBound <= b.lowerBound else { return }
      let (first, second) = (Array(bytes[a]), Array(bytes[b]))
      bytes.replaceSubrange(b, with: first)
      if draws.once(in: 2) { bytes.replaceSubrange(a, with: second) }
    case 4: bytes.replaceSubrange(one, with: draws.one(of: snippets).utf8)
    case 5:
      let isNumber = words.filter { (0x30...0x39).contains(bytes[$0.lowerBound]) }
      let place = isNumber.isEmpty ? one : draws.one(of: isNumber)
      bytes.replaceSubrange(place, with: draws.one(of: Self.numbers).utf8)
    case 6:
      let source = draws.one(of: others)
      let theirs = Self.words(source)
      guard !theirs.isEmpty else { return }
      bytes.replaceSubrange(one, with: source[draws.one(of: theirs)])
    case 7: line(&bytes, &draws)
    default:
      // A run of words goes somewhere else.
      let last = draws.one(of: words)
      let run = min(one.lowerBound, last.lowerBound)..<max(one.upperBound, last.upperBound)
      guard run.count < 400 else { return }
      let moved = Array(bytes[run])
      if draws.once(in: 2) { bytes.removeSubrange(run) }
      bytes.insert(contentsOf: moved, at: draws.next(below: bytes.count + 1))
    }
  }

  private func line(_ bytes: inout [UInt8], _ draws: inout Draws) {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    let at = draws.next(below: lines.count)
    switch draws.next(below: 4) {
    case 0: lines.remove(at: at)
    case 1: lines.insert(lines[at], at: draws.next(below: lines.count + 1))
    case 2: lines.swapAt(at, draws.next(below: lines.count))
    default:
      let theirs = draws.one(of: others).split(separator: 0x0A)
      if !theirs.isEmpty { lines.insert(Array(draws.one(of: theirs)), at: at) }
    }
    bytes = Array(lines.joined(separator: [0x0A]))
  }

  // MARK: Bytes

  private func raw(_ bytes: inout [UInt8], _ draws: inout Draws) {
    let at = draws.next(below: bytes.count + 1)
    let end = min(bytes.count, at + draws.next(below: 12))
    switch draws.next(below: 11) {
    case 0: bytes.removeSubrange(at..<end)
    case 1: bytes.insert(contentsOf: bytes[at..<end], at: draws.next(below: bytes.count + 1))
    case 2: bytes.insert(UInt8(draws.next(below: 256)), at: at)
    case 3: if draws.once(in: 4) { bytes.removeSubrange(at...) }
    case 4: if at < bytes.count { bytes[at] ^= 1 << UInt8(draws.next(below: 8)) }
    case 5: if at < bytes.count { bytes[at] = UInt8(32 + draws.next(below: 95)) }
    case 6: bytes.insert(contentsOf: draws.one(of: Self.wrongBytes), at: at)
    case 7:
      let source = draws.one(of: others)
      let from = draws.next(below: source.count + 1)
      bytes = Array(bytes[..<at]) + Array(source[from...])
    case 8:
      let mark = draws.one(of: [UInt8(ascii: "\""), UInt8(ascii: "'"), 0x0D, 0x0A, 0x09])
      bytes.insert(mark, at: at)
    case 9: nest(&bytes, at..<end, &draws)
    default: bytes.insert(contentsOf: draws.one(of: snippets).utf8, at: at)
    }
  }

  /// Brackets round a place, a few or very many, closed or not.
  private func nest(_ bytes: inout [UInt8], _ range: Range<Int>, _ draws: inout Draws) {
    let depth = draws.once(in: 20) ? 10_000 : draws.once(in: 4) ? 120 : 1 + draws.next(below: 8)
    let (open, close) = draws.one(of: [("(", ")"), ("[", "]"), ("{", "}"), ("-", ""), ("f(", ")")])
    if !draws.once(in: 4) {
      bytes.insert(
        contentsOf: Array(repeating: Array(close.utf8), count: depth).joined(),
        at: range.upperBound)
    }
    bytes.insert(
      contentsOf: Array(repeating: Array(open.utf8), count: depth).joined(), at: range.lowerBound)
  }

  // MARK: The whole text

  private func whole(_ bytes: inout [UInt8], _ draws: inout Draws) {
    switch draws.next(below: 6) {
    case 0: bytes = bytes.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
    case 1: bytes = bytes.map { $0 == 0x0A ? 0x0D : $0 }
    case 2:
      let breaks: [[UInt8]] = [[0x0A], [0x0D], [0x0D, 0x0A], [0x0A, 0x0D]]
      bytes = bytes.flatMap { $0 == 0x0A ? draws.one(of: breaks) : [$0] }
    case 3: bytes = bytes.map { $0 == 0x0A ? 0x20 : $0 }
    case 4:
      // One word very many times: a very long line, or a very long name.
      let words = Self.words(bytes)
      guard !words.isEmpty else { return }
      let one = draws.one(of: words)
      let piece = Array(bytes[one]) + (draws.once(in: 3) ? [] : [0x20])
      bytes.insert(
        contentsOf: Array(repeating: piece, count: 5_000).joined(), at: one.upperBound)
    default: bytes += Array(repeating: bytes, count: 1 + draws.next(below: 20)).joined()
    }
  }
}
