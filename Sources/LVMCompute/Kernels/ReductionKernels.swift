/// Kernels of sums, maxima and running sums over static dims, and of sums along plates.
enum ReductionKernels {
  /// Where the reduced axes are one run of neighbours: sizes before, of, and after it.
  private static func run(_ axes: [Int], _ shape: Shape) -> (outer: Int, middle: Int, inner: Int)? {
    let sorted = axes.sorted()
    guard let first = sorted.first, let last = sorted.last, last - first == sorted.count - 1 else {
      return nil
    }
    let d = shape.dims
    return (d[..<first].reduce(1, *), d[first...last].reduce(1, *), d[(last + 1)...].reduce(1, *))
  }

  private enum Kind { case sum, max, logSumExp }

  static func sum<T: Element>(
    _ axes: [Int], _ a: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    reduce(.sum, axes, a, out, T.self)
  }

  static func max<T: Element>(
    _ axes: [Int], _ a: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    reduce(.max, axes, a, out, T.self)
  }

  static func logSumExp<T: Element>(
    _ axes: [Int], _ a: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    reduce(.logSumExp, axes, a, out, T.self)
  }

  private static func reduce<T: Element>(
    _ kind: Kind, _ axes: [Int], _ a: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    let (source, slot, plate) = (a.slot, out.slot, out.plate)
    func apply(
      _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ outer: Int, _ middle: Int, _ inner: Int
    ) {
      switch kind {
      case .sum: T.sum(x, y, outer, middle, inner, adding: false)
      case .max: T.max(x, y, outer, middle, inner)
      case .logSumExp: T.logSumExp(x, y, outer, middle, inner)
      }
    }
    if let sizes = run(axes, a.shape) {
      return PreparedKernel { frame in
        apply(
          frame.input(source), frame.output(slot), frame.counts[plate] * sizes.outer, sizes.middle,
          sizes.inner)
      }
    }
    // Scattered axes: one instance at a time is moved so that they come last.
    let kept = a.shape.dims.indices.filter { !axes.contains($0) }
    let strides = Loops.strides(a.shape, rank: a.shape.rank)
    let loops = Loops(
      (kept + axes.sorted()).filter { a.shape.dims[$0] != 1 }.map {
        Loops.Axis(size: a.shape.dims[$0], scales: false, strides: [strides[$0]])
      })
    let middle = axes.reduce(1) { $0 * a.shape.dims[$1] }
    let (whole, part) = (a.count, out.count)
    return PreparedKernel(
      run: { frame in
        let x: UnsafePointer<T> = frame.input(source)
        let y: UnsafeMutablePointer<T> = frame.output(slot)
        let moved = frame.scratch.assumingMemoryBound(to: T.self)
        for i in 0..<frame.counts[plate] {
          MovementKernels.gather(loops, x + i * whole, moved, 1)
          apply(moved, y + i * part, part, middle, 1)
        }
      }, scratchBytes: whole * 8)
  }

  /// Log-sum-exp over the last axes together with its softmax, whose exponentials are the same.
  static func softmax<T: Element>(
    _ a: Operand, _ out: Operand, weights: Operand, _: T.Type
  ) -> PreparedKernel {
    let (source, slot, second, plate, outer) = (a.slot, out.slot, weights.slot, a.plate, out.count)
    let middle = outer == 0 ? 0 : a.count / outer
    return PreparedKernel { frame in
      T.softmax(
        frame.input(source), frame.output(slot), frame.output(second), frame.counts[plate] * outer,
        middle)
    }
  }

  static func cumsum<T: Element>(
    axis: Int, reversed: Bool, _ a: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    guard let sizes = run([axis], a.shape) else { preconditionFailure("one axis is a run") }
    let (source, slot, plate) = (a.slot, out.slot, out.plate)
    return PreparedKernel { frame in
      T.cumsum(
        frame.input(source), frame.output(slot), frame.counts[plate] * sizes.outer, sizes.middle,
        sizes.inner, reversed: reversed)
    }
  }

  /// Adds a block's instances to the accumulator.
  static func sumPlate<T: Element>(_ a: Operand, accumulator: Int, _: T.Type) -> PreparedKernel {
    let (source, plate, count) = (a.slot, a.plate, a.count)
    return PreparedKernel { frame in
      T.sum(
        frame.input(source), frame.accumulator(accumulator), 1, frame.counts[plate], count,
        adding: true)
    }
  }

  /// `offsets`: the outer plate's instances in the inner plate, for the whole data.
  static func segmentSum<T: Element>(
    _ a: Operand, _ out: Operand, offsets: [Int], _: T.Type
  ) -> PreparedKernel {
    let (source, slot, inner, outer, count) = (a.slot, out.slot, a.plate, out.plate, out.count)
    return PreparedKernel { frame in
      let x: UnsafePointer<T> = frame.input(source)
      let y: UnsafeMutablePointer<T> = frame.output(slot)
      let first = frame.starts[inner]
      for i in 0..<frame.counts[outer] {
        let unit = frame.starts[outer] + i
        let (start, end) = (offsets[unit], offsets[unit + 1])
        T.sum(x + (start - first) * count, y + i * count, 1, end - start, count, adding: false)
      }
    }
  }

  static func spread<T: Element>(
    _ a: Operand, _ out: Operand, offsets: [Int], _: T.Type
  ) -> PreparedKernel {
    let (source, slot, inner, outer, count) = (a.slot, out.slot, out.plate, a.plate, out.count)
    return PreparedKernel { frame in
      let x: UnsafePointer<T> = frame.input(source)
      let y: UnsafeMutablePointer<T> = frame.output(slot)
      let first = frame.starts[inner]
      for i in 0..<frame.counts[outer] {
        let unit = frame.starts[outer] + i
        let (start, end) = (offsets[unit], offsets[unit + 1])
        let target = y + (start - first) * count
        T.copy(x + i * count, 0, target, end - start, count, 1)
      }
    }
  }

  static func segmentStart<T: Element>(
    _ out: Operand, offsets: [Int], _: T.Type
  ) -> PreparedKernel {
    let (slot, plate) = (out.slot, out.plate)
    let marks = Set(zip(offsets, offsets.dropFirst()).filter { $0 < $1 }.map(\.0))
    return PreparedKernel { frame in
      let y: UnsafeMutablePointer<T> = frame.output(slot)
      for i in 0..<frame.counts[plate] { y[i] = marks.contains(frame.starts[plate] + i) ? 1 : 0 }
    }
  }
}
