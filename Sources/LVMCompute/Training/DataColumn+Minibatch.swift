extension DataColumn {
  /// The rows as a step reads them: bits, bytes or Float32, whichever is smallest and holds each number as
  /// exactly as Float32 does. Read a block at a time, so that the column is never in memory as doubles.
  public var minibatchRows: any MinibatchRows {
    if let bytes = packed(
      reserving: count / width * ((width + 7) / 8),
      { values, bytes in
        for value in values where value != 0 && value != 1 { return false }
        BitRows.pack(values, width: width, into: &bytes)
        return true
      })
    {
      return BitRows(packed: bytes, width: width)
    }
    if let bytes = packed(
      reserving: count,
      { values, bytes in
        for value in values where !(value >= 0 && value <= 255 && value == value.rounded()) {
          return false
        }
        for value in values { bytes.append(UInt8(value)) }
        return true
      })
    {
      return ByteRows(bytes, width: width)
    }
    var floats: [Float] = []
    floats.reserveCapacity(count)
    eachBlock { for value in $0 { floats.append(Float(value)) } }
    return FloatRows(floats, width: width)
  }

  /// Bytes that a body adds for each block; nil from the first block on that does not fit.
  private func packed(
    reserving size: Int, _ add: (UnsafeBufferPointer<Double>, inout [UInt8]) -> Bool
  ) -> [UInt8]? {
    struct DoesNotFit: Error {}
    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    do {
      try eachBlock { if !add($0, &bytes) { throw DoesNotFit() } }
      return bytes
    } catch {
      return nil
    }
  }
}
