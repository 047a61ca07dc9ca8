/// Kernels that move values: nothing is computed.
enum MovementKernels {
  /// A whole copy.
  static func copy(_ a: Operand, _ out: Operand) -> PreparedKernel {
    let (source, slot, plate) = (a.slot, out.slot, out.plate)
    let bytes = out.count * out.dtype.byteCount
    return PreparedKernel { frame in
      guard let from = frame.slots[source], let to = frame.slots[slot] else { return }
      to.copyMemory(from: from, byteCount: frame.counts[plate] * bytes)
    }
  }

  /// Repeats a value over dims (and over a plate, where only the result has one).
  static func broadcast<T: Element>(_ a: Operand, _ out: Operand, _: T.Type) -> PreparedKernel {
    let loops = Loops(out.shape, [a.shape])
    let (source, slot, plate) = (a.slot, out.slot, out.plate)
    return PreparedKernel { frame in
      gather(loops, frame.input(source, T.self), frame.output(slot), frame.counts[plate])
    }
  }

  static func transpose<T: Element>(
    _ permutation: [Int], _ a: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    let strides = Loops.strides(a.shape, rank: a.shape.rank)
    var axes: [Loops.Axis] = []
    if a.shape.plate != nil { axes.append(.init(size: 1, scales: true, strides: [a.count])) }
    for p in permutation where a.shape.dims[p] != 1 {
      axes.append(.init(size: a.shape.dims[p], scales: false, strides: [strides[p]]))
    }
    let loops = Loops(axes)
    let (source, slot, plate) = (a.slot, out.slot, out.plate)
    return PreparedKernel { frame in
      gather(loops, frame.input(source, T.self), frame.output(slot), frame.counts[plate])
    }
  }

  /// Writes a strided source to a contiguous result, in the order of the loops.
  static func gather<T: Element>(
    _ loops: Loops, _ source: UnsafePointer<T>, _ out: UnsafeMutablePointer<T>, _ n: Int
  ) {
    let rowStride = loops.rowStride(0)
    let columnStride = loops.axes.last?.strides[0] ?? 0
    loops.forEachRun(n) { offsets, place, rows, columns in
      let from = source + offsets.0
      let to = out + place
      if columnStride <= 1 {
        T.copy(from, rowStride, to, rows, columns, Int32(columnStride))
        return
      }
      for r in 0..<rows {
        let row = from + r * rowStride
        let target = to + r * columns
        for c in 0..<columns { target[c] = row[c * columnStride] }
      }
    }
  }

  static func slice<T: Element>(
    axis: Int, start: Int, count: Int, _ a: Operand, _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    let inner = a.shape.dims.dropFirst(axis + 1).reduce(1, *)
    let outer = a.shape.dims.prefix(axis).reduce(1, *)
    let (width, from, stride) = (count * inner, start * inner, a.shape.dims[axis] * inner)
    let (source, slot, plate) = (a.slot, out.slot, out.plate)
    return PreparedKernel { frame in
      let x: UnsafePointer<T> = frame.input(source)
      T.copy(x + from, stride, frame.output(slot), frame.counts[plate] * outer, width, 1)
    }
  }

  static func concat<T: Element>(
    axis: Int, _ parts: [Operand], _ out: Operand, _: T.Type
  ) -> PreparedKernel {
    let inner = out.shape.dims.dropFirst(axis + 1).reduce(1, *)
    let outer = out.shape.dims.prefix(axis).reduce(1, *)
    let stride = out.shape.dims[axis] * inner
    let widths = parts.map { $0.shape.dims[axis] * inner }
    let slots = parts.map(\.slot)
    let perInstance = parts.map { $0.shape.plate == nil ? 0 : $0.count }
    let (slot, plate) = (out.slot, out.plate)
    return PreparedKernel { frame in
      let target: UnsafeMutablePointer<T> = frame.output(slot)
      let n = frame.counts[plate]
      var place = 0
      for (k, width) in widths.enumerated() {
        let source: UnsafePointer<T> = frame.input(slots[k])
        for i in 0..<n {
          for o in 0..<outer {
            (target + (i * outer + o) * stride + place).update(
              from: source + i * perInstance[k] + o * width, count: width)
          }
        }
        place += width
      }
    }
  }

  static func ones<T: Element>(_ out: Operand, _: T.Type) -> PreparedKernel {
    let (slot, plate, count) = (out.slot, out.plate, out.count)
    return PreparedKernel { frame in
      let target: UnsafeMutablePointer<T> = frame.output(slot)
      target.update(repeating: 1, count: frame.counts[plate] * count)
    }
  }
}

extension DType {
  /// Bytes of one number.
  public var byteCount: Int {
    switch self {
    case .f32: 4
    case .f64: 8
    }
  }
}
