import LVMCompute
import LVMModel

/// Coordinates for real parameters in which the predictors they make move by about one.
///
/// A predictor is a part of a distribution's argument that is affine in parameters, η = c + Σ f·θ with features f
/// from the data: `a + b * year` in `Poisson(exp(a + b * year))`. With G the mean over rows of f fᵀ, summed over
/// predictors, θ = Mφ with M = G^(−1/2) of the correlation of G makes E[(η − c)²] = |φ|². So a covariate may have
/// any units and any mean: slope and intercept are no longer one narrow valley, and a start near zero
/// stays where exp is finite. Parameters without a predictor keep their own coordinates.
///
/// Of features far from zero in units of their spread G keeps no digit of what tells them from a constant. Taken again
/// in the coordinates φ, where rows are combined before they are squared, it does: M is then improved by that.
struct PredictorBasis {
  let preconditioner: Preconditioner
  /// Whether an entry is part of a predictor.
  private let isCovered: [Bool]

  /// More numbers than this are left alone: their matrix is not small any more.
  private static let most = 400
  /// Directions of features with less variance than this share are none.
  private static let least = 1e-13
  /// Share below which G is taken again, of no more numbers than `fewest`.
  private static let narrow = 1e-8
  private static let fewest = 40
  /// Whether equations in θ itself would lose the digits that tell its parts.
  let isNarrow: Bool

  var layout: ParameterLayout { preconditioner.layout }
  private var count: Int { layout.count }
  /// M and its inverse, row-major.
  var map: [Double] { preconditioner.map }
  var inverse: [Double] { preconditioner.inverse }

  /// θ of φ.
  func parameters(at phi: [Double]) -> [Double] { preconditioner.parameters(at: phi) }

  /// Nil where all features are constants of size one, or nothing is affine.
  init?(
    _ plan: InferencePlan, data: ModelData, runtime: Runtime, only chosen: Set<VariableID>? = nil
  ) throws {
    let real = plan.model.estimatedParameters().filter {
      $0.kind == .real && chosen?.contains($0.id) ?? true
    }
    let layout = ParameterLayout(real.map { plan.model[$0.id] })
    let n = layout.count
    guard n > 0, n <= Self.most else { return nil }
    let gram = try PredictorGram(plan, layout, data: data, runtime: runtime).matrix()
    var sizes = [Double](repeating: 1, count: n)
    var covered = [Bool](repeating: false, count: n)
    for i in 0..<n where gram[i * n + i] > 0 && gram[i * n + i].isFinite {
      sizes[i] = gram[i * n + i].squareRoot()
      covered[i] = true
    }
    guard covered.contains(true) else { return nil }
    isCovered = covered
    var correlation = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n where covered[i] && covered[j] {
        correlation[i * n + j] = gram[i * n + j] / (sizes[i] * sizes[j])
      }
      correlation[i * n + i] = 1
    }
    guard correlation.allSatisfy(\.isFinite), let eigen = symmetricEigen(correlation, n) else {
      return nil
    }
    // Along what no predictor sees a step keeps its length: stretched, it would lead off for ever.
    let rounding = 4 * 0x1p-52 * Double(n)
    var (map, inverse) = Self.roots(eigen, n) { $0 > rounding ? Swift.max($0, Self.least) : 1 }
    for i in 0..<n {
      for j in 0..<n {
        map[i * n + j] /= sizes[i]
        inverse[i * n + j] *= sizes[j]
      }
    }
    isNarrow = n <= Self.fewest && (eigen.values.first ?? 1) < Self.narrow
    if isNarrow {
      // Along eigenvectors first, for each to have digits of its own.
      let first = Self.principalAxes(eigen, sizes)
      let again = try PredictorGram(plan, layout, data: data, runtime: runtime, map: first.map)
        .matrix()
      if let finer = Self.refined(first, by: again, eigen, n) { (map, inverse) = finer }
    }
    preconditioner = Preconditioner(layout: layout, map: map, inverse: inverse)
  }

  /// Coordinates along the eigenvectors of the correlation, of unit length there, and back.
  private static func principalAxes(
    _ eigen: (values: [Double], vectors: [Double]), _ sizes: [Double]
  ) -> (map: [Double], inverse: [Double], lengths: [Double]) {
    let n = sizes.count
    var apart = [Double](repeating: 0, count: n * n)
    var together = apart
    let lengths = eigen.values.map { Swift.max($0, Self.least).squareRoot() }
    for i in 0..<n {
      for k in 0..<n {
        apart[i * n + k] = eigen.vectors[k * n + i] / (sizes[i] * lengths[k])
        together[k * n + i] = eigen.vectors[k * n + i] * sizes[i] * lengths[k]
      }
    }
    return (apart, together, lengths)
  }

  /// M and its inverse from G in coordinates along eigenvectors; nil if that has no eigenvalues.
  private static func refined(
    _ first: (map: [Double], inverse: [Double], lengths: [Double]), by again: [Double],
    _ eigen: (values: [Double], vectors: [Double]), _ n: Int
  ) -> (map: [Double], inverse: [Double])? {
    var (apart, together) = (first.map, first.inverse)
    // Where nothing at all is left in double precision the direction is none.
    let own = (0..<n).map { k -> Double in
      let square = again[k * n + k]
      return square > 1e-16 ? square.squareRoot() : 1 / first.lengths[k]
    }
    var finer = again
    for i in 0..<n {
      for j in 0..<n {
        let isNone = Swift.min(again[i * n + i], again[j * n + j]) <= 1e-16
        finer[i * n + j] = i == j ? 1 : isNone ? 0 : again[i * n + j] / (own[i] * own[j])
      }
    }
    guard finer.allSatisfy(\.isFinite), let rest = symmetricEigen(finer, n) else { return nil }
    let (root, back) = roots(rest, n) { $0 > Self.least ? $0 : 1 }
    for k in 0..<n {
      for i in 0..<n {
        apart[i * n + k] /= own[k]
        together[k * n + i] *= own[k]
      }
    }
    // Turned back to the parameters that they began with.
    let turn = eigen.vectors
    let turned = (0..<(n * n)).map { turn[$0 % n * n + $0 / n] }
    return (
      product(product(apart, root, n), turn, n), product(turned, product(back, together, n), n)
    )
  }

  /// V f(Λ)^(−1/2) Vᵀ and V f(Λ)^(1/2) Vᵀ.
  private static func roots(
    _ eigen: (values: [Double], vectors: [Double]), _ n: Int, _ f: (Double) -> Double
  ) -> (root: [Double], back: [Double]) {
    let lengths = eigen.values.map { f($0).squareRoot() }
    var result = (
      root: [Double](repeating: 0, count: n * n), back: [Double](repeating: 0, count: n * n)
    )
    for k in 0..<n {
      for i in 0..<n {
        for j in 0..<n {
          let product = eigen.vectors[k * n + i] * eigen.vectors[k * n + j]
          result.root[i * n + j] += product / lengths[k]
          result.back[i * n + j] += product * lengths[k]
        }
      }
    }
    return result
  }

  private static func product(_ a: [Double], _ b: [Double], _ n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for k in 0..<n { for j in 0..<n { result[i * n + j] += a[i * n + k] * b[k * n + j] } }
    }
    return result
  }

  /// Entries of θ that some of φ move by more than a rounding of what moves them most.
  func moved(by open: Set<Int>) -> Set<Int> {
    Set(
      (0..<count).filter { i in
        let most = (0..<count).reduce(0) { Swift.max($0, Swift.abs(map[i * count + $1])) }
        return open.contains { Swift.abs(map[i * count + $0]) > 1e-3 * most }
      })
  }

  /// A start whose numbers without a place of their own are read as φ: predictors then begin near what the placed
  /// ones say, whatever units their covariates have.
  ///
  /// - Parameter placed: parameters that start where the data say.
  func tamed(_ start: [String: Tensor], _ model: ModelGraph, placed: Set<VariableID>) -> [String:
    Tensor]
  {
    var phi = [Double](repeating: 0, count: count)
    for (id, offset) in layout.offsets where !placed.contains(id) {
      for (i, x) in (start[model[id].name]?.values ?? []).enumerated() where isCovered[offset + i] {
        phi[offset + i] = x
      }
    }
    let theta = parameters(at: phi)
    var result = start
    for (id, offset) in layout.offsets {
      guard var value = start[model[id].name] else { continue }
      for i in value.values.indices where isCovered[offset + i] {
        value.values[i] = theta[offset + i] + (placed.contains(id) ? value.values[i] : 0)
      }
      result[model[id].name] = value
    }
    return result
  }
}
