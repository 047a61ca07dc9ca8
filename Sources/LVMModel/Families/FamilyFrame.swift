/// How the arguments of a family go with its values when those are measured in another unit, or from
/// another zero.
public struct FamilyFrame: Sendable {
  /// What can be done to values such that some arguments give them the same law.
  public enum Value: Sendable {
    /// Scaled and shifted.
    case moves
    /// Scaled: zero is where they end.
    case scales
    /// Nothing: numbers without a unit.
    case stays
  }

  public enum Argument: Sendable {
    /// Moves as the value does.
    case location
    /// Scaled as the value is, never shifted.
    case spread
    /// Divided by what the value is multiplied by.
    case inverse
    /// An entry for two entries of the value: scaled as their product is.
    case covariance
    /// Shifted by the logarithm of what the value is multiplied by.
    case logarithm
    /// A number without a unit.
    case plain
  }

  public var value: Value
  /// One for each argument in the family's order; what is beyond the end is plain.
  public var arguments: [Argument]

  init(_ value: Value, _ arguments: Argument...) {
    self.value = value
    self.arguments = arguments
  }

  /// Values and arguments without a unit.
  static let plain = FamilyFrame(.stays)

  func argument(_ position: Int) -> Argument {
    position < arguments.count ? arguments[position] : .plain
  }
}
