/// Turns text of other encodings into UTF-8.
enum TextEncoding {
  /// UTF-16 or UTF-32, by a byte order mark or by where the zero bytes are; `nil` for other text.
  ///
  /// Throws `foreign-format` where such text is damaged.
  static func wideText(
    _ bytes: FileBytes, name: String, memory: Int?
  ) throws(DataErrors) -> FileBytes? {
    guard let form = wideForm(bytes) else { return nil }
    var output = try Output(bytes.count, name: name, memory: memory)
    let damaged = DataErrors(
      .foreignFormat("damaged UTF-\(form.unit * 8) text", advice: "save it as UTF-8"),
      at: .init(file: name))
    guard (bytes.count - form.start) % form.unit == 0 else { throw damaged }
    var p = form.start
    func unit() -> UInt32 {
      var value: UInt32 = 0
      for i in 0..<form.unit {
        let at = form.isBig ? p + i : p + form.unit - 1 - i
        value = value << 8 | UInt32(bytes.base[at])
      }
      p += form.unit
      return value
    }
    while p < bytes.count {
      var value = unit()
      if form.unit == 2, value & 0xfc00 == 0xd800 {
        guard p < bytes.count else { throw damaged }
        let low = unit()
        guard low & 0xfc00 == 0xdc00 else { throw damaged }
        value = 0x10000 + (value & 0x3ff) << 10 + low & 0x3ff
      }
      guard let scalar = Unicode.Scalar(value) else { throw damaged }
      try output.append(scalar)
    }
    return try output.finish()
  }

  /// Whether bytes begin as UTF-16 or UTF-32 do.
  static func isWide(_ bytes: FileBytes) -> Bool { wideForm(bytes) != nil }

  private struct WideForm {
    /// Bytes of a unit.
    var unit: Int
    var isBig: Bool
    /// After the byte order mark.
    var start: Int
  }

  private static func wideForm(_ bytes: FileBytes) -> WideForm? {
    if bytes.starts(with: [0xff, 0xfe, 0, 0]) { return .init(unit: 4, isBig: false, start: 4) }
    if bytes.starts(with: [0, 0, 0xfe, 0xff]) { return .init(unit: 4, isBig: true, start: 4) }
    if bytes.starts(with: [0xff, 0xfe]) { return .init(unit: 2, isBig: false, start: 2) }
    if bytes.starts(with: [0xfe, 0xff]) { return .init(unit: 2, isBig: true, start: 2) }
    // Of a table's separators, digits and line breaks one byte of two is zero, and never the other.
    let pairs = min(bytes.count, 4096) / 2
    guard pairs > 1 else { return nil }
    let high = (0..<pairs).count { bytes.base[2 * $0] == 0 }
    let low = (0..<pairs).count { bytes.base[2 * $0 + 1] == 0 }
    if high == 0, low > pairs / 4 { return .init(unit: 2, isBig: false, start: 0) }
    if low == 0, high > pairs / 4 { return .init(unit: 2, isBig: true, start: 0) }
    return nil
  }

  /// Text that is not UTF-8 read as Windows-1252, of which Latin-1 is the larger part, and a word of it
  /// with letters beyond ASCII; `nil` for text that does not look like it.
  ///
  /// Its letters beyond ASCII stand mostly alone among others, and never make up what UTF-8 has for one;
  /// in other alphabets they stand together, and in damaged UTF-8 some are whole.
  static func westernText(
    _ bytes: FileBytes, name: String, memory: Int?
  ) throws(DataErrors) -> (text: FileBytes, example: String)? {
    var (alone, together) = (0, 0)
    var p = 0
    var example: Range<Int>?
    while p < bytes.count {
      guard bytes.base[p] >= 0x80 else {
        if bytes.base[p] == 0 { return nil }
        p += 1
        continue
      }
      let start = p
      while p < bytes.count, bytes.base[p] >= 0x80 {
        guard windows1252(bytes.base[p]) != nil else { return nil }
        p += 1
      }
      if p - start == 1 { alone += 1 } else { together += p - start }
      let run = UnsafeBufferPointer(start: bytes.base + start, count: p - start)
      if run.count > 1, String(validating: run, as: UTF8.self) != nil { return nil }
      if example == nil { example = word(around: start, bytes) }
    }
    guard alone > 0, alone >= together, let example else { return nil }
    var output = try Output(bytes.count, name: name, memory: memory)
    for p in 0..<bytes.count {
      guard let scalar = windows1252(bytes.base[p]) else { return nil }
      try output.append(scalar)
    }
    let scalars = example.compactMap { windows1252(bytes.base[$0]) }
    return (try output.finish(), String(String.UnicodeScalarView(scalars)))
  }

  private static func word(around place: Int, _ bytes: FileBytes) -> Range<Int> {
    func isLetter(_ i: Int) -> Bool {
      let byte = bytes.base[i]
      return byte >= 0x80 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7a
    }
    var (low, high) = (place, place + 1)
    while low > 0, place - low < 20, isLetter(low - 1) { low -= 1 }
    while high < bytes.count, high - place < 20, isLetter(high) { high += 1 }
    return low..<high
  }

  /// 0x80 to 0x9f, where Windows-1252 differs from Latin-1; five have no character.
  private static let specials: [UInt32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
    0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc,
    0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
  ]

  private static func windows1252(_ byte: UInt8) -> Unicode.Scalar? {
    guard byte & 0xe0 == 0x80 else { return Unicode.Scalar(byte) }
    let value = specials[Int(byte & 0x1f)]
    return value == 0 ? nil : Unicode.Scalar(value)
  }

  /// UTF-8 on its way into memory, or into a temporary file where it may take no more.
  private struct Output {
    private var bytes: [UInt8] = []
    private let spilled: SpilledBytes?

    init(_ count: Int, name: String, memory: Int?) throws(DataErrors) {
      guard let memory, count > memory / 4 else {
        spilled = nil
        return
      }
      spilled = try SpilledBytes(name: name)
    }

    mutating func append(_ scalar: Unicode.Scalar) throws(DataErrors) {
      if scalar.isASCII {
        bytes.append(UInt8(truncatingIfNeeded: scalar.value))
      } else {
        bytes.append(contentsOf: Array(String(Character(scalar)).utf8))
      }
      guard let spilled, bytes.count >= 1 << 20 else { return }
      try spilled.append(bytes)
      bytes.removeAll(keepingCapacity: true)
    }

    mutating func finish() throws(DataErrors) -> FileBytes {
      guard let spilled else { return FileBytes(bytes) }
      try spilled.append(bytes)
      return try spilled.mapped()
    }
  }
}
