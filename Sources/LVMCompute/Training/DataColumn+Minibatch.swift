extension DataColumn {
  /// The rows as a step reads them: bits, bytes or Float32, whichever is smallest and holds each number as
  /// exactly as Float32 does. Read a block at a time, so that the column is never in memory as doubles.
  public var minibatchRows: any MinibatchRows {
    var areBits = true
    var areBytes = true
    eachBlock { values in
      guard areBytes else { return }
      for value in values {
        areBits = areBits && (value == 0 || value == 1)
        areBytes = areBytes && value >= 0 && value <= 255 && value == value.rounded()
      }
    }
    if areBits {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(count / width * ((width + 7) / 8))
      eachBlock { BitRows.pack($0, width: width, into: &bytes) }
      return BitRows(packed: bytes, width: width)
    }
    if areBytes {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(count)
      eachBlock { for value in $0 { bytes.append(UInt8(value)) } }
      return ByteRows(bytes, width: width)
    }
    var floats: [Float] = []
    floats.reserveCapacity(count)
    eachBlock { for value in $0 { floats.append(Float(value)) } }
    return FloatRows(floats, width: width)
  }
}
