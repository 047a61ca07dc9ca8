import LVMCompute

/// Dirichlet(concentration): log p(x) = log Γ(Σ α) − Σ log Γ(α_k) + Σ (α_k − 1) log x_k, the density
/// with respect to the first K − 1 entries. A scalar concentration holds for every entry.
struct Dirichlet: Family {
  let name = FamilyName.dirichlet
  let forms = [[FamilyParameter("concentration", .positiveVector)]]
  let eventRank = 1
  let support = Support.simplex
  let frame = FamilyFrame.plain
  var entries: EntryDistribution { .betaOfRest }
  var conjugatePrior: ConjugatePrior? {
    ConjugatePrior(.dirichlet, [(0, { $0 - 1.0 })])
  }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let concentration = perEntry(arguments[0], x.shape.dims[x.shape.rank - 1])
    return (concentration - 1.0).xlogy(x).sumLast() - logNormaliser(concentration)
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    let concentration = arguments[0]
    guard concentration.count == 1, let size = eventDims.last else {
      return random.dirichlet(concentration)
    }
    return random.dirichlet([Double](repeating: concentration[0], count: size))
  }

  func mean(_ arguments: [Value], form: Int) -> Value? {
    arguments[0].shape.rank == 0 ? nil : share(arguments[0])
  }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    guard arguments[0].shape.rank > 0 else { return nil }
    let mean = share(arguments[0])
    return mean * (1.0 - mean) / (arguments[0].sumLast().appendingOnes(1) + 1.0)
  }

  func priorUpdate(of x: Value, _ arguments: [Value], form: Int) -> RatioUpdate? {
    let counts = perEntry(arguments[0], x.shape.dims[x.shape.rank - 1]) - 1.0
    return .over(counts, counts.sumLast().appendingOnes(1), .normalize, kernel: .shares)
  }

  var statistics: (any SufficientStatistics)? { self }

  private func share(_ concentration: Value) -> Value {
    concentration / concentration.sumLast().appendingOnes(1)
  }

  private func perEntry(_ concentration: Value, _ size: Int) -> Value {
    concentration.broadcast(commonDims(concentration.shape.dims, [size]))
  }

  private func logNormaliser(_ concentration: Value) -> Value {
    concentration.lgamma().sumLast() - concentration.sumLast().lgamma()
  }
}

extension Dirichlet: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] { [x.log()] }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [eventDims] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    let logs = statistics[0]
    let concentration = perEntry(arguments[0], logs.shape.dims[logs.shape.rank - 1])
    return ((concentration - 1.0) * logs).sumLast() - weight * logNormaliser(concentration)
  }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    nil
  }
}
