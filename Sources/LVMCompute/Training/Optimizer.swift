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

extension Optimizer {
  /// The same with its rate multiplied.
  func slowed(by factor: Double) -> Optimizer {
    switch self {
    case .adam(var adam):
      adam.rate *= factor
      return .adam(adam)
    case .momentum(var momentum):
      momentum.rate *= factor
      return .momentum(momentum)
    }
  }
}
