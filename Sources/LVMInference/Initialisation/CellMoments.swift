import LVMCompute

/// Count, mean and sum of squares about the mean of each cell of a row, taken a few rows at a time.
struct CellMoments: Mergeable {
  private(set) var count: [Double]
  private(set) var mean: [Double]
  private(set) var squares: [Double]
  private let width: Int

  init(width: Int) {
    self.width = width
    count = [Double](repeating: 0, count: width)
    mean = count
    squares = count
  }

  var numbers: [Double] {
    get { count + mean + squares }
    set {
      count = Array(newValue[..<width])
      mean = Array(newValue[width..<(2 * width)])
      squares = Array(newValue[(2 * width)...])
    }
  }

  /// The moments of a column's cells over all rows.
  init(_ column: DataColumn, _ runtime: Runtime) {
    self = runtime.fold(column, CellMoments(width: column.width)) { $0.add($1) }
  }

  /// Root of the mean square about the mean; 0 where there is no cell.
  func deviation(_ j: Int) -> Double { (squares[j] / Swift.max(1, count[j])).squareRoot() }

  /// Adds whole rows; cells where `mask` is 0 are left out, whatever number stands there.
  mutating func add(_ values: UnsafeBufferPointer<Double>, mask: [Double]? = nil) {
    // Few enough that the second pass finds them in the cache.
    let piece = Swift.max(1, 16_384 / width) * width
    for start in stride(from: 0, to: values.count, by: piece) {
      let range = start..<Swift.min(start + piece, values.count)
      merge(CellMoments(UnsafeBufferPointer(rebasing: values[range]), mask?[range], width: width))
    }
  }

  private init(_ x: UnsafeBufferPointer<Double>, _ mask: ArraySlice<Double>?, width: Int) {
    self.init(width: width)
    let rows = x.count / width
    let first = mask?.startIndex ?? 0
    mean.withUnsafeMutableBufferPointer { mean in
      count.withUnsafeMutableBufferPointer { count in
        guard let mask else {
          for row in 0..<rows { for j in 0..<width { mean[j] += x[row * width + j] } }
          for j in 0..<width { count[j] = Double(rows) }
          return
        }
        for row in 0..<rows {
          for j in 0..<width where mask[first + row * width + j] != 0 {
            count[j] += 1
            mean[j] += x[row * width + j]
          }
        }
      }
    }
    for j in 0..<width { mean[j] /= Swift.max(1, count[j]) }
    mean.withUnsafeBufferPointer { mean in
      squares.withUnsafeMutableBufferPointer { squares in
        for row in 0..<rows {
          for j in 0..<width {
            let d = x[row * width + j] - mean[j]
            if let mask, mask[first + row * width + j] == 0 { continue }
            squares[j] += d * d
          }
        }
      }
    }
  }

  /// Chan, Golub & LeVeque (1983).
  mutating func merge(_ other: CellMoments) {
    for j in 0..<width where other.count[j] > 0 {
      let total = count[j] + other.count[j]
      let d = other.mean[j] - mean[j]
      squares[j] += other.squares[j] + d * d * count[j] * other.count[j] / total
      mean[j] += d * other.count[j] / total
      count[j] = total
    }
  }
}
