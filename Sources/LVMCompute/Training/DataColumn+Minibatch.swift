import CLVMKernels

extension DataColumn {
  /// The rows as a step reads them: bits, bytes or Float32, whichever is smallest and holds each number as
  /// exactly as Float32 does. Read a block at a time, so that the column is never in memory as doubles.
  public var minibatchRows: any MinibatchRows {
    let rowBytes = (width + 7) / 8
    if let bytes = packed(
      count / width * rowBytes,
      { values, out in
        let rows = values.count / width
        let fits = lvm_pack_bits(values.baseAddress, rows, width, out) != 0
        return fits ? rows * rowBytes : nil
      })
    {
      return BitRows(packed: bytes, width: width)
    }
    if let bytes = packed(
      count,
      { values, out in
        lvm_pack_bytes(values.baseAddress, values.count, out) != 0 ? values.count : nil
      })
    {
      return ByteRows(bytes, width: width)
    }
    var floats: [Float] = []
    floats.reserveCapacity(count)
    eachBlock { for value in $0 { floats.append(Float(value)) } }
    return FloatRows(floats, width: width)
  }

  /// The bytes that a body writes for each block, and counts; nil from the first block on that does not fit.
  private func packed(
    _ size: Int, _ write: (UnsafeBufferPointer<Double>, UnsafeMutablePointer<UInt8>) -> Int?
  ) -> [UInt8]? {
    struct DoesNotFit: Error {}
    return try? [UInt8](unsafeUninitializedCapacity: size) { bytes, filled in
      guard let start = bytes.baseAddress else { return }
      try eachBlock { values in
        guard let written = write(values, start + filled) else { throw DoesNotFit() }
        filled += written
      }
    }
  }
}
