/// What number a fit maximised or minimised; engines may add names.
public struct ObjectiveName: RawRepresentable, Hashable, Sendable, Codable {
  public let rawValue: String

  public init(rawValue: String) { self.rawValue = rawValue }

  /// log p(data | parameters).
  public static let logLikelihood = ObjectiveName(rawValue: "log likelihood")
  /// log p(data | parameters) and the log prior of parameters; of points, log p(data, latents) too.
  public static let logJoint = ObjectiveName(rawValue: "log joint")
  /// E[log p(data, latents)] under the posterior of the latents.
  public static let expectedLogJoint = ObjectiveName(rawValue: "expected log joint")
  /// The evidence lower bound.
  public static let elbo = ObjectiveName(rawValue: "elbo")
  /// A summed squared error, the only one of these that is minimised.
  public static let reconstruction = ObjectiveName(rawValue: "reconstruction")
}

extension ObjectiveName: CustomStringConvertible {
  public var description: String { rawValue }
}

/// How the value of an objective was come by; those are equal that are printed alike.
public enum ObjectiveEstimator: Sendable {
  case exact
  /// Nodes of a unit, and the change with twice as many.
  case quadrature(nodes: Int, error: Double)
  /// A lower bound that is not averaged over draws.
  case lowerBound
  /// A lower bound by draws a row, with the standard error of its total.
  case drawnLowerBound(draws: Int, standardError: Double)
  /// One of another engine, or of a fit that was saved; nil where nothing was said of it.
  case other(String?)

  /// As `fit.json` names it, such as `quadrature(15 nodes, error 1e-9)`; nil if exact.
  public var text: String? {
    switch self {
    case .exact: nil
    case .quadrature(let nodes, let error):
      "quadrature(\(nodes) nodes, error \(Self.rounded(error)))"
    case .lowerBound: "lower bound"
    case .drawnLowerBound(let draws, let error):
      "lower bound (\(draws) draws a row, standard error \((error * 1000).rounded() / 1000))"
    case .other(let text): text
    }
  }

  public var isExact: Bool { if case .exact = self { true } else { false } }

  /// Two digits, rounded up, so that it stays a bound.
  static func rounded(_ x: Double) -> String {
    guard x.isFinite, x > 0 else { return x == 0 ? "0" : "\(x)" }
    var power = 0
    var mantissa = x
    while mantissa >= 10 { (mantissa, power) = (mantissa / 10, power + 1) }
    while mantissa < 1 { (mantissa, power) = (mantissa * 10, power - 1) }
    let digits = (mantissa * 10).rounded(.up) / 10
    return power == 0 ? "\(digits)" : "\(digits)e\(power)"
  }
}

extension ObjectiveEstimator: Hashable {
  public static func == (a: ObjectiveEstimator, b: ObjectiveEstimator) -> Bool {
    a.isExact == b.isExact && a.text == b.text
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
