import LVMCompute

/// How a fit is run.
public struct FitOptions: Sendable {
  public var seed: UInt64
  /// Worker threads; results do not depend on it.
  public var threads: Int
  /// Starts from different points; nil lets the engine choose.
  public var restarts: Int?
  public var maximumIterations: Int

  public init(
    seed: UInt64 = 1, threads: Int = 1, restarts: Int? = nil, maximumIterations: Int = 2000
  ) {
    self.seed = seed
    self.threads = threads
    self.restarts = restarts
    self.maximumIterations = maximumIterations
  }
}

/// What a running fit tells its caller.
public struct FitProgress: Sendable {
  /// `seeding` while starts are tried, then `fitting`.
  public var stage: String
  public var iteration: Int
  public var maximumIterations: Int
  public var objective: Double
  /// Iterations a second so far.
  public var rate: Double
}

/// Whether a running fit goes on.
public enum FitDecision: Sendable { case `continue`, stop }

/// What went wrong in a fit, with the last good state named.
public enum FitError: Error, Sendable, CustomStringConvertible {
  case decreased(iteration: Int, from: Double, to: Double)
  case notFinite(stage: String, parameter: String?)
  case noStart(String)
  case stopped

  public var description: String {
    switch self {
    case .decreased(let i, let a, let b):
      "the objective decreased in iteration \(i), from \(a) to \(b): this is a defect of the engine, not of your data"
    case .notFinite(let stage, let parameter):
      "the objective is not a finite number \(stage)"
        + (parameter.map { "; the parameter `\($0)` is not finite" } ?? "")
    case .noStart(let why): "no starting point has a finite objective: \(why)"
    case .stopped: "stopped before the fit converged"
    }
  }
}

/// What a strategy returns.
public struct Estimate: Sendable {
  public var parameters: [String: Tensor]
  public var objective: Double
  public var iterations: Int
  public var converged: Bool
  public var restarts: Int
  /// The objective per iteration of the run that was kept.
  public var trace: [Double]
  public var warnings: [String]
  /// How well quadrature's nodes serve at the estimate; nil where the likelihood is exact.
  public var accuracy: QuadratureAccuracy?
  /// Nodes along each dimension of the estimate's own objective.
  public var nodesPerDimension: Int?
}
