import Foundation
import LVMCompute

/// The safetensors format, of which the F64 part is written and read here.
///
/// A file is the length of its header (8 bytes, little-endian), the header, a JSON object that gives per
/// name `dtype`, `shape` and `data_offsets` counted from the header's end, and the numbers themselves,
/// little-endian and row-major. The header is padded with blanks so that numbers are aligned to 8 bytes.
enum Safetensors {
  /// The file's bytes, tensors in the order of their names.
  static func encode(_ tensors: [String: Tensor]) -> [UInt8] {
    var pairs: [(key: String, value: JSONValue)] = []
    var offset = 0
    let names = tensors.keys.sorted()
    for name in names {
      guard let tensor = tensors[name] else { continue }
      let end = offset + 8 * tensor.count
      pairs.append(
        (
          name,
          .object([
            ("dtype", .text("F64")), ("shape", .array(tensor.dims.map(JSONValue.integer))),
            ("data_offsets", .array([.integer(offset), .integer(end)])),
          ])
        ))
      offset = end
    }
    var header = Array(JSONValue.object(pairs).compact.utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes += header
    for name in names {
      for value in tensors[name]?.values ?? [] {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
      }
    }
    return bytes
  }

  private struct Entry: Decodable {
    var dtype: String
    var shape: [Int]
    var offsets: [Int]

    /// Empty arrays stand before others that begin at the same place.
    var start: (Int, Int) { (offsets.first ?? 0, offsets.last ?? 0) }

    enum CodingKeys: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }
  }

  /// Why bytes are no such file, in words that follow "is damaged:".
  struct Damage: Error {
    var reason: String
  }

  /// The tensors of a file, each number with the bits it was written with.
  static func decode(_ bytes: [UInt8]) throws(Damage) -> [String: Tensor] {
    guard bytes.count >= 8 else { throw Damage(reason: "it is shorter than its own header") }
    let length = word(bytes, at: 0)
    guard length <= UInt64(bytes.count - 8), length <= 100_000_000 else {
      throw Damage(reason: "it is shorter than its own header")
    }
    let start = 8 + Int(length)
    let header = try self.header(bytes[8..<start])
    var result: [String: Tensor] = [:]
    var end = 0
    for (name, entry) in header.sorted(by: { $0.value.start < $1.value.start }) {
      guard entry.dtype == "F64" else {
        throw Damage(reason: "`\(name)` is of type \(entry.dtype), not F64")
      }
      var count = 1
      for size in entry.shape {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        guard size >= 0, !overflow, product <= bytes.count else {
          throw Damage(reason: "the shape of `\(name)` does not fit its numbers")
        }
        count = product
      }
      guard entry.offsets.count == 2, entry.offsets[0] >= 0,
        entry.offsets[0] <= entry.offsets[1],
        entry.offsets[1] - entry.offsets[0] == 8 * count
      else { throw Damage(reason: "the shape of `\(name)` does not fit its numbers") }
      guard entry.offsets[1] <= bytes.count - start else {
        throw Damage(reason: "it ends before the numbers of `\(name)` do")
      }
      guard entry.offsets[0] == end else {
        throw Damage(reason: "the numbers of `\(name)` do not begin where those before them end")
      }
      let first = start + entry.offsets[0]
      let values = (0..<count).map { Double(bitPattern: word(bytes, at: first + 8 * $0)) }
      guard values.allSatisfy(\.isFinite) else {
        throw Damage(reason: "`\(name)` holds something that is not a finite number")
      }
      result[name] = Tensor(entry.shape, values)
      end = max(end, entry.offsets[1])
    }
    guard end == bytes.count - start else {
      throw Damage(reason: "there are more bytes in it than its header speaks of")
    }
    return result
  }

  /// What the header says of each array. `__metadata__`, texts of whoever wrote the file, says nothing of
  /// them.
  private static func header(_ text: ArraySlice<UInt8>) throws(Damage) -> [String: Entry] {
    struct Header: Decodable {
      var entries: [String: Entry] = [:]

      init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Name.self)
        for name in container.allKeys {
          if name.stringValue == "__metadata__" {
            _ = try container.decode([String: String].self, forKey: name)
          } else {
            entries[name.stringValue] = try container.decode(Entry.self, forKey: name)
          }
        }
      }
    }
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(text))
    } catch {
      throw Damage(reason: "its header is not what safetensors files have")
    }
    var known: Set<String> = []
    for name in keys(of: text) where !known.insert(name).inserted {
      throw Damage(reason: "its header has `\(name)` twice")
    }
    return header.entries
  }

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The keys of the outermost object, as often as they occur; a decoder would keep one of each.
  private static func keys(of text: ArraySlice<UInt8>) -> [String] {
    var keys: [String] = []
    var depth = 0
    var p = text.startIndex
    while p < text.endIndex {
      switch text[p] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "\""):
        let start = p
        p += 1
        while p < text.endIndex, text[p] != UInt8(ascii: "\"") {
          p += text[p] == UInt8(ascii: "\\") ? 2 : 1
        }
        let end = min(p, text.endIndex - 1)
        let rest = text[(end + 1)...].drop { $0 <= 0x20 }
        if depth == 1, rest.first == UInt8(ascii: ":"),
          let key = try? JSONDecoder().decode(String.self, from: Data(text[start...end]))
        {
          keys.append(key)
        }
      default: break
      }
      p += 1
    }
    return keys
  }

  private static func word(_ bytes: [UInt8], at offset: Int) -> UInt64 {
    var value: UInt64 = 0
    for i in (0..<8).reversed() { value = value << 8 | UInt64(bytes[offset + i]) }
    return value
  }
}
