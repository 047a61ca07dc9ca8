/// How one operand of a contraction lies in memory: axes with labels, the plate as label −1.
struct LabelledArray {
  var labels: [Int]
  /// Size per label; the plate's is known only at run time and stands as 1.
  var sizes: [Int: Int]
  var strides: [Int: Int]

  static let plate = -1

  /// An array with its axes in row-major order; a plate comes first.
  init(labels: [Int], sizes: [Int: Int]) {
    self.labels = labels
    self.sizes = sizes
    strides = [:]
    var step = 1
    for label in labels.reversed() {
      strides[label] = step
      if label != LabelledArray.plate { step *= sizes[label] ?? 1 }
    }
  }

  /// The step between instances of the plate, or the size without one.
  var count: Int {
    labels.filter { $0 != LabelledArray.plate }.reduce(1) { $0 * (sizes[$1] ?? 1) }
  }

  /// A group of axes as one, where their strides allow: the stride of its last axis.
  func mergedStride(_ group: [Int]) -> Int? {
    let group = group.filter { $0 == LabelledArray.plate || sizes[$0] != 1 }
    for (a, b) in zip(group, group.dropFirst()) {
      guard let outer = strides[a], let inner = strides[b], let size = sizes[b],
        outer == inner * size
      else { return nil }
    }
    return group.last.map { strides[$0] ?? 0 } ?? 0
  }

  /// The same numbers stored anew as a matrix per batch: whichever group holds the plate comes first.
  func rearranged(batch: [Int], rows: [Int], columns: [Int]) -> LabelledArray {
    let order: [Int]
    if rows.contains(LabelledArray.plate) {
      order = rows + batch + columns
    } else if columns.contains(LabelledArray.plate) {
      order = columns + batch + rows
    } else {
      order = batch + rows + columns
    }
    return LabelledArray(labels: order, sizes: sizes)
  }

  /// Loops that visit this array in the axis order of another one.
  func loops(inOrderOf other: LabelledArray) -> Loops {
    Loops(
      other.labels.filter { $0 == LabelledArray.plate || sizes[$0] != 1 }.map { label in
        Loops.Axis(
          size: sizes[label] ?? 1, scales: label == LabelledArray.plate,
          strides: [strides[label] ?? 0])
      })
  }
}

/// A contraction as a batch of matrix products: C[m, n] = Σ A[m, k] B[k, n].
///
/// Expects every label in the output or in both operands.
struct ContractLayout {
  struct Side {
    var array: LabelledArray
    /// How to copy the operand first, where its axes do not lie as a matrix.
    var copy: Loops?
    var rowStride = 0
    var columnStride = 0
  }

  /// A dimension: a product of sizes, times the instances of the plate where `scales`.
  struct Extent {
    var size: Int
    var scales: Bool

    init(_ group: [Int], _ sizes: [Int: Int]) {
      size = group.reduce(1) { $0 * ($1 == LabelledArray.plate ? 1 : sizes[$1] ?? 1) }
      scales = group.contains(LabelledArray.plate)
    }

    func callAsFunction(_ n: Int) -> Int { scales ? size * n : size }
  }

  var a, b, c: Side
  let m, n, k: Extent
  /// Loops over what both operands and the result share, with strides in (a, b, c).
  let batches: Loops

  init(_ spec: ContractSpec, _ left: Shape, _ right: Shape) {
    let plate = LabelledArray.plate
    var sizes = [plate: 1]
    for (label, size) in zip(spec.left + spec.right, left.dims + right.dims) { sizes[label] = size }
    let la = (left.plate == nil ? [] : [plate]) + spec.left
    let lb = (right.plate == nil ? [] : [plate]) + spec.right
    let onPlate = left.plate != nil || right.plate != nil
    let lc = (onPlate && spec.keepsPlate ? [plate] : []) + spec.output
    let batch = lc.filter { la.contains($0) && lb.contains($0) }
    let rows = lc.filter { la.contains($0) && !lb.contains($0) }
    let columns = lc.filter { !la.contains($0) && lb.contains($0) }
    var summed = la.filter { lb.contains($0) && !lc.contains($0) }
    let (arrayA, arrayB) = (
      LabelledArray(labels: la, sizes: sizes), LabelledArray(labels: lb, sizes: sizes)
    )
    if arrayB.mergedStride(summed) == nil {
      let other = lb.filter { summed.contains($0) }
      if arrayB.mergedStride(other) != nil { summed = other }
    }
    func side(_ array: LabelledArray, _ first: [Int], _ second: [Int]) -> Side {
      func strides(_ array: LabelledArray) -> (Int, Int)? {
        guard let r = array.mergedStride(first), let c = array.mergedStride(second) else {
          return nil
        }
        // A matrix of one row or column is as good with any stride.
        return r == 1 || c == 1 || r == 0 || c == 0 ? (r, c) : nil
      }
      if let (r, c) = strides(array) {
        return Side(array: array, copy: nil, rowStride: r, columnStride: c)
      }
      let moved = array.rearranged(batch: batch, rows: first, columns: second)
      guard let (r, c) = strides(moved) else { preconditionFailure("a rearranged matrix") }
      return Side(
        array: moved, copy: array.loops(inOrderOf: moved), rowStride: r, columnStride: c)
    }
    let sideA = side(arrayA, rows, summed)
    let sideB = side(arrayB, summed, columns)
    var sideC = side(LabelledArray(labels: lc, sizes: sizes), rows, columns)
    if sideC.copy != nil {
      // The product goes to the moved array; the copy then visits it in the result's order.
      let result = LabelledArray(labels: lc, sizes: sizes)
      sideC.copy = sideC.array.loops(inOrderOf: result)
    }
    (a, b, c) = (sideA, sideB, sideC)
    m = Extent(rows, sizes)
    n = Extent(columns, sizes)
    k = Extent(summed, sizes)
    // Merging keeps the order of the loops; the order of batches is free, the longest goes last.
    let axes = batch.filter { $0 == plate || sizes[$0] != 1 }.map { label in
      Loops.Axis(
        size: sizes[label] ?? 1, scales: label == plate,
        strides: [sideA, sideB, sideC].map { $0.array.strides[label] ?? 0 })
    }
    var merged = Loops.merged(axes)
    if let first = merged.first, first.scales, merged.count > 1 {
      merged.removeFirst()
      merged.append(first)
    }
    batches = Loops(unmerged: merged)
  }
}

extension Loops {
  init(unmerged axes: [Axis]) { self.axes = axes }
}
