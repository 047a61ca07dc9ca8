/// One step of an estimation: an objective, the parameters it moves and which way, by what and for how long.
public struct EstimationStep: Sendable, Hashable {
  public enum Direction: Sendable, Hashable { case maximise, minimise, sample }

  public enum Optimiser: Sendable, Hashable {
    case closedForm
    /// Groups of parameters in turn, each given the others, by closed forms where there are such.
    case blocks
    case lbfgs, newton, gradient
    /// Stochastic gradients on minibatches.
    case stochasticGradient
  }

  public enum Schedule: Sendable, Hashable {
    case once
    /// Over all data until nothing changes, or the most that options allow if not said.
    case passes(most: Int?)
    case minibatches
    case draws(Int, chains: Int)
  }

  public var name: String
  public var objective: ObjectiveName
  /// Names of the parameters that it moves.
  public var parameters: [String]
  public var direction: Direction
  public var optimiser: Optimiser
  public var schedule: Schedule

  public init(
    _ name: String, _ direction: Direction, _ objective: ObjectiveName, over parameters: [String],
    by optimiser: Optimiser, _ schedule: Schedule
  ) {
    self.name = name
    self.objective = objective
    self.parameters = parameters
    self.direction = direction
    self.optimiser = optimiser
    self.schedule = schedule
  }

  /// What is done, to follow its subject: `maximises the log likelihood by Newton's method`.
  public var words: String {
    let verb =
      switch direction {
      case .maximise: "maximises"
      case .minimise: "minimises"
      case .sample: "draws from"
      }
    let means =
      switch optimiser {
      case .closedForm: "in closed form"
      case .blocks: "a group of parameters at a time"
      case .lbfgs: "by quasi-Newton steps"
      case .newton: "by Newton's method"
      case .gradient: "by gradient steps"
      case .stochasticGradient: "by stochastic gradients"
      }
    let duration =
      switch schedule {
      case .once: ""
      case .passes(nil): ", until nothing changes"
      case .passes(let most?): ", until nothing changes, at most \(most) times"
      case .minibatches: " on minibatches"
      case .draws(let count, let chains): ", \(count) draws in \(chains) chains"
      }
    return "\(verb) the \(objective.rawValue) \(means)\(duration)"
  }

  /// A line of `explain`.
  public var description: String {
    let over = parameters.map { "`\($0)`" }.joined(separator: ", ")
    return "\(name) \(words), over \(over)"
  }
}
