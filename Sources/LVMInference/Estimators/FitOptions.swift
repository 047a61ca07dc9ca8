import LVMCompute
import LVMModel

/// How a fit is run.
public struct FitOptions: Sendable {
  public var seed: UInt64
  /// Where the fit runs; results do not depend on it.
  public var runtime: Runtime
  /// Starts from different points; nil lets the engine choose.
  public var restarts: Int?
  public var maximumIterations: Int
  /// Settings of the `fit` block that come before the model's own, for models trained on minibatches.
  public var training: [FitEntry.Key: FitEntry.Setting] = [:]
  /// Training to go on with, from an earlier stop.
  public var resume: TrainingState?
  /// Observed variables whose values are probabilities, drawn afresh each epoch.
  public var binarized: Set<String> = []
  /// Constrained values that the first start takes for these parameters, and arrays of networks that training
  /// starts with, by name; with them, one start unless said.
  public var initial: [String: Tensor]?

  public init(
    seed: UInt64 = 1, runtime: Runtime = .serial, restarts: Int? = nil,
    maximumIterations: Int = 2000
  ) {
    self.seed = seed
    self.runtime = runtime
    self.restarts = restarts
    self.maximumIterations = maximumIterations
  }
}

/// What a running fit tells its caller.
public struct FitProgress: Sendable {
  /// `seeding` while starts are tried, then `fitting`; in training `epoch`, or the minibatch.
  public var stage: String
  public var iteration: Int
  public var maximumIterations: Int
  public var objective: Double
  /// Iterations a second so far.
  public var rate: Double
  /// Of training: what the epoch says of itself, and whether it is still under way.
  public var epoch: EpochReport? = nil
  public var isPart = false
  public var objectiveName = ObjectiveName.logLikelihood
}

/// Whether a running fit goes on.
public enum FitDecision: Sendable { case `continue`, stop }

/// What went wrong in a fit, with the last good state named.
public enum FitError: Error, Sendable, CustomStringConvertible {
  case decreased(iteration: Int, from: Double, to: Double)
  case notFinite(stage: String, parameter: String?)
  case noStart(String)
  case rank(variable: String, rank: Int, factors: Int)
  /// No two rows differ, so that the likelihood grows without end as spreads go to zero.
  case nothingVaries(variable: String, rows: Int)
  case stopped
  /// A minibatch that the machine has no memory for, in words.
  case memory(String)

  public var description: String {
    switch self {
    case .decreased(let i, let a, let b):
      "the objective decreased in iteration \(i), from \(a) to \(b): this is a defect of the engine, not of your data"
    case .notFinite(let stage, let parameter):
      "the objective is not a finite number \(stage)"
        + (parameter.map { "; the parameter `\($0)` is not finite" } ?? "")
    case .noStart(let why): "no starting point has a finite objective: \(why)"
    case .rank(let v, let rank, let factors):
      "`\(v)` varies in \(rank) direction\(rank == 1 ? "" : "s") only, and \(factors) components without noise "
        + "need as many: use \(rank) or fewer, or leave out constant and collinear columns"
    case .nothingVaries(let v, let rows):
      rows == 1
        ? "one row does not show how `\(v)` varies: the likelihood grows without end as the spread goes to "
          + "zero; more rows, or a prior on the spread, serve"
        : "`\(v)` is the same in all \(rows) rows: the likelihood grows without end as the spread goes to "
          + "zero; rows that differ, or a prior on the spread, serve"
    case .stopped: "stopped before the fit converged"
    case .memory(let why): "\(why): a smaller `batch`, or fewer `samples`, serves"
    }
  }
}

/// What an estimator returns.
public struct Estimate: Sendable {
  public var parameters: [String: Tensor]
  /// What the last step moved; of what is minimised the negative, so that more is better as everywhere.
  public var objective: Double
  public var iterations: Int
  public var converged: Bool
  public var restarts: Int
  /// The objective per iteration of the run that was kept.
  public var trace: [Double]
  public var warnings: [Warning]
  /// Parameters that the floor under spreads holds up, and those that the data leave open.
  var floored: Set<String> = []
  var open: Set<String> = []
  /// Draws a row behind an objective that is an average over draws, and its standard error; nil where it
  /// is exact.
  public var draws: (count: Int, error: Double)? = nil
  /// What each epoch of training said of itself.
  public var epochs: [EpochReport] = []
  /// How well quadrature's nodes serve at the estimate; nil where the likelihood is exact.
  public var accuracy: QuadratureAccuracy?
  /// Nodes along each dimension of the estimate's own objective.
  public var nodesPerDimension: Int?
  /// Whether these are nodes of panels.
  var hasPanels = false
  /// Whether they lie over all that priors allow.
  var spansPriors = false

  init(
    parameters: [String: Tensor], objective: Double, iterations: Int, converged: Bool,
    restarts: Int, trace: [Double], warnings: [Warning], floored: Set<String> = [],
    open: Set<String> = [], draws: (count: Int, error: Double)? = nil, epochs: [EpochReport] = []
  ) {
    self.parameters = parameters
    self.objective = objective
    self.iterations = iterations
    self.converged = converged
    self.restarts = restarts
    self.trace = trace
    self.warnings = warnings
    self.floored = floored
    self.open = open
    self.draws = draws
    self.epochs = epochs
  }

  /// The end of one run, with the objective at each iteration.
  public init(parameters: [String: Tensor], trace: [Double], converged: Bool) {
    self.init(
      parameters: parameters, objective: trace.last ?? .nan, iterations: trace.count,
      converged: converged, restarts: 1, trace: trace, warnings: [])
  }
}

extension InferencePlan {
  /// The plan with the nodes that an estimate was made with.
  public func settled(by estimate: Estimate) -> InferencePlan {
    guard let n = estimate.nodesPerDimension else { return self }
    let other = estimate.hasPanels ? panelled() : estimate.spansPriors ? spanningPriors(n) : nil
    return (other ?? widened(to: n)).nodes(n)
  }
}
