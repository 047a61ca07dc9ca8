/// A fraction in lowest terms; one that does not fit is `nil` from every operation.
public struct Rational: Hashable, Sendable {
  public let numerator: Int
  /// Above zero.
  public let denominator: Int

  public static let zero = Rational(0)
  public static let one = Rational(1)

  public init(_ value: Int) {
    numerator = value
    denominator = 1
  }

  /// Nil for a denominator of zero.
  init?(_ numerator: Int, over denominator: Int) {
    guard denominator != 0, numerator != .min, denominator != .min else { return nil }
    let sign = denominator < 0 ? -1 : 1
    let common = Self.greatestDivisor(abs(numerator), abs(denominator))
    self.numerator = sign * numerator / common
    self.denominator = sign * denominator / common
  }

  /// The fraction of a small denominator that is nearest to a number and rounds to it; nil where none is.
  init?(_ value: Double) {
    guard value.magnitude < 1e6 else { return nil }
    for denominator in 1...1000 {
      let numerator = (value * Double(denominator)).rounded()
      if numerator / Double(denominator) == value {
        self.init(Int(numerator), over: denominator)
        return
      }
    }
    return nil
  }

  public var isZero: Bool { numerator == 0 }
  public var value: Double { Double(numerator) / Double(denominator) }

  static func + (a: Rational, b: Rational) -> Rational? {
    let (x, o) = a.numerator.multipliedReportingOverflow(by: b.denominator)
    let (y, p) = b.numerator.multipliedReportingOverflow(by: a.denominator)
    let (d, q) = a.denominator.multipliedReportingOverflow(by: b.denominator)
    let (n, r) = x.addingReportingOverflow(y)
    return o || p || q || r ? nil : Rational(n, over: d)
  }

  static func * (a: Rational, b: Rational) -> Rational? {
    let (n, o) = a.numerator.multipliedReportingOverflow(by: b.numerator)
    let (d, p) = a.denominator.multipliedReportingOverflow(by: b.denominator)
    return o || p ? nil : Rational(n, over: d)
  }

  static func / (a: Rational, b: Rational) -> Rational? {
    Rational(b.denominator, over: b.numerator).flatMap { a * $0 }
  }

  static prefix func - (a: Rational) -> Rational { Rational(-a.numerator, a.denominator) }

  private init(_ numerator: Int, _ denominator: Int) {
    self.numerator = numerator
    self.denominator = denominator
  }

  static func greatestDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return max(a, 1)
  }
}

extension Rational: CustomStringConvertible {
  public var description: String {
    denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)"
  }
}
