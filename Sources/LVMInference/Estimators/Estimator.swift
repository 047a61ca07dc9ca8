import LVMModel

/// The name of a way to estimate parameters, as `explain`, `fit.json` and `--method` have it.
public struct MethodName: RawRepresentable, Hashable, Sendable, Codable {
  public let rawValue: String

  public init(rawValue: String) { self.rawValue = rawValue }

  public static let closedForm = MethodName(rawValue: "closed-form")
  public static let em = MethodName(rawValue: "em")
  public static let gradient = MethodName(rawValue: "gradient")
  public static let quadrature = MethodName(rawValue: "quadrature")
  public static let vi = MethodName(rawValue: "vi")
  public static let wakeSleep = MethodName(rawValue: "wake-sleep")
  public static let map = MethodName(rawValue: "map")
  public static let flow = MethodName(rawValue: "flow")
  public static let adversarial = MethodName(rawValue: "adversarial")
  public static let contrastive = MethodName(rawValue: "contrastive")
  public static let mixed = MethodName(rawValue: "mixed")

  /// Names that may be asked for, those without an engine among them.
  public static let known: [MethodName] = [
    .closedForm, .em, .gradient, .quadrature, .vi, .wakeSleep, .map, .flow, .adversarial,
    .contrastive, .mixed,
  ]
}

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
  var entries: [Plan.Entry] { get }
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

  public var entries: [Plan.Entry] {
    steps.flatMap { step in
      step.parameters.map { name in
        Plan.Entry(parameter: name, method, "it \(step.words)")
      }
    }
  }
}

extension Plan.Entry {
  /// Of a parameter: how it is estimated, why so, and what was considered first.
  public init(
    parameter name: String, _ method: MethodName, _ reason: String, refused: [String] = []
  ) {
    self.init(
      variable: name, role: "parameter", strategy: method.rawValue, reason: reason,
      refused: refused, identified: nil)
  }
}
