import CLVMKernels

/// Kernels of linear algebra on batches of matrices: own loops for small ones, LAPACK for large.
enum MatrixKernels {
  private static let large = 24

  /// The lower factor with zeros above; NaN where there is none.
  static func factor(
    _ a: UnsafePointer<Double>, into out: UnsafeMutablePointer<Double>, _ n: Int
  ) -> Bool {
    guard n >= large else { return lvm_cholesky(a, out, n) != 0 }
    for i in 0..<n {
      for j in 0..<n { out[i * n + j] = j <= i ? a[i * n + j] : 0 }
    }
    if BLAS.choleskyInPlace(out, n) { return true }
    out.update(repeating: .nan, count: n * n)
    return false
  }

  /// X [n, m] = L⁻¹X or L⁻ᵀX.
  static func solve(
    _ l: UnsafePointer<Double>, _ x: UnsafeMutablePointer<Double>, _ n: Int, _ m: Int,
    transposed: Bool
  ) {
    if n < large && m < large {
      lvm_triangular_solve(l, x, n, m, transposed ? 1 : 0)
    } else {
      BLAS.triangularSolve(l, x, n, m, transposed: transposed)
    }
  }

  static func cholesky(_ a: Operand, _ out: Operand) -> PreparedKernel {
    let n = a.shape.dims.last ?? 1
    let (source, slot, plate, batch) = (a.slot, out.slot, out.plate, a.count / max(n * n, 1))
    return PreparedKernel { frame in
      let x: UnsafePointer<Double> = frame.input(source)
      let y: UnsafeMutablePointer<Double> = frame.output(slot)
      for i in 0..<(frame.counts[plate] * batch) {
        _ = factor(x + i * n * n, into: y + i * n * n, n)
      }
    }
  }

  static func spdInverse(_ a: Operand, _ out: Operand) -> PreparedKernel {
    let n = a.shape.dims.last ?? 1
    let (source, slot, plate, batch) = (a.slot, out.slot, out.plate, a.count / max(n * n, 1))
    return PreparedKernel(
      run: { frame in
        let x: UnsafePointer<Double> = frame.input(source)
        let y: UnsafeMutablePointer<Double> = frame.output(slot)
        let l = frame.scratch.assumingMemoryBound(to: Double.self)
        for i in 0..<(frame.counts[plate] * batch) {
          let target = y + i * n * n
          target.update(repeating: 0, count: n * n)
          guard factor(x + i * n * n, into: l, n) else {
            target.update(repeating: .nan, count: n * n)
            continue
          }
          for j in 0..<n { target[j * n + j] = 1 }
          solve(l, target, n, n, transposed: false)
          solve(l, target, n, n, transposed: true)
          // The same number on both sides of the diagonal.
          for r in 0..<n {
            for c in 0..<r { target[c * n + r] = target[r * n + c] }
          }
        }
      }, scratchBytes: n * n * 8)
  }

  static func triangularSolve(
    transposed: Bool, _ l: Operand, _ b: Operand, _ out: Operand
  ) -> PreparedKernel {
    let (n, m) = (b.shape.dims[b.shape.rank - 2], b.shape.dims[b.shape.rank - 1])
    let loops = batchLoops(out, dropping: 2, [(l, 2), (b, 2)])
    let (left, right, slot, plate) = (l.slot, b.slot, out.slot, out.plate)
    return PreparedKernel { frame in
      let x: UnsafePointer<Double> = frame.input(left)
      let y: UnsafePointer<Double> = frame.input(right)
      let z: UnsafeMutablePointer<Double> = frame.output(slot)
      forEachItem(loops, frame.counts[plate]) { i, j, place in
        let target = z + place * n * m
        target.update(from: y + j * n * m, count: n * m)
        solve(x + i * n * n, target, n, m, transposed: transposed)
      }
    }
  }

  /// Loops over batches whose items are matrices or vectors: strides count items.
  private static func batchLoops(
    _ out: Operand, dropping: Int, _ operands: [(Operand, Int)]
  ) -> Loops {
    Loops(
      Shape(plate: out.shape.plate, Array(out.shape.dims.dropLast(dropping))),
      operands.map { Shape(plate: $0.shape.plate, Array($0.shape.dims.dropLast($1))) })
  }

  private static func forEachItem(
    _ loops: Loops, _ n: Int, _ body: (_ left: Int, _ right: Int, _ place: Int) -> Void
  ) {
    let (aRow, bRow, inner) = (loops.rowStride(0), loops.rowStride(1), loops.innerBits)
    let (aStep, bStep) = (Int(inner & 1), Int(inner >> 1 & 1))
    loops.forEachRun(n) { offsets, place, rows, columns in
      for r in 0..<rows {
        for c in 0..<columns {
          body(
            offsets.0 + r * aRow + c * aStep, offsets.1 + r * bRow + c * bStep,
            place + r * columns + c)
        }
      }
    }
  }

  static func spdSolve(_ p: Operand, _ h: Operand, _ out: Operand) -> PreparedKernel {
    solveAll(p, h, out, dropping: 1) { l, positive, x, n, z, place in
      let target = z + place * n
      guard positive else { return target.update(repeating: .nan, count: n) }
      target.update(from: x, count: n)
      solve(l, target, n, 1, transposed: false)
      solve(l, target, n, 1, transposed: true)
    }
  }

  static func gaussianIntegral(_ p: Operand, _ h: Operand, _ out: Operand) -> PreparedKernel {
    solveAll(p, h, out, dropping: 0) { l, positive, x, n, z, place in
      guard positive else {
        z[place] = .nan
        return
      }
      // Half of |L⁻¹h|², less the logs of L's diagonal, which the caller put behind L.
      let w = UnsafeMutablePointer(mutating: l) + n * n + 1
      w.update(from: x, count: n)
      solve(l, w, n, 1, transposed: false)
      var square = 0.0
      for i in 0..<n { square += w[i] * w[i] }
      z[place] = 0.5 * square - l[n * n]
    }
  }

  /// Visits each (P, h) of the batch with P's factor, made once for neighbours that share P; ½ log|P|
  /// stands behind the factor, then room for a vector.
  private static func solveAll(
    _ p: Operand, _ h: Operand, _ out: Operand, dropping: Int,
    _ body:
      @escaping (
        _ factor: UnsafePointer<Double>, _ positive: Bool, _ h: UnsafePointer<Double>, _ n: Int,
        _ out: UnsafeMutablePointer<Double>, _ place: Int
      ) -> Void
  ) -> PreparedKernel {
    let n = h.shape.dims.last ?? 1
    let loops = batchLoops(out, dropping: dropping, [(p, 2), (h, 1)])
    let (left, right, slot, plate) = (p.slot, h.slot, out.slot, out.plate)
    return PreparedKernel(
      run: { frame in
        let x: UnsafePointer<Double> = frame.input(left)
        let y: UnsafePointer<Double> = frame.input(right)
        let z: UnsafeMutablePointer<Double> = frame.output(slot)
        let l = frame.scratch.assumingMemoryBound(to: Double.self)
        var factored = -1
        var positive = false
        forEachItem(loops, frame.counts[plate]) { i, j, place in
          if factored != i {
            positive = factor(x + i * n * n, into: l, n)
            var logs = 0.0
            for r in 0..<n { logs += l[r * n + r].logarithm }
            l[n * n] = logs
            factored = i
          }
          body(l, positive, y + j * n, n, z, place)
        }
      }, scratchBytes: (n * n + n + 1) * 8)
  }

  static func diagonal(_ a: Operand, _ out: Operand) -> PreparedKernel {
    let n = a.shape.dims.last ?? 1
    let (source, slot, plate, batch) = (a.slot, out.slot, out.plate, a.count / max(n * n, 1))
    return PreparedKernel { frame in
      let x: UnsafePointer<Double> = frame.input(source)
      let y: UnsafeMutablePointer<Double> = frame.output(slot)
      for i in 0..<(frame.counts[plate] * batch) {
        for j in 0..<n { y[i * n + j] = x[i * n * n + j * (n + 1)] }
      }
    }
  }

  static func diagonalMatrix(_ a: Operand, _ out: Operand) -> PreparedKernel {
    let n = a.shape.dims.last ?? 1
    let (source, slot, plate, batch) = (a.slot, out.slot, out.plate, a.count / max(n, 1))
    return PreparedKernel { frame in
      let x: UnsafePointer<Double> = frame.input(source)
      let y: UnsafeMutablePointer<Double> = frame.output(slot)
      let total = frame.counts[plate] * batch
      y.update(repeating: 0, count: total * n * n)
      for i in 0..<total {
        for j in 0..<n { y[i * n * n + j * (n + 1)] = x[i * n + j] }
      }
    }
  }

  static func lowerTriangle(
    diagonalFactor: Double, _ a: Operand, _ out: Operand
  ) -> PreparedKernel {
    let n = a.shape.dims.last ?? 1
    let (source, slot, plate, batch) = (a.slot, out.slot, out.plate, a.count / max(n * n, 1))
    return PreparedKernel { frame in
      let x: UnsafePointer<Double> = frame.input(source)
      let y: UnsafeMutablePointer<Double> = frame.output(slot)
      for i in 0..<(frame.counts[plate] * batch * n) {
        let row = i % n
        for j in 0..<n { y[i * n + j] = j < row ? x[i * n + j] : 0 }
        y[i * n + row] = diagonalFactor * x[i * n + row]
      }
    }
  }
}
