/// Nested loops of an elementwise operation after dims that run together have been merged.
///
/// The outermost loop may run over a plate, whose count is known only at run time.
struct Loops {
  struct Axis {
    /// The size, or the size per plate instance where `scales`.
    var size: Int
    var scales: Bool
    /// Strides of the operands.
    var strides: [Int]
  }

  /// Outermost first.
  let axes: [Axis]

  /// The loops of a result over operands that broadcast to it.
  init(_ result: Shape, _ operands: [Shape]) {
    var axes: [Axis] = []
    if result.plate != nil {
      axes.append(
        Axis(size: 1, scales: true, strides: operands.map { $0.plate == nil ? 0 : $0.count }))
    }
    let strides = operands.map { Loops.strides($0, rank: result.rank) }
    for (i, size) in result.dims.enumerated() where size != 1 {
      axes.append(Axis(size: size, scales: false, strides: strides.map { $0[i] }))
    }
    self.axes = Loops.merged(axes)
  }

  /// Loops in a given order over one operand.
  init(_ axes: [Axis]) { self.axes = Loops.merged(axes) }

  static func merged(_ axes: [Axis]) -> [Axis] {
    var result: [Axis] = []
    for axis in axes {
      guard let last = result.last else {
        result.append(axis)
        continue
      }
      if zip(last.strides, axis.strides).allSatisfy({ $0 == $1 * axis.size }) {
        result[result.count - 1] = Axis(
          size: last.size * axis.size, scales: last.scales, strides: axis.strides)
      } else {
        result.append(axis)
      }
    }
    return result
  }

  /// Row-major strides of an operand's static dims aligned from the right, 0 where it stretches.
  static func strides(_ shape: Shape, rank: Int) -> [Int] {
    var result = [Int](repeating: 0, count: rank)
    var step = 1
    for i in stride(from: shape.rank - 1, through: 0, by: -1) {
      result[rank - shape.rank + i] = shape.dims[i] == 1 ? 0 : step
      step *= shape.dims[i]
    }
    return result
  }

  /// Calls `body(offsets, place, rows, rowStrides, columns)` for each run of the two innermost loops.
  ///
  /// `columnsRun` must hold inner strides of 0 or 1, as broadcasting gives.
  @inline(__always)
  func forEachRun(
    _ n: Int,
    _ body: (_ offsets: (Int, Int, Int), _ place: Int, _ rows: Int, _ columns: Int) -> Void
  ) {
    let depth = axes.count
    func size(_ i: Int) -> Int { axes[i].scales ? axes[i].size * n : axes[i].size }
    if depth == 0 { return body((0, 0, 0), 0, 1, 1) }
    if depth == 1 { return body((0, 0, 0), 0, 1, size(0)) }
    let (rows, columns) = (size(depth - 2), size(depth - 1))
    if depth == 2 { return body((0, 0, 0), 0, rows, columns) }
    let outer = depth - 2
    var total = 1
    for i in 0..<outer { total *= size(i) }
    var place = 0
    for run in 0..<total {
      var rest = run
      var offsets = (0, 0, 0)
      for i in stride(from: outer - 1, through: 0, by: -1) {
        let s = size(i)
        let index = rest % s
        rest /= s
        let strides = axes[i].strides
        offsets.0 += index * strides[0]
        if strides.count > 1 { offsets.1 += index * strides[1] }
        if strides.count > 2 { offsets.2 += index * strides[2] }
      }
      body(offsets, place, rows, columns)
      place += rows * columns
    }
  }

  /// Stride of operand k along the second innermost loop.
  func rowStride(_ k: Int) -> Int { axes.count < 2 ? 0 : axes[axes.count - 2].strides[k] }

  /// Innermost strides as bits: whether operand k runs.
  var innerBits: Int32 {
    guard let last = axes.last else { return 0 }
    return last.strides.enumerated().reduce(0) {
      $0 | ($1.element != 0 ? 1 << Int32($1.offset) : 0)
    }
  }
}
