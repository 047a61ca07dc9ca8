/// The header of a NumPy `.npy` file (format versions 1, 2 and 3).
///
/// Source: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays".
struct NPYHeader {
  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

  /// Kind and size, such as `f8`.
  var type: NPYType
  var isFortranOrder: Bool
  var shape: [Int]
  /// Where the numbers begin.
  var dataOffset: Int

  init(_ bytes: FileBytes, name: String) throws(DataErrors) {
    let place = DataPlace(file: name)
    func malformed(_ reason: String) -> DataErrors {
      DataErrors(.malformedNPY(reason: reason), at: place)
    }
    guard bytes.starts(with: Self.magic), bytes.count >= 10 else {
      throw malformed("it is too short")
    }
    let version = bytes.base[6]
    let lengthBytes: Int
    switch version {
    case 1: lengthBytes = 2
    case 2, 3: lengthBytes = 4
    default: throw malformed("its format version \(version) is unknown")
    }
    guard bytes.count >= 8 + lengthBytes else { throw malformed("it is too short") }
    var length = 0
    for i in (0..<lengthBytes).reversed() { length = length << 8 | Int(bytes.base[8 + i]) }
    dataOffset = 8 + lengthBytes + length
    guard bytes.count >= dataOffset else { throw malformed("its header is cut off") }
    let text = String(
      decoding: UnsafeBufferPointer(start: bytes.base + 8 + lengthBytes, count: length),
      as: UTF8.self)
    guard let descriptor = Self.entry("descr", in: text) else {
      throw malformed("its header names no element type")
    }
    guard let order = Self.entry("fortran_order", in: text) else {
      throw malformed("its header names no order")
    }
    guard let shapeText = Self.entry("shape", in: text) else {
      throw malformed("its header names no shape")
    }
    isFortranOrder = order == "True"
    let typeName = descriptor.filter { $0 != "'" && $0 != "\"" }
    guard let type = NPYType(rawValue: String(typeName.suffix(2))), typeName.count <= 3 else {
      throw DataErrors(.unsupportedNPYType(typeName), at: place)
    }
    if typeName.hasPrefix(">"), type.size > 1 {
      throw DataErrors(.bigEndianNPY(typeName), at: place)
    }
    self.type = type
    shape = []
    let inner = shapeText.filter { $0 != "(" && $0 != ")" && $0 != " " }
    for part in inner.split(separator: ",") {
      guard let size = Int(part), size >= 0 else { throw malformed("its shape is `\(shapeText)`") }
      shape.append(size)
    }
  }

  /// The text after `'key':`, up to the comma or brace that ends it outside parentheses.
  private static func entry(_ key: String, in text: String) -> String? {
    guard
      let found = text.firstRange(of: "'\(key)'") ?? text.firstRange(of: "\"\(key)\""),
      let colon = text[found.upperBound...].firstIndex(of: ":")
    else { return nil }
    var depth = 0
    var value = ""
    for character in text[text.index(after: colon)...] {
      if character == "(" || character == "[" { depth += 1 }
      if character == ")" || character == "]" { depth -= 1 }
      if depth == 0, character == "," || character == "}" { break }
      value.append(character)
    }
    let trimmed = value.drop { $0 == " " }
    return String(trimmed.reversed().drop { $0 == " " || $0 == "\n" }.reversed())
  }
}

/// The element types that are read.
enum NPYType: String {
  case f4, f8, i1, i2, i4, i8, u1, u2, u4, u8, b1

  /// Bytes of one element.
  var size: Int {
    switch self {
    case .i1, .u1, .b1: 1
    case .i2, .u2: 2
    case .f4, .i4, .u4: 4
    case .f8, .i8, .u8: 8
    }
  }
}
