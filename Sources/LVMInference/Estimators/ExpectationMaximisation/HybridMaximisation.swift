import LVMCompute
import LVMModel

/// Quasi-Newton steps on the log likelihood from where EM crawls, made when they are first needed.
final class HybridMaximisation {
  private let em: ExpectationMaximization
  private var ascent: MarginalMaximisation?

  /// Steps at a time: to tell runs from one another, and to end one.
  static let brief = 30
  static let long = 200

  /// Nil where there is nothing to sum over.
  init?(_ em: ExpectationMaximization) {
    guard em.hasLatents else { return nil }
    self.em = em
  }

  /// A better point than one whose objective is known, and from which a step of EM leads to `next`.
  func better(
    than parameters: [String: Tensor], toward next: [String: Tensor], objective: Double, steps: Int
  ) throws -> [String: Tensor]? {
    let ascent =
      try self.ascent
      ?? MarginalMaximisation(
        em.plan, data: em.data, runtime: em.options.runtime)
    self.ascent = ascent
    var search = LBFGS()
    search.maximumIterations = steps
    var (climbed, outcome) = try ascent.climb(from: parameters, toward: next, search: search)
    guard em.floor.apply(to: &climbed).isEmpty, outcome.value.isFinite,
      outcome.value > objective, climbed.isFinite
    else { return nil }
    return climbed
  }
}
