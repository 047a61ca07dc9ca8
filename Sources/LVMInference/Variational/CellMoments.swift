/// Count, mean and sum of squares about the mean of each cell of a row, taken block by block.
struct CellMoments {
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

  /// Adds whole rows; cells where `mask` is 0 are left out, whatever number stands there.
  mutating func add(_ values: [Double], mask: [Double]?) {
    let rows = values.count / width
    var own = CellMoments(width: width)
    own.count.withUnsafeMutableBufferPointer { count in
      own.mean.withUnsafeMutableBufferPointer { mean in
        own.squares.withUnsafeMutableBufferPointer { squares in
          values.withUnsafeBufferPointer { x in
            guard let mask else {
              for row in 0..<rows { for j in 0..<width { mean[j] += x[row * width + j] } }
              for j in 0..<width {
                count[j] = Double(rows)
                mean[j] /= Double(Swift.max(1, rows))
              }
              for row in 0..<rows {
                for j in 0..<width {
                  let d = x[row * width + j] - mean[j]
                  squares[j] += d * d
                }
              }
              return
            }
            for i in 0..<(rows * width) where mask[i] != 0 {
              count[i % width] += 1
              mean[i % width] += x[i]
            }
            for j in 0..<width { mean[j] /= Swift.max(1, count[j]) }
            for i in 0..<(rows * width) where mask[i] != 0 {
              let d = x[i] - mean[i % width]
              squares[i % width] += d * d
            }
          }
        }
      }
    }
    merge(own)
  }

  /// Chan, Golub & LeVeque (1983).
  private mutating func merge(_ other: CellMoments) {
    for j in 0..<width where other.count[j] > 0 {
      let total = count[j] + other.count[j]
      let d = other.mean[j] - mean[j]
      squares[j] += other.squares[j] + d * d * count[j] * other.count[j] / total
      mean[j] += d * other.count[j] / total
      count[j] = total
    }
  }
}
