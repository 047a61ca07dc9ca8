import LVMCompute
import LVMModel

/// Observed columns about their mean: rows B with BᵀB = Σ w (x − mean)(x − mean)ᵀ.
///
/// Of compressed rows these are a handful; of as many rows as they are, no more than the columns.
struct Deviations {
  /// Columns by variable: the first of each, and how many.
  private(set) var columns: [VariableID: Range<Int>] = [:]
  private(set) var width = 0
  private(set) var count = 0
  /// Row-major, count × width.
  private(set) var rows: [Double] = []
  private(set) var mean: [Double] = []
  /// Original rows.
  let total: Double
  private let runtime: Runtime

  /// About the mean, or with `centred` false about zero.
  init(_ variables: [Variable], _ data: ModelData, centred: Bool = true) {
    total = Double(data.rows)
    var sources: [(start: Int, width: Int, values: [Double], mask: [Double]?)] = []
    for v in variables {
      guard let column = data.columns.columns[v.name] else { continue }
      let size = Swift.max(1, column.dims.reduce(1, *))
      columns[v.id] = width..<(width + size)
      let mask =
        data.masked.contains(v.name)
        ? data.columns.columns[ModelColumn.mask(v)]?.values : nil
      sources.append((width, size, column.values, mask))
      width += size
    }
    count = data.columns.layout.count(.rows)
    let one = [Double](repeating: 1, count: count)
    let units = data.columns.columns[ModelColumn.unit]?.values ?? one
    let weights = data.columns.columns[ModelColumn.weight]?.values ?? one
    rows = [Double](repeating: 0, count: count * width)
    runtime = data.runtime
    let width = width
    // Weighted sums of each column, then the weight of what is seen of it.
    let sums = runtime.fold(rows: count, width: width, Sums(count: 2 * width)) { sums, rows in
      for s in sources {
        for i in rows {
          for j in 0..<s.width {
            let present = s.mask?[i * s.width + j] ?? 1
            let u = units[i] * present
            sums.numbers[s.start + j] += weights[i] * u * s.values[i * s.width + j]
            sums.numbers[width + s.start + j] += weights[i] * u * units[i]
          }
        }
      }
    }.numbers
    mean = (0..<width).map { centred ? sums[$0] / Swift.max(sums[width + $0], 1e-300) : 0 }
    for s in sources {
      for i in 0..<count {
        let root = weights[i].squareRoot()
        for j in 0..<s.width {
          let present = s.mask?[i * s.width + j] ?? 1
          rows[i * width + s.start + j] =
            root * present * (s.values[i * s.width + j] - units[i] * mean[s.start + j])
        }
      }
    }
  }

  /// The standard deviation of a column, or of one without any what `VarianceFloor` puts in its place.
  func scale(of column: Int) -> Double {
    VarianceFloor.scale(sd: (squares(of: column) / total).squareRoot(), mean: mean[column])
  }

  /// The sum of squares of a column.
  func squares(of column: Int) -> Double {
    runtime.fold(rows: count, width: width, Sums(count: 1)) { sum, own in
      for i in own { sum.numbers[0] += rows[i * width + column] * rows[i * width + column] }
    }.numbers[0]
  }

  /// BᵀB / N.
  func covariance() -> [Double] {
    gram(rows, count, width, transposed: true).map { $0 / total }
  }

  /// Eigenvalues of the covariance, descending, and unit eigenvectors one after the other; of the Gram
  /// matrix where there are fewer rows than columns, which has the same ones and is smaller.
  func spectrum() -> (values: [Double], vectors: [Double])? {
    guard count < width else {
      guard let (values, vectors) = symmetricEigen(covariance(), width) else { return nil }
      return Self.descending(values, vectors, width, width)
    }
    let small = gram(rows, count, width, transposed: false).map { $0 / total }
    guard let (values, vectors) = symmetricEigen(small, count) else { return nil }
    var mapped = [Double](repeating: 0, count: count * width)
    for k in 0..<count {
      for i in 0..<count {
        let u = vectors[k * count + i]
        for j in 0..<width { mapped[k * width + j] += u * rows[i * width + j] }
      }
      let norm = (0..<width).reduce(0) { $0 + mapped[k * width + $1] * mapped[k * width + $1] }
        .squareRoot()
      if norm > 0 { for j in 0..<width { mapped[k * width + j] /= norm } }
    }
    return Self.descending(values, mapped, count, width)
  }

  private static func descending(
    _ values: [Double], _ vectors: [Double], _ n: Int, _ width: Int
  ) -> (values: [Double], vectors: [Double]) {
    var ordered: [Double] = []
    for k in (0..<n).reversed() { ordered += vectors[(k * width)..<((k + 1) * width)] }
    return (values.reversed().map { Swift.max($0, 0) }, ordered)
  }
}
