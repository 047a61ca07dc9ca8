/// Whether more epochs would have gained anything, told from the bound after each epoch.
///
/// The step size is constant for two thirds of the epochs and falls afterwards, so that the end of a run is
/// always flat: it says nothing. What counts is the constant part. The bound's gain over its last half
/// (d₂) beside that over the quarter before (d₁) gives the ratio q = d₂/d₁ by which gains shrink each
/// time the epochs double; twice as many epochs would then gain q·d₂.
public struct TrainingOutlook: Sendable, Equatable {
  /// What twice as many epochs would gain, in nats a row.
  public var gain: Double
  /// Below this a gain does not count, or is not to be told from noise.
  public var tolerance: Double
  /// Epochs that would bring the gain of doubling them below the tolerance; nil where that is beyond
  /// ten times those that were run, or there were too few to tell.
  public var sufficient: Int?

  public var hasSettled: Bool { gain <= tolerance }

  /// - Parameters:
  ///   - bounds: after each epoch, in nats a row.
  ///   - warmup: epochs at the start in which something else was maximised.
  ///   - planned: epochs of the whole schedule.
  public init(bounds: [Double], warmup: Int, planned: Int) {
    let count = bounds.count
    let last = bounds.last ?? 0
    tolerance = 1e-3 * (abs(last) + 1)
    let start = warmup < count / 2 ? warmup : 0
    let end = planned < 10 ? count : min(count, max(1, planned * 2 / 3))
    let length = end - start
    guard length >= 8 else {
      gain = count > 1 ? max(0, last - bounds[count - 2]) * Double(count) : .infinity
      return
    }
    let window = max(1, length / 12)
    func average(_ place: Int) -> Double {
      let upper = min(end, max(start + window, place + window / 2))
      return bounds[(upper - window)..<upper].reduce(0, +) / Double(window)
    }
    let first = average(start + length / 4)
    let middle = average(start + length / 2)
    let final = average(end)
    let (d1, d2) = (middle - first, final - middle)
    let shrinking = d1 > 0 ? min(0.95, max(0, d2 / d1)) : 0.5
    gain = max(0, d2) * shrinking
    tolerance = max(
      tolerance, 2 * Self.noise(bounds[(end - 2 * window)..<end]) / Double(window).squareRoot())
    guard gain > tolerance, shrinking > 0 else { return }
    var epochs = count
    var left = gain
    while left > tolerance, epochs <= 10 * count {
      epochs *= 2
      left *= shrinking
    }
    if left <= tolerance { sufficient = epochs }
  }

  /// The standard deviation of a bound about its trend, from differences of neighbours.
  private static func noise(_ bounds: ArraySlice<Double>) -> Double {
    let own = Array(bounds)
    guard own.count > 2 else { return 0 }
    let steps = (1..<own.count).map { own[$0] - own[$0 - 1] }
    let mean = steps.reduce(0, +) / Double(steps.count)
    let variance = steps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(steps.count)
    return (variance / 2).squareRoot()
  }
}
