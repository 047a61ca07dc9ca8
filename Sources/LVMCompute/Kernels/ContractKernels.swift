/// Kernels of contractions: products of matrices by BLAS, of small ones by loops.
enum ContractKernels {
  /// Below this many multiplications a BLAS call costs more than its work.
  private static let smallProduct = 1024

  /// - Parameter capacity: the most instances of the plate in a block, for work space.
  static func contract<T: Element>(
    _ spec: ContractSpec, _ a: Operand, _ b: Operand, _ out: Operand, accumulator: Int?,
    capacity: Int, _: T.Type
  ) -> PreparedKernel {
    let layout = ContractLayout(spec, a.shape, b.shape)
    let (left, right, slot) = (a.slot, b.slot, out.slot)
    let plate = max(a.plate, b.plate)
    func bytes(_ side: ContractLayout.Side) -> Int {
      guard side.copy != nil else { return 0 }
      let scales = side.array.labels.contains(LabelledArray.plate)
      return (side.array.count * (scales ? capacity : 1) * MemoryLayout<T>.size + 63) & ~63
    }
    let (bytesA, bytesB, bytesC) = (bytes(layout.a), bytes(layout.b), bytes(layout.c))
    let adding = accumulator != nil
    let total = out.count
    return PreparedKernel(
      run: { frame in
        let n = frame.counts[plate]
        var x: UnsafePointer<T> = frame.input(left)
        var y: UnsafePointer<T> = frame.input(right)
        let z: UnsafeMutablePointer<T> =
          accumulator.map { frame.accumulator($0) } ?? frame.output(slot)
        if let copy = layout.a.copy {
          let moved = frame.scratch.assumingMemoryBound(to: T.self)
          MovementKernels.gather(copy, x, moved, n)
          x = UnsafePointer(moved)
        }
        if let copy = layout.b.copy {
          let moved = (frame.scratch + bytesA).assumingMemoryBound(to: T.self)
          MovementKernels.gather(copy, y, moved, n)
          y = UnsafePointer(moved)
        }
        guard let copy = layout.c.copy else {
          return products(layout, x, y, z, n, adding: adding)
        }
        let moved = (frame.scratch + (bytesA + bytesB)).assumingMemoryBound(to: T.self)
        products(layout, x, y, moved, n, adding: false)
        if adding {
          // The order of a plate's sums has no plate: the result is `total` numbers.
          let ordered = (frame.scratch + (bytesA + bytesB + bytesC)).assumingMemoryBound(to: T.self)
          MovementKernels.gather(copy, UnsafePointer(moved), ordered, n)
          T.sum(UnsafePointer(ordered), z, 1, 1, total, adding: true)
        } else {
          MovementKernels.gather(copy, UnsafePointer(moved), z, n)
        }
      }, scratchBytes: bytesA + bytesB + bytesC + (adding ? bytesC : 0))
  }

  private static func products<T: Element>(
    _ layout: ContractLayout, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>,
    _ z: UnsafeMutablePointer<T>, _ instances: Int, adding: Bool
  ) {
    let (m, n, k) = (layout.m(instances), layout.n(instances), layout.k(instances))
    let axes = layout.batches.axes
    func size(_ axis: Loops.Axis) -> Int { axis.scales ? axis.size * instances : axis.size }
    let last = axes.last
    let inner = last.map(size) ?? 1
    var outer = 1
    for axis in axes.dropLast() { outer *= size(axis) }
    if m == 0 || n == 0 || inner == 0 { return }
    let a = (last?.strides[0] ?? 0, layout.a.rowStride, layout.a.columnStride)
    let b = (last?.strides[1] ?? 0, layout.b.rowStride, layout.b.columnStride)
    let c = (last?.strides[2] ?? 0, layout.c.rowStride, layout.c.columnStride)
    let small = m * n * k < smallProduct
    for run in 0..<outer {
      var rest = run
      var (px, py, pz) = (x, y, z)
      for axis in axes.dropLast().reversed() {
        let s = size(axis)
        px += rest % s * axis.strides[0]
        py += rest % s * axis.strides[1]
        pz += rest % s * axis.strides[2]
        rest /= s
      }
      if small || k == 0 {
        // The inner loop runs over columns: the longer of the two.
        if c.2 == 1 || n == 1 && m > 1 && c.1 != 1 || m == 1 && n == 1 {
          T.products(px, a, py, b, pz, c, inner, (m, n, k), adding: adding)
        } else {
          T.products(
            py, (b.0, b.2, b.1), px, (a.0, a.2, a.1), pz, (c.0, c.2, c.1), inner, (n, m, k),
            adding: adding)
        }
        continue
      }
      for i in 0..<inner {
        product(
          .init(base: px + i * a.0, rows: m, columns: k, rowStride: a.1, columnStride: a.2),
          .init(base: py + i * b.0, rows: k, columns: n, rowStride: b.1, columnStride: b.2),
          pz + i * c.0, c.1, c.2, adding: adding)
      }
    }
  }

  private static func product<T: Element>(
    _ a: BLAS.Matrix<T>, _ b: BLAS.Matrix<T>, _ c: UnsafeMutablePointer<T>, _ rowStride: Int,
    _ columnStride: Int, adding: Bool
  ) {
    func transposed(_ x: BLAS.Matrix<T>) -> BLAS.Matrix<T> {
      .init(
        base: x.base, rows: x.columns, columns: x.rows, rowStride: x.columnStride,
        columnStride: x.rowStride)
    }
    if b.columns == 1 {
      T.multiply(a, b.base, stride: b.rowStride, c, stride: rowStride, adding: adding)
    } else if a.rows == 1 {
      T.multiply(
        transposed(b), a.base, stride: a.columnStride, c, stride: columnStride, adding: adding)
    } else if columnStride == 1 {
      T.multiply(a, b, c, leading: rowStride, adding: adding)
    } else {
      T.multiply(transposed(b), transposed(a), c, leading: columnStride, adding: adding)
    }
  }
}
