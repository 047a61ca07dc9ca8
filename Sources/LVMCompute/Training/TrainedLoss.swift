/// A loss that is trained: an output of a graph, and the parameters that its steps move.
public struct TrainedLoss: Sendable {
  public enum Direction: Sendable {
    case minimise
    case maximise
  }

  /// What it is called in steps and checkpoints.
  public var name: String
  /// An output of the graph that is one number, summed over the rows of a minibatch.
  public var output: String
  /// Names of `parameter` nodes, in Float32. Others stand still in its steps.
  public var parameters: [String]
  public var direction: Direction
  public var optimizer: Optimizer
  /// The most the scaled gradient's Euclidean norm may be; nil for no limit.
  public var clip: Double?
  /// Steps it takes in a row before it is the next loss's turn.
  public var turns: Int
  /// Further outputs that each of its steps computes beside the loss.
  public var following: [String]

  /// - Parameters:
  ///   - name: by default the output's.
  ///   - turns: at least 1.
  public init(
    _ output: String, name: String? = nil, parameters: [String], direction: Direction = .minimise,
    optimizer: Optimizer = .adam(.init()), clip: Double? = nil, turns: Int = 1,
    following: [String] = []
  ) {
    precondition(turns > 0, "a loss has a turn")
    self.name = name ?? output
    self.output = output
    self.parameters = parameters
    self.direction = direction
    self.optimizer = optimizer
    self.clip = clip
    self.turns = turns
    self.following = following
  }
}

/// What training remembers between steps, beside the parameters: with both it goes on to the same bits.
public struct TrainerState: Sendable, Equatable {
  /// Of one loss.
  public struct Loss: Sendable, Equatable {
    public var name: String
    public var optimizer: OptimizerState
    /// What the learning rates of its steps are multiplied with.
    public var rateFactor: Double

    public init(name: String, optimizer: OptimizerState, rateFactor: Double = 1) {
      self.name = name
      self.optimizer = optimizer
      self.rateFactor = rateFactor
    }
  }

  /// In the order of their turns.
  public var losses: [Loss]
  /// Steps taken of all losses: which one's turn it is.
  public var turn: Int

  public init(losses: [Loss], turn: Int) {
    self.losses = losses
    self.turn = turn
  }
}
