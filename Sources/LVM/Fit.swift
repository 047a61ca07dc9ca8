import LVMCompute
import LVMData
import LVMInference
import LVMModel

/// A fitted model: parameters, what was maximised and how, and all that queries need.
public struct Fit: Sendable {
  /// The model with every size known.
  public let model: ModelGraph
  public let plan: Plan
  /// Estimated parameters by name, in the model's own (prepared) units.
  public var parameters: [String: Tensor]
  public var objective: Objective
  /// What is known of the parameters beyond their values: queries average over it, and `parameters` is the point
  /// that stands for it. Nil where an estimate is all there is.
  public var parameterPosterior: (any ParameterPosterior)?
  /// Free numbers estimated: a simplex of K counts K − 1, a covariance of D counts D(D + 1)/2.
  public var parameterCount: Int
  /// p·log N − 2·log L, lower is better; nil unless maximum likelihood is exact.
  public var bic: Double?
  public var rows: Int
  public var seed: UInt64
  public var converged: Bool
  public var iterations: Int
  public var restarts: Int
  /// The objective per iteration of the run that was kept.
  public var trace: [Double]
  public var seconds: Double
  public var secondsReading: Double
  public var secondsCompiling: Double
  public var data: DataRecord
  public var warnings: [Warning]
  /// What each epoch of training said of itself; empty for other strategies, and for a fit that was loaded.
  public var epochs: [EpochReport] = []
  /// What `validate` found on a held-out table, if it was asked.
  public var validation: Validation?
  /// Standard errors of exact maximum likelihood, and for every parameter without, or with entries
  /// without, the reason.
  public var parameterErrors = StandardErrors(values: [:], omitted: [:])

  public init(
    model: ModelGraph, plan: Plan, parameters: [String: Tensor], objective: Objective,
    parameterCount: Int, bic: Double?, rows: Int, seed: UInt64, converged: Bool, iterations: Int,
    restarts: Int, trace: [Double], seconds: Double, secondsReading: Double,
    secondsCompiling: Double, data: DataRecord, warnings: [Warning]
  ) {
    self.model = model
    self.plan = plan
    self.parameters = parameters
    self.objective = objective
    self.parameterCount = parameterCount
    self.bic = bic
    self.rows = rows
    self.seed = seed
    self.converged = converged
    self.iterations = iterations
    self.restarts = restarts
    self.trace = trace
    self.seconds = seconds
    self.secondsReading = secondsReading
    self.secondsCompiling = secondsCompiling
    self.data = data
    self.warnings = warnings
  }

  /// A parameter by its name in the model.
  public subscript(_ name: String) -> Tensor? { parameters[name] }
}
