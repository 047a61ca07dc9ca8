import LVMModel

/// The distribution of one quantity at some instances: of each a weighted mixture, over contexts, of
/// distributions given the context.
///
/// A context is one value of the labels, nodes of quadrature, draw of the latents and draw of the
/// parameters that the quantity depends on. Arrays are row-major over [instances, states, size], where
/// `states` counts the contexts.
public struct Mixture: Sendable {
  public enum Content: Sendable {
    /// Probabilities of the values, [instances, size, values], contexts already summed out.
    case probabilities([Double], values: Int)
    /// A normal for each state.
    case normal(mean: [Double], variance: [Double])
    /// Mean and variance of another distribution for each state, not finite where there is none, with the
    /// numbers that its form takes, each [instances, states, size]; without a form quantiles are drawn.
    case scalar(PredictiveForm?, mean: [Double], variance: [Double], arguments: [[Double]])
    /// A distribution of which nothing is tabulated: it can only be drawn from.
    case drawn(reason: String)
  }

  /// Neighbouring states: the joint labels, slowest first, that they count through, perhaps several times.
  public struct Contexts: Sendable {
    public var states: Int
    /// The labels that a state stands for, with the number of values of each.
    public var axes: [(axis: Axis, values: Int)]
    /// The number of the draw of the parameters; nil where these are at a point.
    public var parameters: Int?
  }

  public var variable: VariableID
  /// Compute plate of its instances: 0 for rows.
  public var plate: Int
  /// The instances, in the order of the data, that the arrays hold.
  public var instances: [Int]
  /// Entries of one value.
  public var size: Int
  public let states: Int
  /// Posterior probabilities of the contexts, [instances, states].
  public var weights: [Double]
  public let contexts: [Contexts]
  public var content: Content
  /// Latents whose values differ from context to context, [instances, states, size]: at nodes of
  /// quadrature, or drawn.
  public var nodes: [VariableID: [Double]]
  /// Of each instance, as how many equally weighted draws its draws count, (Σw)²/Σw²; empty where nothing is
  /// drawn.
  public var effectiveSamples: [Double] = []

  init(
    variable: VariableID, plate: Int, instances: [Int], size: Int, weights: [Double],
    contexts: [Contexts], content: Content, nodes: [VariableID: [Double]] = [:]
  ) {
    self.variable = variable
    self.plate = plate
    self.instances = instances
    self.size = size
    self.weights = weights
    self.contexts = contexts
    self.content = content
    self.nodes = nodes
    states = contexts.reduce(0) { $0 + $1.states }
  }

  /// - Throws: `QueryError` where a normal is none, for numbers of it could not be computed.
  func checked(_ model: ModelGraph) throws -> Mixture {
    if case .normal(let mean, let variance) = content,
      mean.contains(where: \.isNaN) || variance.contains(where: \.isNaN)
    {
      throw QueryError.noFiniteValue(variable: model.place(of: model[variable]))
    }
    return self
  }

  /// A distribution whose contexts have been summed out already.
  init(marginal content: Content, of variable: VariableID, plate: Int, instances: [Int], size: Int)
  {
    self.init(
      variable: variable, plate: plate, instances: instances, size: size,
      weights: [Double](repeating: 1, count: instances.count), contexts: [Contexts.single],
      content: content)
  }
}

extension Mixture.Contexts {
  /// One state that stands for nothing in particular.
  static let single = Self(states: 1, axes: [], parameters: nil)
}
