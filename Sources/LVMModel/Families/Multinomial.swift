import LVMCompute

/// Multinomial(trials, probabilities): log p(x) = log n! − Σ log x_k! + Σ x_k log p_k; −∞ where the
/// counts do not add up to the number of trials. Probabilities of zero are legal.
struct Multinomial: Family {
  let name = FamilyName.multinomial
  let forms = [[FamilyParameter("trials", .count), FamilyParameter("probabilities", .simplex)]]
  let eventRank = 1
  let support = Support.countVector
  let frame = FamilyFrame.plain
  var entries: EntryDistribution { .binomialOfRest }
  var scalarCounterpart: String? { "Binomial(trials, probability)" }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    let value = x.xlogy(arguments[1]).sumLast() + logArrangements(x)
    return value.selected(where: x.sumLast().isEqual(to: arguments[0]), else: -.infinity)
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    random.multinomial(trials: arguments[0][0], weights: arguments[1])
  }

  func mean(_ arguments: [Value], form: Int) -> Value? {
    arguments[0].appendingOnes(1) * arguments[1]
  }
  func variance(_ arguments: [Value], form: Int) -> Value? {
    arguments[0].appendingOnes(1) * arguments[1] * (1.0 - arguments[1])
  }

  var statistics: (any SufficientStatistics)? { self }

  private func logArrangements(_ x: Value) -> Value {
    (x.sumLast() + 1.0).lgamma() - (x + 1.0).lgamma().sumLast()
  }
}

extension Multinomial: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] { [x] }

  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [eventDims] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    statistics[0].xlogy(arguments[1]).sumLast()
  }

  func baseTerm(_ x: Value, reference: Value?) -> Value? { logArrangements(x) }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    guard index == 1 else { return nil }
    return .over(
      statistics[0], statistics[0].sumLast().appendingOnes(1), .normalize, kernel: .shares)
  }
}
