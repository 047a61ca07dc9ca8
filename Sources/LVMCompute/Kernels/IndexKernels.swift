/// Kernels that look up by data. Indices outside the range give NaN (`take`) or add nothing.
enum IndexKernels {
  static func take(_ base: Operand, _ indices: Operand, _ out: Operand) -> PreparedKernel {
    let rows = base.shape.dims[0]
    let width = base.count / max(rows, 1)
    let (source, places, slot, plate) = (base.slot, indices.slot, out.slot, out.plate)
    let count = indices.count
    return PreparedKernel { frame in
      let x: UnsafePointer<Double> = frame.input(source)
      let index: UnsafePointer<Double> = frame.input(places)
      let y: UnsafeMutablePointer<Double> = frame.output(slot)
      for i in 0..<(frame.counts[plate] * count) {
        let k = index[i]
        let target = y + i * width
        if k >= 0 && k < Double(rows) {
          target.update(from: x + Int(k) * width, count: width)
        } else {
          target.update(repeating: .nan, count: width)
        }
      }
    }
  }

  /// Adds to an accumulator, or to the zeroed result where nothing is on a plate.
  static func scatterAdd(
    _ values: Operand, _ indices: Operand, _ out: Operand, accumulator: Int?
  ) -> PreparedKernel {
    let rows = out.shape.dims[0]
    let width = out.count / max(rows, 1)
    let count = indices.count
    let (source, places, slot) = (values.slot, indices.slot, out.slot)
    let plate = max(values.plate, indices.plate)
    let (valueStep, indexStep) = (
      values.plate == 0 ? 0 : values.count, indices.plate == 0 ? 0 : count
    )
    let size = out.count
    return PreparedKernel { frame in
      let x: UnsafePointer<Double> = frame.input(source)
      let index: UnsafePointer<Double> = frame.input(places)
      let y: UnsafeMutablePointer<Double> =
        accumulator.map { frame.accumulator($0) } ?? frame.output(slot)
      if accumulator == nil { y.update(repeating: 0, count: size) }
      for n in 0..<frame.counts[plate] {
        for i in 0..<count {
          let k = index[n * indexStep + i]
          guard k >= 0 && k < Double(rows) else { continue }
          let target = y + Int(k) * width
          let from = x + n * valueStep + i * width
          for j in 0..<width { target[j] += from[j] }
        }
      }
    }
  }

  static func oneHot(_ indices: Operand, _ out: Operand) -> PreparedKernel {
    let width = out.shape.dims.last ?? 1
    let (places, slot, plate, count) = (indices.slot, out.slot, out.plate, indices.count)
    return PreparedKernel { frame in
      let index: UnsafePointer<Double> = frame.input(places)
      let y: UnsafeMutablePointer<Double> = frame.output(slot)
      let n = frame.counts[plate] * count
      y.update(repeating: 0, count: n * width)
      for i in 0..<n where index[i] >= 0 && index[i] < Double(width) {
        y[i * width + Int(index[i])] = 1
      }
    }
  }
}
