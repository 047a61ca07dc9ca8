/// Numbers distinct texts in the order of their first appearance, by their bytes.
struct TextInterner {
  private var bytes: [UInt8] = []
  /// Where each text ends in `bytes`.
  private var ends: [Int] = []
  private var hashes: [UInt64] = []
  /// Open addressing: text number plus one, 0 where free; the size is a power of two.
  private var slots: [Int32] = [Int32](repeating: 0, count: 8)

  var count: Int { ends.count }

  func text(_ code: Int) -> String {
    let start = code == 0 ? 0 : ends[code - 1]
    return String(decoding: bytes[start..<ends[code]], as: UTF8.self)
  }

  mutating func code(_ text: [UInt8]) -> Int32 {
    text.withUnsafeBufferPointer { code($0) }
  }

  mutating func code(_ text: UnsafeBufferPointer<UInt8>) -> Int32 {
    // FNV-1a, finished by a multiplication that spreads the low bits.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash ^= hash >> 29
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let candidate = Int(slots[slot]) - 1
      if hashes[candidate] == hash, matches(candidate, text) { return Int32(candidate) }
      slot = (slot + 1) & mask
    }
    let new = Int32(ends.count)
    slots[slot] = new + 1
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
    hashes.append(hash)
    if ends.count * 2 > slots.count { grow() }
    return new
  }

  private func matches(_ code: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = code == 0 ? 0 : ends[code - 1]
    guard ends[code] - start == text.count else { return false }
    for i in 0..<text.count where bytes[start + i] != text[i] { return false }
    return true
  }

  private mutating func grow() {
    let size = slots.count * 4
    slots = [Int32](repeating: 0, count: size)
    for (number, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & (size - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = Int32(number + 1)
    }
  }

  /// The labels in sorted order, and the codes renumbered to match. Texts that are compared as equal,
  /// see `labelKey`, are one label, by the shortest of them.
  func sortedCells(_ codes: [Int32]) -> TextCells {
    let texts = (0..<count).map { text($0) }
    var order = (0..<count).sorted {
      texts[$0].utf8.lexicographicallyPrecedes(texts[$1].utf8)
    }
    // Strings are equal where Unicode says so, however their accents are composed.
    var labels: [String: Int] = Dictionary(minimumCapacity: count)
    var same: [Int: Int] = [:]
    for number in order {
      let first = labels[labelKey(texts[number])] ?? number
      labels[labelKey(texts[number])] = first
      if first != number { same[number] = first }
    }
    var shortest: [Int: String] = [:]
    for (number, first) in same {
      let known = shortest[first] ?? texts[first]
      let (a, b) = (texts[number].utf8, known.utf8)
      if (a.count, texts[number]) < (b.count, known) { shortest[first] = texts[number] }
    }
    if !same.isEmpty {
      order.removeAll { same[$0] != nil }
      order.sort {
        (shortest[$0] ?? texts[$0]).utf8.lexicographicallyPrecedes(
          (shortest[$1] ?? texts[$1]).utf8)
      }
    }
    var renumbered = [Int32](repeating: 0, count: count)
    for (new, old) in order.enumerated() { renumbered[old] = Int32(new) }
    for (number, first) in same { renumbered[number] = renumbered[first] }
    return TextCells(
      codes: codes.map { $0 < 0 ? -1 : renumbered[Int($0)] },
      labels: order.map { shortest[$0] ?? texts[$0] })
  }
}
