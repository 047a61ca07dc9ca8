import LVMCompute
import LVMModel

/// Standard errors of estimated parameters from the observed information.
///
/// The information is −∂²/∂u² of the log likelihood (with log priors, where parameters have them) in unconstrained
/// parameters u, by central differences of the exact gradient; its inverse is carried to the constrained
/// parameters by the delta method (Pawitan 2001, §2.5 and §3.1). Directions along which the likelihood is
/// flat have no error: parameters that move along them are left out. Where latents are integrated by
/// quadrature the likelihood is the adaptive one with as many nodes as its gradient needs.
public struct StandardErrors: Sendable {
  /// Standard errors, of each parameter's own dims; NaN for single entries on a boundary.
  public var values: [String: Tensor]
  /// Why a parameter, or some of its entries, has none.
  public var omitted: [String: String]

  public init(values: [String: Tensor], omitted: [String: String]) {
    self.values = values
    self.omitted = omitted
  }

  /// Eigenvalues of the information, scaled to a unit diagonal, below which a direction is flat.
  private static let flat = 1e-7
  /// Share of a parameter's movement along flat directions above which it is not identified.
  private static let share = 1e-3

  /// About how many multiplications `compute` takes: four gradients a free number, and the inverse.
  ///
  /// It depends on the model and the number of rows alone, so that what is computed does not depend on
  /// how busy a machine is.
  public static func cost(plan: InferencePlan, data: ModelData, parameters: [String: Tensor])
    -> Double
  {
    let n = Double(parameters.values.reduce(0) { $0 + $1.count })
    var width = 1.0
    for v in plan.model.variables where v.role == .observe || v.role == .given {
      width += Double((v.type.dims ?? []).reduce(1, *))
    }
    for v in plan.model.variables where v.role == .latent && !v.type.kind.isFinite {
      let l = Double((v.type.dims ?? []).reduce(1, *))
      width += l * l
    }
    let states = plan.program.eliminations.map(\.cells).reduce(1.0, Swift.max)
    return 4 * n * Double(data.rows) * width * states + 3 * n * n * n
  }

  /// Standard errors at a maximum of the likelihood.
  ///
  /// - Throws: `ExecutionError` for parameters that do not fit the plan.
  public static func compute(
    plan: InferencePlan, data: ModelData, parameters: [String: Tensor], runtime: Runtime = .serial
  ) throws -> StandardErrors {
    if !plan.model.hasDensity {
      var none = StandardErrors(values: [:], omitted: [:])
      none.omit(Set(parameters.keys), "without noise there is no likelihood")
      return none
    }
    let root = try MarginalLikelihood(plan, data: data, runtime: runtime)
    var result = StandardErrors(values: [:], omitted: [:])
    let free = try FreeEntries(plan, data: data, parameters, root, &result.omitted)
    let space = free.space
    guard space.dimension > 0 else { return result }
    let basis = try PredictorBasis(plan, data: data, runtime: runtime)
    // Directions to move along, one a column: a covariate far from zero would make slope and intercept one narrow
    // valley.
    let directions = space.directions(basis)
    let density = PulledDensity(root, space: space, beside: parameters)
    let information = try observedInformation(density, space.point(of: parameters), directions)
    guard let curvature = result.curvature(information, space) else { return result }
    // Entries held on a boundary are named, and the others of their parameter have their errors.
    for b in space.blocks.sorted(by: { $0.name < $1.name })
    where !b.range.isEmpty && !curvature.flat.contains(b.name) {
      try result.add(b, free, directions, curvature)
    }
    return result
  }

  /// The eigenvalues of the information scaled to a unit diagonal, so that units do not decide what counts as flat.
  private struct Curvature {
    /// What each coordinate is scaled by; 0 where the likelihood does not curve down.
    var scale: [Double]
    var values: [Double]
    var vectors: [Double]
    /// Parameters along which the likelihood does not curve down.
    var flat: Set<String>
  }

  /// Nil, with the reason for each parameter, where the information has no inverse.
  private mutating func curvature(_ information: [Double], _ space: UnconstrainedSpace)
    -> Curvature?
  {
    let n = space.dimension
    let names = Set(space.blocks.filter { !$0.range.isEmpty }.map(\.name))
    guard information.allSatisfy(\.isFinite) else {
      omit(names, "the curvature of the likelihood is not finite")
      return nil
    }
    let scale = (0..<n).map { i -> Double in
      let d = information[i * n + i]
      return d > 0 ? 1 / d.squareRoot() : 0
    }
    let flat = Set(
      space.blocks.filter { $0.range.contains { scale[$0] == 0 } }.map(\.name))
    omit(flat, "the likelihood does not curve down along it")
    var scaled = information
    for i in 0..<n { for j in 0..<n { scaled[i * n + j] *= scale[i] * scale[j] } }
    guard let (values, vectors) = symmetricEigen(scaled, n), let top = values.last, top > 0 else {
      omit(names, "the information matrix has no eigenvalues")
      return nil
    }
    if let low = values.first, low < -1e-4 * top {
      omit(names, "the estimate is not a maximum: the information is not positive definite")
      return nil
    }
    return Curvature(scale: scale, values: values, vectors: vectors, flat: flat)
  }

  private mutating func omit(_ names: Set<String>, _ reason: String) {
    for name in names { omitted[name] = reason }
  }

  /// The delta method for one parameter.
  private mutating func add(
    _ block: UnconstrainedSpace.Block, _ free: FreeEntries, _ directions: [Double],
    _ curvature: Curvature
  ) throws {
    let n = free.space.dimension
    let (scale, values, vectors) = (curvature.scale, curvature.values, curvature.vectors)
    let top = values.last ?? 0
    let jacobian = try block.jacobian(at: free.numbers[block.name] ?? Tensor(0))
    let count = block.count
    var errors = [Double](repeating: .nan, count: count)
    for e in 0..<count where free.edges[block.name]?.contains(e) != true {
      var variance = 0.0
      var along = 0.0
      var whole = 0.0
      // How far each direction moves the entry.
      var moved = [Double](repeating: 0, count: n)
      for (i, row) in zip(block.range, jacobian) {
        for j in 0..<n { moved[j] += row[e] * directions[i * n + j] }
      }
      let most = moved.reduce(0) { Swift.max($0, Swift.abs($1)) }
      for k in 0..<n {
        var dot = 0.0
        for j in 0..<n { dot += moved[j] * scale[j] * vectors[k * n + j] }
        whole += dot * dot
        if values[k] > Self.flat * top {
          variance += dot * dot / values[k]
        } else {
          along += dot * dot
        }
      }
      guard whole > 0 else { continue }
      if (0..<n).contains(where: { scale[$0] == 0 && Swift.abs(moved[$0]) > Self.share * most }) {
        along = .infinity
      }
      if along > Self.share * Self.share * whole {
        omitted[block.name] =
          "the likelihood is flat in a direction that moves it: it is not identified"
        return
      }
      errors[e] = variance.squareRoot()
    }
    self.values[block.name] = Tensor(block.dims, errors)
  }

  /// Minus the second derivatives of the log likelihood in unconstrained parameters, made symmetric.
  private static func observedInformation(
    _ density: PulledDensity, _ origin: [Double], _ directions: [Double]
  ) throws -> [Double] {
    let n = origin.count
    func along(_ g: [Double]) -> [Double] {
      var result = [Double](repeating: 0, count: n)
      for i in 0..<n { for j in 0..<n { result[j] += directions[i * n + j] * g[i] } }
      return result
    }
    var information = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      func slope(_ h: Double) throws -> [Double] {
        var (up, down) = (origin, origin)
        for j in 0..<n {
          up[j] += h * directions[j * n + i]
          down[j] -= h * directions[j * n + i]
        }
        let a = along(try density.evaluate(at: up).gradient)
        let b = along(try density.evaluate(at: down).gradient)
        return zip(a, b).map { ($0 - $1) / (2 * h) }
      }
      // A hundredth of the coordinate's own standard deviation, whatever its units: where the first guess
      // was far from that, it is made again.
      let isOwn = directions[i * n + i] == 1
      var step = 1e-4 * (isOwn ? Swift.max(1, Swift.abs(origin[i])) : 1)
      var fine = try slope(step)
      for _ in 0..<3 {
        let own = 0.01 / Swift.max(-fine[i], 0).squareRoot()
        guard own.isFinite, own > 0, step > 5 * own || step < 0.05 * own else { break }
        step = own
        fine = try slope(step)
      }
      // Richardson's combination of two steps: the error is of the fourth order.
      let coarse = try slope(2 * step)
      for j in 0..<n { information[i * n + j] = -(4 * fine[j] - coarse[j]) / 3 }
    }
    for i in 0..<n {
      for j in 0..<i {
        let mean = 0.5 * (information[i * n + j] + information[j * n + i])
        information[i * n + j] = mean
        information[j * n + i] = mean
      }
    }
    return information
  }
}
