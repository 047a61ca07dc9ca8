/// x·log y and x·log(1 + y) of rows and parameters: logarithms are taken once a block, not for each row.
enum LogProductKernels {
  /// - Returns: nil where y is on a plate too, so that nothing would be saved.
  static func product<T: Element>(
    _ function: BinaryFunction, _ a: Operand, _ b: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel? {
    guard let logarithm = logarithm(of: function), b.shape.plate == nil, out.shape.plate != nil,
      let take = T.unary(logarithm), let plain = T.binary(function)
    else { return nil }
    let loops = Loops(out.shape, [a.shape, b.shape])
    let (left, right, slot, plate) = (a.slot, b.slot, out.slot, out.plate)
    let (aStride, bStride, inner) = (loops.rowStride(0), loops.rowStride(1), loops.innerBits)
    let count = b.count
    return PreparedKernel(
      run: { frame in
        let (x, y, z): (UnsafePointer<T>, UnsafePointer<T>, UnsafeMutablePointer<T>) = (
          frame.input(left), frame.input(right), frame.output(slot)
        )
        let logs = frame.scratch.assumingMemoryBound(to: T.self)
        take(y, logs, count)
        // 0·log y is 0 for negative y as well, which a product cannot tell from y that is not a number.
        let usual = (0..<count).allSatisfy { logs[$0] == logs[$0] }
        let kernel = usual ? T.timesLog : plain
        let source = usual ? UnsafePointer(logs) : y
        loops.forEachRun(frame.counts[plate]) { offsets, place, rows, columns in
          kernel(
            x + offsets.0, aStride, source + offsets.1, bStride, z + place, rows, columns, inner)
        }
      }, scratchBytes: count * MemoryLayout<T>.size)
  }

  private static func logarithm(of function: BinaryFunction) -> UnaryFunction? {
    switch function {
    case .xlogy: .log
    case .xlog1py: .log1p
    case .add, .subtract, .multiply, .divide, .power, .maximum, .minimum, .less, .lessEqual,
      .equal, .logRising, .lbeta, .expDifference, .digammaRising:
      nil
    }
  }
}
