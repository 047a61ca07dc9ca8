import LVMCompute
import LVMModel

/// Coordinates for real parameters in which the predictors they make move by about one.
///
/// A predictor is a part of a distribution's argument that is affine in parameters, η = c + Σ f·θ with features f
/// from the data: `a + b * year` in `Poisson(exp(a + b * year))`. With G the mean over rows of f fᵀ, summed over
/// predictors, θ = Mφ with M = G^(−1/2) of the correlation of G makes E[(η − c)²] = |φ|². So a covariate may have
/// any units and any mean: slope and intercept are no longer one narrow valley, and a start near zero
/// stays where exp is finite. Parameters without a predictor keep their own coordinates.
struct PredictorBasis {
  let layout: ParameterLayout
  private let count: Int
  /// M and its inverse, row-major.
  private let map: [Double]
  private let inverse: [Double]
  /// Whether an entry is part of a predictor.
  private let isCovered: [Bool]

  /// More numbers than this are left alone: their matrix is not small any more.
  private static let most = 400
  /// Directions of features with less variance than this share are none.
  private static let least = 1e-13

  /// Nil where all features are constants of size one, or nothing is affine.
  init?(_ plan: Plan, data: ModelData, threads: Int, only chosen: Set<VariableID>? = nil) throws {
    let parameters = plan.model.variables.filter { v in
      guard v.role == .param, v.type.kind == .real, chosen?.contains(v.id) ?? true else {
        return false
      }
      if case .equal = v.definition { return false }
      return true
    }
    layout = ParameterLayout(parameters)
    count = layout.count
    guard count > 0, count <= Self.most else { return nil }
    let gram = try PredictorGram(plan, layout, data: data, threads: threads).matrix()
    let n = count
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
    let roots = eigen.values.map { $0 > rounding ? Swift.max($0, Self.least).squareRoot() : 1 }
    var map = [Double](repeating: 0, count: n * n)
    var inverse = map
    for i in 0..<n {
      for j in 0..<n {
        var (own, back) = (0.0, 0.0)
        for k in 0..<n {
          let product = eigen.vectors[k * n + i] * eigen.vectors[k * n + j]
          own += product / roots[k]
          back += product * roots[k]
        }
        map[i * n + j] = own / sizes[i]
        inverse[i * n + j] = back * sizes[j]
      }
    }
    self.map = map
    self.inverse = inverse
  }

  private func product(_ matrix: [Double], _ x: [Double], transposed: Bool = false) -> [Double] {
    var result = [Double](repeating: 0, count: count)
    for i in 0..<count {
      for j in 0..<count {
        result[transposed ? j : i] += matrix[i * count + j] * x[transposed ? i : j]
      }
    }
    return result
  }

  /// φ of θ.
  func coordinates(of theta: [Double]) -> [Double] { product(inverse, theta) }

  /// θ of φ.
  func parameters(at phi: [Double]) -> [Double] { product(map, phi) }

  /// The gradient in φ of one in θ.
  func gradient(_ g: [Double]) -> [Double] { product(map, g, transposed: true) }

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
