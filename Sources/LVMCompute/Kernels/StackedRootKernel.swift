/// The factor of I + GᵀG by Householder reflections of [I; G], never by forming the product.
///
/// Forming GᵀG squares the condition number: beside a row of size 10⁶ the digits of rows of size 1 are
/// lost. With the largest rows first and the columns as they come, reflections keep them (Higham 2002,
/// Accuracy and Stability of Numerical Algorithms, section 19.4).
enum StackedRootKernel {
  static func prepare(_ g: Operand, _ out: Operand) -> PreparedKernel {
    let n = g.shape.dims.last ?? 1
    let m = g.shape.dims[g.shape.rank - 2]
    let (source, slot, plate, batch) = (g.slot, out.slot, out.plate, out.count / max(n * n, 1))
    let rows = m + n
    let columnBytes = rows * n * 8
    return PreparedKernel(
      run: { frame in
        let x: UnsafePointer<Double> = frame.input(source)
        let y: UnsafeMutablePointer<Double> = frame.output(slot)
        let work = frame.scratch.assumingMemoryBound(to: Double.self)
        let order = (frame.scratch + columnBytes).assumingMemoryBound(to: Int.self)
        let size = (frame.scratch + columnBytes + rows * 8).assumingMemoryBound(to: Double.self)
        for i in 0..<(frame.counts[plate] * batch) {
          factor(x + i * m * n, m, n, into: y + i * n * n, work, order, size)
        }
      }, scratchBytes: columnBytes + rows * 16)
  }

  /// `work` holds the stack by columns, largest rows first.
  private static func factor(
    _ g: UnsafePointer<Double>, _ m: Int, _ n: Int, into out: UnsafeMutablePointer<Double>,
    _ work: UnsafeMutablePointer<Double>, _ order: UnsafeMutablePointer<Int>,
    _ size: UnsafeMutablePointer<Double>
  ) {
    let rows = m + n
    for r in 0..<m {
      var top = 0.0
      for c in 0..<n { top = max(top, abs(g[r * n + c])) }
      size[r] = top
    }
    for r in m..<rows { size[r] = 1 }
    for r in 0..<rows { order[r] = r }
    var places = UnsafeMutableBufferPointer(start: order, count: rows)
    places.sort {
      size[$0] != size[$1] ? size[$0] > size[$1] : $0 < $1
    }
    for place in 0..<rows {
      let r = order[place]
      for c in 0..<n {
        work[c * rows + place] = r < m ? g[r * n + c] : (r - m == c ? 1 : 0)
      }
    }
    for k in 0..<n {
      let column = work + k * rows
      // The largest entry of what is left of the column becomes the pivot's row.
      var pivot = k
      for r in k..<rows where abs(column[r]) > abs(column[pivot]) { pivot = r }
      if pivot != k {
        for c in 0..<n {
          let held = work[c * rows + k]
          work[c * rows + k] = work[c * rows + pivot]
          work[c * rows + pivot] = held
        }
      }
      var rest = 0.0
      for r in (k + 1)..<rows { rest += column[r] * column[r] }
      let head = column[k]
      let norm = (head * head + rest).squareRoot()
      guard norm > 0 else { continue }
      let diagonal = head > 0 ? -norm : norm
      let v = head - diagonal
      let scale = -v * diagonal
      for c in (k + 1)..<max(n, k + 1) {
        let other = work + c * rows
        var product = v * other[k]
        for r in (k + 1)..<rows { product += column[r] * other[r] }
        let factor = product / scale
        other[k] -= factor * v
        for r in (k + 1)..<rows { other[r] -= factor * column[r] }
      }
      column[k] = diagonal
    }
    // L = Rᵀ with a positive diagonal.
    for i in 0..<n {
      for j in 0..<n {
        out[i * n + j] =
          j > i ? 0 : work[i * rows + j] * (work[j * rows + j] < 0 ? -1 : 1)
      }
    }
  }
}
