/// A size as the compiler knows it: a polynomial with integer coefficients in the model's size names.
///
/// Two sizes are equal exactly when their canonical forms are; `C - 1` and `C + 1 - 2` are one value.
public struct Size: Hashable, Sendable, CustomStringConvertible {
  /// Coefficient of each monomial; a monomial is its sorted list of names, the constant term is [].
  public private(set) var terms: [[String]: Int]

  private init(terms: [[String]: Int]) { self.terms = terms.filter { $0.value != 0 } }

  public static func constant(_ value: Int) -> Size { Size(terms: [[]: value]) }
  public static func symbol(_ name: String) -> Size { Size(terms: [[name]: 1]) }

  /// The value, if no name is left.
  public var constant: Int? {
    if terms.isEmpty { return 0 }
    return terms.count == 1 ? terms[[]] : nil
  }

  /// The single name this size consists of, if it is just that.
  public var symbol: String? {
    guard terms.count == 1, let (names, factor) = terms.first, names.count == 1, factor == 1 else {
      return nil
    }
    return names[0]
  }

  /// The names that occur.
  public var symbols: Set<String> { Set(terms.keys.joined()) }

  public static func + (a: Size, b: Size) -> Size {
    Size(terms: a.terms.merging(b.terms) { bounded($0.addingReportingOverflow($1), $0) })
  }

  public static func - (a: Size, b: Size) -> Size {
    a + Size(terms: b.terms.mapValues { 0 &- $0 })
  }

  public static func * (a: Size, b: Size) -> Size {
    var result: [[String]: Int] = [:]
    for (x, p) in a.terms {
      for (y, q) in b.terms {
        let names = (x + y).sorted()
        let old = result[names] ?? 0
        result[names] = bounded(old.addingReportingOverflow(product(p, q)), old)
      }
    }
    return Size(terms: result)
  }

  /// What lies beyond 2^62 stays there, with its sign: too large for any use, and never small again.
  private static func bounded(_ sum: (partialValue: Int, overflow: Bool), _ one: Int) -> Int {
    let bound = 1 << 62
    if sum.overflow { return one < 0 ? -bound : bound }
    return Swift.max(-bound, Swift.min(sum.partialValue, bound))
  }

  private static func product(_ a: Int, _ b: Int) -> Int {
    bounded(a.multipliedReportingOverflow(by: b), (a < 0) == (b < 0) ? 1 : -1)
  }

  /// This size with known names replaced by numbers.
  public func substituting(_ values: [String: Int]) -> Size {
    var result: [[String]: Int] = [:]
    for (names, factor) in terms {
      var rest: [String] = []
      var product = factor
      for name in names {
        if let value = values[name] {
          product = Self.product(product, value)
        } else {
          rest.append(name)
        }
      }
      let old = result[rest] ?? 0
      result[rest] = Self.bounded(old.addingReportingOverflow(product), old)
    }
    return Size(terms: result)
  }

  public var description: String {
    if terms.isEmpty { return "0" }
    let ordered = terms.sorted {
      $0.key.isEmpty != $1.key.isEmpty
        ? $1.key.isEmpty
        : $0.key.lexicographicallyPrecedes($1.key)
    }
    var text = ""
    for (names, factor) in ordered {
      let size = Swift.abs(factor)
      let body =
        names.isEmpty
        ? "\(size)" : (size == 1 ? "" : "\(size) * ") + names.joined(separator: " * ")
      if text.isEmpty {
        text = (factor < 0 ? "-" : "") + body
      } else {
        text += (factor < 0 ? " - " : " + ") + body
      }
    }
    return text
  }
}
