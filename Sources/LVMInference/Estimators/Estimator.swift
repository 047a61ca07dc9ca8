import LVMModel

/// A way to estimate the parameters of a planned model: it offers or refuses with a reason, says what it
/// will do step by step, and does it. What its offer found out stands in its stored properties.
public protocol Estimator: Sendable {
  /// What a refusal is filed under.
  static var name: MethodName { get }

  /// The estimator for a model whose latents have been dealt with.
  ///
  /// - Throws: `Refusal` with the reason why it does not serve.
  static func offer(_ inquiry: Inquiry) throws(Refusal) -> Self

  /// What the plan prints as the strategy of the whole.
  var method: MethodName { get }
  /// Why this estimator serves, to follow `because`.
  var reason: String { get }
  /// What it does, in turn where these are several.
  var steps: [EstimationStep] { get }
  /// What the objective of its estimate is.
  var objective: ObjectiveName { get }
  /// What `explain` says of each parameter.
  var entries: [PlanEntry] { get }
  /// Whether it reads the rows once and works on their mean and scatter.
  var compressesRows: Bool { get }
  /// Settings of the `fit` block that bear on it.
  var settings: Set<FitEntry.Key> { get }

  /// Carries out the steps.
  ///
  /// - Throws: `FitError` where no start is finite, the objective decreases or the caller stops it.
  func run(_ task: FitTask) throws -> Estimate
}

extension Estimator {
  public var method: MethodName { Self.name }
  public var objective: ObjectiveName { steps.last?.objective ?? .logLikelihood }
  public var compressesRows: Bool { false }
  public var settings: Set<FitEntry.Key> { [.restarts] }

  public var entries: [PlanEntry] {
    steps.flatMap { step in
      step.parameters.map { name in
        PlanEntry(parameter: name, method, "it \(step.words)")
      }
    }
  }
}

extension PlanEntry {
  /// Of a parameter: how it is estimated, why so, and what was considered first.
  public init(
    parameter name: String, _ method: MethodName, _ reason: String, refused: [String] = []
  ) {
    self.init(
      variable: name, role: "parameter", strategy: method.rawValue, reason: reason,
      refused: refused, identified: nil)
  }
}
