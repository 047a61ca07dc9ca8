/// Gzip without compression, so that a fuzzer needs no compressor (RFC 1951 and 1952).
enum Gzip {
  static func stored(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
    var start = 0
    repeat {
      let count = min(65_535, bytes.count - start)
      let isLast: UInt8 = start + count == bytes.count ? 1 : 0
      result += [isLast] + little(UInt32(count), 2) + little(~UInt32(count), 2)
      result += bytes[start..<(start + count)]
      start += count
    } while start < bytes.count
    return result + little(checksum(bytes), 4) + little(UInt32(bytes.count), 4)
  }

  private static func little(_ value: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1
    }
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }
}

/// Arrays in the `.npy` format with something wrong about them, or nothing.
enum NPYSeed {
  static let types = [
    "<f4", "<f8", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "|b1", ">f8", "<c16", "O",
    "", "<f2", "<f88888888",
  ]

  static let mutation = Mutation(
    snippets: [
      "(", ")", ",", "'", "{", "}", ":", "True", "False", "shape", "descr", "\n", "[", "-",
    ],
    others: [Array("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }\n".utf8)])

  static func mutated(_ draws: inout Draws) -> [UInt8] {
    let type = draws.one(of: types.prefix(draws.once(in: 4) ? types.count : 11))
    let rows = draws.next(below: 6)
    var shape = [rows] + (0..<draws.next(below: 3)).map { _ in draws.next(below: 5) }
    if draws.once(in: 8), let at = shape.indices.randomElement(using: &draws) {
      shape[at] = draws.one(of: [1 << 31, 1 << 40, .max, 1_000_000_007])
    }
    let list = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let order = draws.once(in: 4) ? "True" : "False"
    var header = Array(
      "{'descr': '\(type)', 'fortran_order': \(order), 'shape': (\(list)), }\n".utf8)
    if draws.once(in: 3) { header = mutation(header, &draws) }
    let version: UInt8 = draws.once(in: 4) ? UInt8(draws.next(below: 5)) : 1
    var bytes: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, version, 0]
    let count = draws.once(in: 10) ? draws.next(below: 1 << 32) : header.count
    for i in 0..<(version == 1 ? 2 : 4) { bytes.append(UInt8(count >> (8 * i) & 255)) }
    bytes += header
    let size = max(1, Int(type.dropFirst(2)) ?? 1)
    let (product, overflow) = shape.reduce((size, false)) { sum, next in
      let (value, more) = sum.0.multipliedReportingOverflow(by: next)
      return (value, sum.1 || more)
    }
    let length = overflow || product > 4096 ? draws.next(below: 64) : product
    bytes += (0..<length).map { _ in UInt8(draws.next(below: 256)) }
    return draws.once(in: 4) ? mutation(bytes, &draws) : bytes
  }
}
