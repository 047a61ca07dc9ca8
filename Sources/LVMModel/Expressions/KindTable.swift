import LVMSyntax

/// What a kind says about each element of a value; arithmetic works on these facts.
///
/// `unit` and `simplex` elements count as above zero: estimated ones are, and a zero among data is
/// found when the value is used.
public struct ElementFacts: Hashable, Sendable {
  public var isAboveZero = false
  public var isAtLeastZero = false
  public var isAtMostOne = false
  public var isWhole = false

  public init(
    aboveZero: Bool = false, atLeastZero: Bool = false, atMostOne: Bool = false,
    whole: Bool = false
  ) {
    isAboveZero = aboveZero
    isAtLeastZero = aboveZero || atLeastZero
    isAtMostOne = atMostOne
    isWhole = whole
  }

  /// What a number is.
  public init(_ value: Double) {
    self.init(
      aboveZero: value > 0, atLeastZero: value >= 0, atMostOne: value <= 1,
      whole: value == value.rounded() && value.isFinite)
  }

  public init(_ kind: ElementKind) {
    switch kind {
    case .real, .category, .covariance, .correlation, .cholesky, .orthonormal: self.init()
    case .positive: self.init(aboveZero: true)
    case .unit, .simplex: self.init(aboveZero: true, atMostOne: true)
    case .count: self.init(atLeastZero: true, whole: true)
    case .integer: self.init(whole: true)
    case .binary: self.init(atLeastZero: true, atMostOne: true, whole: true)
    }
  }

  /// The narrowest kind of element that these facts prove.
  public var kind: ElementKind {
    if isWhole {
      if isAtLeastZero { return isAtMostOne ? .binary : .count }
      return .integer
    }
    if isAboveZero { return isAtMostOne ? .unit : .positive }
    return .real
  }

  /// What holds of both.
  public func common(_ other: ElementFacts) -> ElementFacts {
    ElementFacts(
      aboveZero: isAboveZero && other.isAboveZero,
      atLeastZero: isAtLeastZero && other.isAtLeastZero,
      atMostOne: isAtMostOne && other.isAtMostOne, whole: isWhole && other.isWhole)
  }
}

/// How kinds propagate through arithmetic and functions, element by element:
///
/// | expression | kind |
/// |---|---|
/// | positive + positive, positive · positive, positive / positive, positive ^ any | positive |
/// | unit · unit, 1 − unit, unit ^ positive | unit |
/// | positive + count, positive + unit | positive |
/// | count + count, count · count, count ^ count | count |
/// | count − count, integer + − · integer | integer |
/// | 1 − binary, binary · binary | binary |
/// | exp, softplus | positive |
/// | sigmoid | unit |
/// | softmax | simplex |
/// | log1p, expm1, sqrt of positive; abs of positive | positive |
/// | tanh of positive | unit |
/// | anything else | real |
///
/// What cannot be proved positive where it must be is checked when the model runs.
public enum KindTable {
  /// - Parameter isOne: whether the left operand is the number one, for `1 - x`.
  public static func arithmetic(
    _ operation: Arithmetic, _ a: ElementFacts, _ b: ElementFacts, leftIsOne isOne: Bool = false
  ) -> ElementFacts {
    let bothNonNegative = a.isAtLeastZero && b.isAtLeastZero
    let bothWhole = a.isWhole && b.isWhole
    let bothUnit = bothNonNegative && a.isAtMostOne && b.isAtMostOne
    switch operation {
    case .add:
      return ElementFacts(
        aboveZero: bothNonNegative && (a.isAboveZero || b.isAboveZero),
        atLeastZero: bothNonNegative, whole: bothWhole)
    case .subtract:
      let complement = isOne && b.isAtLeastZero && b.isAtMostOne
      return ElementFacts(
        aboveZero: complement && !b.isWhole, atLeastZero: complement, atMostOne: complement,
        whole: bothWhole)
    case .multiply:
      return ElementFacts(
        aboveZero: a.isAboveZero && b.isAboveZero, atLeastZero: bothNonNegative,
        atMostOne: bothUnit, whole: bothWhole)
    case .divide:
      return ElementFacts(
        aboveZero: a.isAboveZero && b.isAboveZero, atLeastZero: bothNonNegative)
    case .power:
      return ElementFacts(
        aboveZero: a.isAboveZero, atLeastZero: a.isAtLeastZero,
        atMostOne: bothUnit || (a.isAtLeastZero && a.isAtMostOne && b.isAtLeastZero),
        whole: bothWhole && b.isAtLeastZero)
    }
  }

  public static func map(_ function: ElementwiseFunction, _ x: ElementFacts) -> ElementFacts {
    switch function {
    case .exp, .softplus: ElementFacts(aboveZero: true)
    case .sigmoid: ElementFacts(aboveZero: true, atMostOne: true)
    case .log1p, .expm1: ElementFacts(aboveZero: x.isAboveZero, atLeastZero: x.isAtLeastZero)
    case .sqrt:
      ElementFacts(aboveZero: x.isAboveZero, atLeastZero: true, atMostOne: x.isAtMostOne)
    case .abs: ElementFacts(aboveZero: x.isAboveZero, atLeastZero: true, whole: x.isWhole)
    case .tanh:
      ElementFacts(aboveZero: x.isAboveZero, atLeastZero: x.isAtLeastZero, atMostOne: true)
    case .log, .logit: ElementFacts()
    }
  }
}

extension Expression {
  /// What is known of this value's elements.
  public var facts: ElementFacts {
    if let value = constantValue { return ElementFacts(value) }
    if case .size(let size) = node {
      return ElementFacts(aboveZero: size.symbol != nil, atLeastZero: true, whole: true)
    }
    return ElementFacts(type.kind)
  }

  /// How messages name this value: a number as itself, anything else by its type.
  var shown: String { constantValue.map(plain) ?? type.description }

  /// The value of an expression made of numbers alone.
  public var constantValue: Double? {
    switch node {
    case .number(let value): return value
    case .size(let size): return size.constant.map(Double.init)
    case .negate(let inner): return inner.constantValue.map { -$0 }
    case .arithmetic(let operation, let a, let b):
      guard let x = a.constantValue, let y = b.constantValue else { return nil }
      switch operation {
      case .add: return x + y
      case .subtract: return x - y
      case .multiply: return x * y
      case .divide: return y == 0 ? nil : x / y
      case .power: return power(x, y)
      }
    case .variable, .previous, .previousRange, .map, .function, .matrixProduct, .index, .array,
      .network:
      return nil
    }
  }
}

/// x to the power of y for whole y of moderate size; others are left to the run.
func power(_ x: Double, _ y: Double) -> Double? {
  guard y == y.rounded(), y.magnitude <= 64 else { return nil }
  var result = 1.0
  for _ in 0..<Int(y.magnitude) { result *= x }
  if y < 0 { result = 1 / result }
  return result.isFinite ? result : nil
}
