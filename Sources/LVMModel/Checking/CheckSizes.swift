import LVMSyntax

/// Sizes as written, and when two of them agree.
extension Checker {
  /// More terms than this are no size anyone writes.
  private static let termLimit = 64

  /// A size: whole numbers and names of the header with `+`, `-`, `*`. Reports what is not one.
  func size(_ expression: ExpressionSyntax) -> Size? {
    switch expression {
    case .number(let value, let span):
      guard value == value.rounded(), value.magnitude <= 1e9 else {
        return fail(ShapeError.notASize(source.text(span), isVariable: false), span)
      }
      return .constant(Int(value))
    case .name(let name):
      if let index = headerIndex[name.text] {
        return headers[index].isPoisoned ? nil : .symbol(name.text)
      }
      if declarationIndex[name.text] != nil || bundles[name.text] != nil {
        return fail(ShapeError.notASize(name.text, isVariable: true), name.span)
      }
      if lostNames.contains(name.text) { return nil }
      return fail(NameError.unknownSize(name.text, sizes: headers.map(\.name.text)), name.span)
    case .group(let inner, _): return size(inner)
    case .negate(let inner, _): return size(inner).map { .constant(0) - $0 }
    case .binary(let operation, let left, let right, let sign, let span):
      let (a, b) = (size(left), size(right))
      guard let a, let b else { return nil }
      let result: Size
      switch operation {
      case .add: result = a + b
      case .subtract: result = a - b
      case .multiply, .elementwiseMultiply:
        guard a.terms.count * b.terms.count <= Self.termLimit * 4 else {
          return fail(ShapeError.sizeTooLong, span)
        }
        result = a * b
      case .divide, .elementwiseDivide, .power:
        return fail(ShapeError.sizeOperator(operation.rawValue), sign)
      }
      let isLarge =
        result.terms.count > Self.termLimit
        || result.terms.values.contains { !(-1_000_000_000...1_000_000_000).contains($0) }
        || result.terms.keys.contains { $0.count > 16 }
      return isLarge ? fail(ShapeError.sizeTooLong, span) : result
    case .text(_, let span): return fail(ShapeError.notASize("a text", isVariable: false), span)
    case .call(_, _, let span), .index(_, _, let span), .member(_, _, let span),
      .array(_, let span):
      return fail(ShapeError.notASize("`\(source.text(span))`", isVariable: false), span)
    case .invalid: return nil
    }
  }

  /// A size of at least one.
  func positiveSize(_ expression: ExpressionSyntax) -> Size? {
    guard let size = size(expression) else { return nil }
    if let value = number(size), value < 1 {
      return fail(
        ShapeError.sizeNotPositive(
          size.constant == nil ? "\(size) = \(value)" : "\(value)"), expression.span)
    }
    if let value = number(size), value > 1_000_000_000 {
      return fail(ShapeError.sizeTooLarge, expression.span)
    }
    return size
  }

  /// All sizes multiplied; nil if the product is longer than anyone writes.
  func product(_ sizes: [Size]) -> Size? {
    var result = Size.constant(1)
    for size in sizes {
      guard result.terms.count * size.terms.count <= Self.termLimit * 4 else { return nil }
      result = result * size
    }
    return result
  }

  /// The number a size stands for, if defaults or settings tell.
  func number(_ size: Size) -> Int? {
    size.constant ?? size.substituting(knownSizes).constant
  }

  /// Whether two sizes are equal, as symbols or by the numbers they are known to have.
  func agree(_ a: Size, _ b: Size) -> Bool {
    if a == b { return true }
    return a.substituting(knownSizes) == b.substituting(knownSizes)
  }

  func agree(_ a: [Size], _ b: [Size]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { agree($0, $1) }
  }

  /// What to say about two shapes of one rank that differ: which sizes, and their numbers.
  func difference(_ a: [Size], _ b: [Size]) -> [String] {
    guard a.count == b.count, let (x, y) = zip(a, b).first(where: { !agree($0, $1) }) else {
      return []
    }
    if x.constant != nil, y.constant != nil { return [] }
    let parts = [x, y].compactMap { size -> String? in
      if size.constant != nil { return nil }
      return number(size).map { "`\(size)` is \($0)" } ?? "`\(size)` comes from the data"
    }
    // D and D - 1 differ whatever D is.
    if number(x - y) != nil, number(x) == nil { return [] }
    let isDecided = number(x) != nil && number(y) != nil
    let advice = isDecided ? "" : "; if they are meant to be equal, write one name or number"
    return [parts.joined(separator: ", ") + advice]
  }

  /// `[28, 28, 1]`
  func written(_ shape: [Size]) -> String {
    "[\(shape.map(\.description).joined(separator: ", "))]"
  }
}

/// A number as people write it.
func plain(_ value: Double) -> String {
  if value == value.rounded(), value.magnitude < 1e15 { return String(Int(value)) }
  return String(value)
}
