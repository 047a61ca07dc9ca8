/// A product of two whole minibatches, as the gradient of a weight is, computed by panels: runs of rows
/// of the result, each over all rows of the minibatch, so that nothing needs to be merged.
struct PanelProduct {
  private let layout: ContractLayout
  /// Whether the result is computed as its transpose, to have row-major panels.
  private let swapped: Bool
  let rows: Int
  let columns: Int

  /// Nil where operands do not lie as matrices.
  init?(_ layout: ContractLayout) {
    guard layout.a.copy == nil, layout.b.copy == nil, layout.c.copy == nil,
      layout.batches.axes.isEmpty, layout.k.scales, !layout.m.scales, !layout.n.scales
    else { return nil }
    self.layout = layout
    swapped = layout.c.columnStride != 1
    (rows, columns) = swapped ? (layout.n.size, layout.m.size) : (layout.m.size, layout.n.size)
    guard swapped ? layout.c.rowStride == 1 : true else { return nil }
  }

  /// Distance between rows of the result.
  var leading: Int { swapped ? layout.c.columnStride : layout.c.rowStride }

  /// Rows of each panel. It depends on sizes alone, so that the bits do.
  var panels: [Range<Int>] {
    let count = max(1, min(8, rows / 32, rows * columns / (1 << 14)))
    let height = ((rows + count - 1) / count + 15) & ~15
    return stride(from: 0, to: rows, by: height).map { $0..<min(rows, $0 + height) }
  }

  /// Computes rows of the result from `instances` rows of the minibatch.
  func compute<T: Element>(
    _ panel: Range<Int>, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>,
    _ z: UnsafeMutablePointer<T>, instances: Int
  ) {
    let k = layout.k(instances)
    let (a, b) = (layout.a, layout.b)
    let start = panel.lowerBound
    if swapped {
      T.multiply(
        BLAS.Matrix(
          base: y + start * b.columnStride, rows: panel.count, columns: k,
          rowStride: b.columnStride, columnStride: b.rowStride),
        BLAS.Matrix(
          base: x, rows: k, columns: columns, rowStride: a.columnStride, columnStride: a.rowStride),
        z + start * leading, leading: leading, adding: false)
    } else {
      T.multiply(
        BLAS.Matrix(
          base: x + start * a.rowStride, rows: panel.count, columns: k, rowStride: a.rowStride,
          columnStride: a.columnStride),
        BLAS.Matrix(
          base: y, rows: k, columns: columns, rowStride: b.rowStride, columnStride: b.columnStride),
        z + start * leading, leading: leading, adding: false)
    }
  }
}
