import LVM
import Testing

/// A critic `slope` tells the mean of `x` from `location`, which moves to where it cannot: two losses in turn,
/// in opposite directions, whose saddle is at (mean of x, 0).
private struct SaddleEstimator: Estimator {
  static let name = MethodName(rawValue: "saddle")
  private static let rate = 0.2
  private static let most = 1000

  let observed: String

  static func offer(_ inquiry: Inquiry) throws(Refusal) -> SaddleEstimator {
    guard inquiry.parameters.map(\.name) == ["location", "slope"] else {
      throw Refusal("its parameters are not a location and a slope")
    }
    guard let x = inquiry.model.variables.first(where: { $0.role == .observe }) else {
      throw Refusal("nothing is observed")
    }
    return SaddleEstimator(observed: x.name)
  }

  var reason: String { "a critic and what it judges are moved in turn" }

  var steps: [EstimationStep] {
    [
      EstimationStep(
        "critic", .maximise, .init(rawValue: "damped witness"), over: ["slope"], by: .gradient,
        .passes(most: Self.most)),
      EstimationStep(
        "generator", .minimise, .init(rawValue: "witness"), over: ["location"], by: .gradient,
        .passes(most: Self.most)),
    ]
  }

  func run(_ task: FitTask) throws -> Estimate {
    let x = task.data.columns.columns[observed]?.values ?? []
    let mean = x.reduce(0, +) / Double(x.count)
    var (location, slope) = (0.0, 1.0)
    var trace: [Double] = []
    for pass in 1...Self.most {
      // ∂/∂slope of slope · (mean − location) − ½ slope².
      let up = mean - location - slope
      slope += Self.rate * up
      // ∂/∂location of slope · (mean − location).
      let down = -slope
      location -= Self.rate * down
      trace.append(-slope * (mean - location))
      try task.reporter.report("saddle", pass, of: Self.most, objective: trace[pass - 1])
      if max(abs(up), abs(down)) < 1e-12 { break }
    }
    return Estimate(
      parameters: ["location": Tensor(location), "slope": Tensor(slope)], trace: trace,
      converged: trace.count < Self.most)
  }
}

/// An estimator that no source of the engine knows: the registry that a fit is handed has it.
@Suite struct SaddleEstimatorTests {
  private let text = """
    model M
    param location : real
    param slope : real
    each row {
      observe x : real ~ Normal(location + slope, 1)
    }
    """

  private func table() throws -> Table {
    try Table(columns: [Column("x", [2, 3.5, 5, 1, 7.25])])
  }

  @Test func twoLossesReachTheirSaddle() throws {
    let registry = Registry(estimators: [SaddleEstimator.self])
    let fit = try Model(text: text).fit(try table(), registry: registry)
    #expect(abs((fit["location"]?.values.first ?? .nan) - 3.75) < 1e-9)
    #expect(abs(fit["slope"]?.values.first ?? .nan) < 1e-9)
    #expect(fit.converged)
    #expect(fit.plan.strategy.rawValue == "saddle")
    #expect(fit.objective.name.rawValue == "witness")
    #expect(fit.bic == nil)
    #expect(fit.parameterErrors.values.isEmpty)
    // On the way `location` passes the mean; then the witness that it minimises is below zero.
    #expect(fit.trace.contains { $0 < 0 })
  }

  @Test func explainShowsTheSteps() throws {
    let plan = try Model(text: text).plan(
      for: try table(), registry: Registry(estimators: [SaddleEstimator.self]))
    let words = plan.explanation
    #expect(words.hasPrefix("M: saddle, because a critic and what it judges are moved in turn"))
    #expect(
      words.contains(
        """
        estimation, in turn:
          1. critic maximises the damped witness by gradient steps, until nothing changes, at most 1000 times, over `slope`
          2. generator minimises the witness by gradient steps, until nothing changes, at most 1000 times, over `location`
        """), "\(words)")
    #expect(words.contains("parameter slope: saddle\n  why: it maximises the damped witness"))
  }

  @Test func whatIsRefusedGoesToTheNextEngine() throws {
    let other = try Model(text: text.replacing("slope", with: "shift"))
    let estimators: [any Estimator.Type] = [SaddleEstimator.self]
    let plan = try other.plan(
      for: try table(),
      registry: Registry(estimators: estimators + Registry.standard.estimators))
    #expect(plan.strategy == .closedForm)
    #expect(plan.estimation.refusals.first?.method.rawValue == "saddle")
    #expect(throws: Diagnostics.self) {
      try other.plan(for: try table(), registry: Registry(estimators: estimators))
    }
  }
}
