import CLVMKernels

/// Kernels of Gaussian quadratic forms over rows: one pass for all states.
enum QuadraticKernels {
  static func whitenedSquares(_ x: Operand, _ m: Operand, _ w: Operand, _ out: Operand)
    -> PreparedKernel
  {
    let d = x.shape.dims[0]
    let k = m.shape.dims[0]
    let (rows, centre, factor, slot, plate) = (x.slot, m.slot, w.slot, out.slot, out.plate)
    return PreparedKernel(
      run: { frame in
        let values: UnsafePointer<Double> = frame.input(rows)
        let means: UnsafePointer<Double> = frame.input(centre)
        let factors: UnsafePointer<Double> = frame.input(factor)
        let result: UnsafeMutablePointer<Double> = frame.output(slot)
        lvm_whitened_squares(
          values, frame.counts[plate], d, means, factors, k, result,
          frame.scratch.assumingMemoryBound(to: Double.self))
      }, scratchBytes: lvm_whitened_workspace(d, k) * 8)
  }

  static func weightedScatter(_ x: Operand, _ c: Operand, _ w: Operand, accumulator: Int?)
    -> PreparedKernel
  {
    guard let accumulator else { preconditionFailure("a plate's sum needs an accumulator") }
    let d = x.shape.dims[0]
    let k = c.shape.dims[0]
    let (rows, centre, weight, plate) = (x.slot, c.slot, w.slot, x.plate)
    return PreparedKernel(
      run: { frame in
        let values: UnsafePointer<Double> = frame.input(rows)
        let centres: UnsafePointer<Double> = frame.input(centre)
        let weights: UnsafePointer<Double> = frame.input(weight)
        let sums: UnsafeMutablePointer<Double> = frame.accumulator(accumulator)
        lvm_weighted_scatter(
          values, frame.counts[plate], d, centres, weights, k, sums,
          frame.scratch.assumingMemoryBound(to: Double.self))
      }, scratchBytes: lvm_scatter_workspace(d, k) * 8)
  }
}
