import CLVMKernels

/// How a step's gradient changes the parameters.
public enum Optimizer: Sendable, Equatable {
  case adam(Adam)
  case momentum(Momentum)

  /// Adam (Kingma & Ba 2015), with decoupled weight decay (Loshchilov & Hutter 2019).
  public struct Adam: Sendable, Equatable {
    public var rate: Double
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    /// Share of a parameter that each step takes away, times the rate.
    public var weightDecay: Double

    public init(
      rate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
      weightDecay: Double = 0
    ) {
      self.rate = rate
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }
  }

  /// Gradient descent with heavy-ball momentum; plain descent with `momentum` 0.
  public struct Momentum: Sendable, Equatable {
    public var rate: Double
    public var momentum: Double
    public var weightDecay: Double

    public init(rate: Double, momentum: Double = 0.9, weightDecay: Double = 0) {
      self.rate = rate
      self.momentum = momentum
      self.weightDecay = weightDecay
    }
  }
}

/// What an optimizer remembers between steps: with it and the parameters, training goes on to the same
/// bits.
public struct OptimizerState: Sendable, Equatable {
  /// Steps taken.
  public var steps: Int
  /// First moments (Adam), or the velocity (momentum), in the layout of the parameters.
  public var first: [Float]
  /// Second moments (Adam).
  public var second: [Float]

  public init(steps: Int, first: [Float], second: [Float]) {
    self.steps = steps
    self.first = first
    self.second = second
  }
}

/// One step's update, its constants worked out: applies to any run of the parameters by itself.
struct Update {
  private let arena: ParameterArena
  private let optimizer: Optimizer
  private let scale: Float
  private let rate: Float
  private let root: Float
  private let shared: Int32

  /// - Parameters:
  ///   - step: 1 for the first.
  ///   - scale: multiplies the gradient.
  ///   - shared: whether several workers read the parameters.
  init(_ optimizer: Optimizer, _ arena: ParameterArena, step: Int, scale: Double, shared: Bool) {
    self.arena = arena
    self.optimizer = optimizer
    self.scale = Float(scale)
    self.shared = shared ? 1 : 0
    switch optimizer {
    case .adam(let adam):
      let (c1, c2) = (
        1 - adam.beta1.raised(to: Double(step)), 1 - adam.beta2.raised(to: Double(step))
      )
      rate = Float(adam.rate / c1)
      root = Float(1 / c2.squareRoot())
    case .momentum(let momentum):
      rate = Float(momentum.rate)
      root = 1
    }
  }

  func apply(_ range: Range<Int>) {
    let at = range.lowerBound
    switch optimizer {
    case .adam(let adam):
      lvm_adam(
        arena.values + at, arena.first + at, arena.second + at, arena.gradient + at, range.count,
        scale, Float(adam.beta1), Float(adam.beta2), rate, root, Float(adam.epsilon),
        Float(adam.rate * adam.weightDecay), shared)
    case .momentum(let momentum):
      lvm_momentum(
        arena.values + at, arena.first + at, arena.gradient + at, range.count, scale,
        Float(momentum.momentum), rate, Float(momentum.rate * momentum.weightDecay),
        shared)
    }
  }
}
