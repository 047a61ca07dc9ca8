import CZlib

/// Pictures as PNG files (ISO/IEC 15948): 8 bits a channel, grey or RGB, compressed by zlib.
public enum PNGWriter {
  /// - Parameters:
  ///   - pixels: `height · width · channels` bytes, row-major, channels last.
  ///   - channels: 1 for grey, 3 for RGB.
  /// - Returns: the bytes of a file; nil where the sizes do not fit one another.
  public static func encode(_ pixels: [UInt8], width: Int, height: Int, channels: Int) -> [UInt8]? {
    guard width > 0, height > 0, channels == 1 || channels == 3,
      width <= 1 << 24, height <= 1 << 24, pixels.count == width * height * channels
    else { return nil }
    // Each line begins with its filter: 0, none.
    var lines: [UInt8] = []
    lines.reserveCapacity(pixels.count + height)
    let stride = width * channels
    for y in 0..<height {
      lines.append(0)
      lines += pixels[(y * stride)..<((y + 1) * stride)]
    }
    guard let packed = deflated(lines) else { return nil }
    var header = bigEndian(width) + bigEndian(height)
    header += [8, channels == 1 ? 0 : 2, 0, 0, 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
      + chunk("IDAT", packed) + chunk("IEND", [])
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8]? {
    var count = compressBound(uLong(bytes.count))
    var out = [UInt8](repeating: 0, count: Int(count))
    guard compress2(&out, &count, bytes, uLong(bytes.count), 6) == Z_OK else { return nil }
    return Array(out.prefix(Int(count)))
  }

  private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + data
    let check = crc32(0, body, uInt(body.count))
    return bigEndian(data.count) + body + bigEndian(Int(check))
  }

  private static func bigEndian(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }
}
