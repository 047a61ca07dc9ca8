import LVM
import LVMOracle

/// What engine and oracle say differently about a case; empty when they agree.
struct Comparison {
  static let valueTolerance = 1e-8
  /// The oracle differentiates by extrapolated differences.
  static let gradientTolerance = 1e-7

  let checksGradient: Bool
  let drawn: DrawnCase
  let bound: BoundModel
  let plan: Plan

  init(_ c: Case) throws {
    checksGradient = c.checksGradient
    drawn = try DrawnCase(c)
    bound = try drawn.model.bound(to: drawn.table)
    plan = try Planner.plan(bound.graph, facts: DataFacts(masked: bound.data.masked))
  }

  func problems() throws -> [String] {
    try likelihood() + (checksGradient ? gradient() : []) + posteriors()
  }

  static func differ(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
    !(abs(a - b) <= tolerance * max(1, abs(b)))
  }

  private func likelihood() throws -> [String] {
    let engine = try MarginalLikelihood(plan.inference, data: bound.data).value(drawn.parameters)
    let oracle = try drawn.oracle.logLikelihood() + drawn.oracle.logPrior()
    return Self.differ(engine, oracle, Self.valueTolerance)
      ? ["log likelihood: engine \(engine), oracle \(oracle)"] : []
  }

  private func gradient() throws -> [String] {
    let engine = try MarginalLikelihood(plan.inference, data: bound.data).gradient(drawn.parameters)
    let likelihood = try drawn.oracle.gradient()
    let prior = try drawn.oracle.priorGradient()
    var problems: [String] = []
    for v in drawn.model.graph.sized([:]).variables where drawn.parameters[v.name] != nil {
      guard let found = engine[v.name], let a = likelihood[v.name] else {
        problems.append("gradient of \(v.name): engine \(engine[v.name] != nil)")
        continue
      }
      let wanted = Self.symmetric(zip(a, prior[v.name] ?? a.map { _ in 0 }).map(+), v.type)
      let values = Self.symmetric(found.values, v.type)
      for i in wanted.indices where Self.differ(values[i], wanted[i], Self.gradientTolerance) {
        problems.append("gradient of \(v.name)[\(i)]: engine \(values[i]), oracle \(wanted[i])")
      }
    }
    return problems
  }

  /// Entries of a symmetric matrix move together.
  static func symmetric(_ values: [Double], _ type: ValueType) -> [Double] {
    guard type.kind == .covariance || type.kind == .correlation, let n = type.dims?.last else {
      return values
    }
    return values.indices.map { k in
      let (block, i, j) = (k / (n * n) * n * n, k % (n * n) / n, k % n)
      return (values[k] + values[block + j * n + i]) / 2
    }
  }

  private func posteriors() throws -> [String] {
    let latents = drawn.model.graph.sized([:]).variables.filter { v in
      guard v.role == .latent else { return false }
      if case .equal = v.definition { return false } else { return true }
    }
    let found = try plan.inference.posterior(bound.data, parameters: drawn.parameters).latents()
    var problems: [String] = []
    for v in latents {
      let wanted = try drawn.oracle.rowPosterior(of: v.name)
      let width = (v.type.dims ?? []).reduce(1, *)
      for (component, p) in found.enumerated(named: v, width) {
        let numbers = instances(p.plate, count: p.instances)
        for i in 0..<p.instances {
          let (engine, oracle) = Self.numbers(p, i, wanted[numbers[i]], component)
          for (a, b) in zip(engine, oracle) where Self.differ(a, b, Self.valueTolerance) {
            problems.append(
              "posterior of \(p.variable) at \(i): engine \(engine), oracle \(oracle)")
            break
          }
          if engine.count != oracle.count { problems.append("posterior of \(v.name): wrong width") }
        }
      }
      let expected = v.type.kind.isFinite ? width : 1
      let got = found.enumerated(named: v, width).count
      if got != expected { problems.append("posterior of \(v.name): \(got) of \(expected) there") }
    }
    return problems
  }

  private static func numbers(
    _ p: LatentPosterior, _ i: Int, _ oracle: Oracle.Posterior, _ component: Int
  ) -> ([Double], [Double]) {
    switch p.content {
    case .probabilities(let values, let states):
      (Array(values[i * states..<(i + 1) * states]), oracle.probabilities[component])
    case .moments(let mean, let sd, let size):
      (
        Array(mean[i * size..<(i + 1) * size] + sd[i * size..<(i + 1) * size]),
        oracle.mean + oracle.standardDeviations
      )
    }
  }

  /// The oracle's number of each of the engine's instances of a plate.
  private func instances(_ plate: Int, count: Int) -> [Int] {
    guard plate > 0 else { return bound.data.order }
    let name = bound.graph[plan.nesting.chain[plate]].name
    return (0..<count).map { instance in
      var first = instance
      for level in stride(from: plate - 1, through: 0, by: -1) {
        first = bound.data.columns.layout.offsets[level][first]
      }
      return drawn.oracleData.groups[name]?[bound.data.order[first]] ?? -1
    }
  }
}

extension [LatentPosterior] {
  /// The posteriors of a latent: one, or one for each entry of a vector of labels.
  func enumerated(named v: Variable, _ width: Int) -> [(Int, LatentPosterior)] {
    let names =
      v.type.kind.isFinite && !v.type.isScalar ? (1...width).map { "\(v.name)\($0)" } : [v.name]
    return names.enumerated().compactMap { i, name in first { $0.variable == name }.map { (i, $0) }
    }
  }
}
