import CZlib
import Foundation

/// Decompresses gzip data, of one member or several one after the other.
///
/// What may be more than `memory` bytes goes to a temporary file. Throws `corrupt-gzip` where the data
/// are damaged, cut off, or followed by something else than zero padding.
func gunzip(_ input: FileBytes, name: String, memory: Int? = nil) throws(DataErrors) -> FileBytes {
  func damaged(_ reason: String) -> DataErrors {
    DataErrors(.corruptGzip(reason: reason), at: .init(file: name))
  }
  var stream = z_stream()
  // 15 window bits, plus 16 to expect the gzip wrapper and check its sum.
  guard
    inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
  else { throw damaged("the decompressor could not start") }
  defer { inflateEnd(&stream) }

  // Text of numbers shrinks to a third or so; one that might not fit is not begun in memory.
  let spilled =
    try memory.flatMap { $0 / 32 < input.count ? $0 : nil }.map { _ throws(DataErrors) in
      try SpilledBytes(name: name)
    }
  var window = ReadingWindow(input)
  var capacity = spilled == nil ? max(1 << 16, input.count * 4) : 1 << 20
  guard var block = malloc(capacity) else { throw damaged("there is too little memory") }
  var isHandedOver = false
  defer { if !isHandedOver { free(block) } }
  var filled = 0
  var consumed = 0
  let limit = memoryLimit()
  func spill(_ file: SpilledBytes) throws(DataErrors) {
    try file.append(Array(UnsafeRawBufferPointer(start: block, count: filled)))
    filled = 0
    window.advance(to: consumed)
  }
  while true {
    if filled == capacity {
      if let spilled {
        try spill(spilled)
      } else {
        capacity *= 2
        // Without this a small file of zeros fills the memory until the system kills the program.
        guard filled <= limit else { throw DataErrors(.tooLarge, at: .init(file: name)) }
        guard let larger = realloc(block, capacity) else {
          throw damaged("there is too little memory")
        }
        block = larger
      }
    }
    let room = min(capacity - filled, 1 << 30)
    let available = min(input.count - consumed, 1 << 30)
    stream.next_in = UnsafeMutablePointer(mutating: input.base + consumed)
    stream.avail_in = UInt32(available)
    stream.next_out = (block + filled).assumingMemoryBound(to: UInt8.self)
    stream.avail_out = UInt32(room)
    let result = inflate(&stream, Z_NO_FLUSH)
    consumed += available - Int(stream.avail_in)
    filled += room - Int(stream.avail_out)
    switch result {
    case Z_OK: continue
    case Z_STREAM_END:
      let rest = UnsafeBufferPointer(start: input.base + consumed, count: input.count - consumed)
      if rest.allSatisfy({ $0 == 0 }) {
        if let spilled {
          try spill(spilled)
          return try spilled.mapped()
        }
        isHandedOver = true
        return FileBytes(owned: block, count: filled)
      }
      guard rest.count >= 2, rest[0] == 0x1f, rest[1] == 0x8b else {
        throw damaged("something else follows them")
      }
      inflateReset(&stream)
    case Z_BUF_ERROR where consumed < input.count || filled == capacity: continue
    case Z_BUF_ERROR: throw damaged("they end too early")
    default: throw damaged(stream.msg.map { String(cString: $0) } ?? "code \(result)")
    }
  }
}
