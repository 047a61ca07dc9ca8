import LVMCompute

/// Count, mean and sum of squares about the mean of numbers taken one by one (Welford 1962).
struct RunningMoments: Mergeable {
  private var count = 0.0
  private var mean = 0.0
  private var squares = 0.0

  mutating func add(_ x: Double) {
    count += 1
    let deviation = x - mean
    mean += deviation / count
    squares += deviation * (x - mean)
  }

  /// Chan, Golub & LeVeque (1983).
  mutating func merge(_ later: RunningMoments) {
    guard later.count > 0 else { return }
    let total = count + later.count
    let d = later.mean - mean
    squares += later.squares + d * d * count * later.count / total
    mean += d * later.count / total
    count = total
  }

  /// Root of the mean square about the mean; 0 where there is no number.
  var deviation: Double { (squares / Swift.max(1, count)).squareRoot() }

  var numbers: [Double] {
    get { [count, mean, squares] }
    set { (count, mean, squares) = (newValue[0], newValue[1], newValue[2]) }
  }
}
