import LVMCompute

/// Anderson acceleration of a monotone fixed-point map, in free coordinates.
///
/// From the last pairs of a point x and its image g, the next point is the combination of images whose
/// combined residual g − x is smallest (Walker & Ni 2011; for EM, Henderson & Varadhan 2019). It is a
/// proposal: whoever iterates keeps it only if the objective does not fall, and takes the plain image
/// otherwise, so that the whole stays monotone.
struct AndersonAcceleration {
  /// Sizes of the blocks of coordinates; residuals are measured relative to each block's own.
  private let blocks: [Int]
  private var points: [[Double]] = []
  private var images: [[Double]] = []
  /// Plain steps to take before the next proposal; grows with refusals.
  private var pause = 0
  private var refusals = 0

  static let memory = 10

  init(blocks: [Int]) { self.blocks = blocks }

  mutating func forget() {
    points = []
    images = []
  }

  /// A proposal was refused: older pairs mislead here, and the next proposals come more rarely.
  mutating func refused() {
    forget()
    refusals = Swift.min(refusals + 1, 5)
    pause = 1 << refusals
  }

  mutating func accepted() { refusals = Swift.max(0, refusals - 1) }

  /// A point to try after `point` was mapped to `image`; nil where the plain image is as good a guess.
  mutating func proposal(_ point: [Double], _ image: [Double]) -> [Double]? {
    guard point.allSatisfy(\.isFinite), image.allSatisfy(\.isFinite) else {
      forget()
      return nil
    }
    points.append(point)
    images.append(image)
    if points.count > Self.memory + 1 {
      points.removeFirst()
      images.removeFirst()
    }
    guard pause == 0 else {
      pause -= 1
      return nil
    }
    let m = points.count - 1
    guard m >= 2 else { return nil }
    let residuals = zip(points, images).map { x, g in zip(g, x).map { $0 - $1 } }
    let weights = blockWeights(residuals)
    let last = residuals[m]
    let steps = (0..<m).map { j in zip(residuals[j + 1], residuals[j]).map { $0 - $1 } }
    func product(_ a: [Double], _ b: [Double]) -> Double {
      var sum = 0.0
      for i in a.indices { sum += a[i] * b[i] * weights[i] }
      return sum
    }
    var gram = [Double](repeating: 0, count: m * m)
    for i in 0..<m { for j in 0..<m { gram[i * m + j] = product(steps[i], steps[j]) } }
    guard let (values, vectors) = symmetricEigen(gram, m), let top = values.last, top > 0 else {
      return nil
    }
    let side = steps.map { product($0, last) }
    var gamma = [Double](repeating: 0, count: m)
    for k in 0..<m where values[k] > 1e-12 * top {
      let v = vectors[(k * m)..<((k + 1) * m)]
      var along = 0.0
      for (a, b) in zip(v, side) { along += a * b }
      for (i, a) in v.enumerated() { gamma[i] += along / (values[k] + 1e-10 * top) * a }
    }
    var result = image
    for j in 0..<m {
      for i in result.indices { result[i] -= gamma[j] * (images[j + 1][i] - images[j][i]) }
    }
    return result
  }

  /// One over the mean square of each block's residuals, per coordinate.
  private func blockWeights(_ residuals: [[Double]]) -> [Double] {
    var weights: [Double] = []
    var at = 0
    for size in blocks {
      var sum = 0.0
      for r in residuals { for i in at..<(at + size) { sum += r[i] * r[i] } }
      let mean = sum / Double(Swift.max(1, size * residuals.count))
      weights += [Double](repeating: mean > 0 ? 1 / mean : 0, count: size)
      at += size
    }
    return weights
  }
}
