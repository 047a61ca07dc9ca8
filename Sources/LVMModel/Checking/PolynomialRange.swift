/// Bounds of a polynomial in entries of simplexes and in numbers between 0 and 1.
///
/// Written with as many factors everywhere, which entries that sum to one allow, a polynomial is a weighted mean of
/// its Bernstein coefficients: it lies between the least and the largest of them (Farouki 2012). So genotypes
/// have probabilities, `f[1]^2 + 2 * f[1] * f[2]`, which intervals alone do not see.
struct PolynomialRange {
  /// What a variable stands for: the value of a `let` without a type.
  let definition: (VariableID) -> Expression?

  /// Larger polynomials are left alone.
  private static let mostTerms = 400
  private static let mostDegree = 6

  /// Coefficients of products of values, each product as the sorted places of its factors.
  private typealias Polynomial = [[Int]: Double]

  private struct Values {
    var places: [Expression: Int] = [:]
    /// Of each place, what it is an entry of: itself, or a simplex and leading positions.
    var owners: [Expression] = []
    /// Entries that the owner has, where that is known.
    var sizes: [Int?] = []
  }

  /// Between which numbers a single number lies; nil where it is no such polynomial.
  func range(of expression: Expression) -> Interval? {
    var values = Values()
    guard expression.type.isScalar, let terms = polynomial(expression, &values) else { return nil }
    // Values that are one at most together: entries of a simplex, or a number and what it leaves of one.
    var groups: [Expression: [Int]] = [:]
    for (place, owner) in values.owners.enumerated() { groups[owner, default: []].append(place) }
    var next = values.owners.count
    var result = terms
    var wholes: [(members: Set<Int>, degree: Int)] = []
    for entries in groups.values {
      var members = entries
      // The other entries together.
      if values.sizes[entries[0]].map({ $0 > entries.count }) ?? true {
        members.append(next)
        next += 1
      }
      let own = Set(members)
      let degree = result.keys.map { $0.filter(own.contains).count }.max() ?? 0
      var raised: Polynomial = [:]
      for (factors, c) in result {
        var part: Polynomial = [factors: c]
        for _ in factors.filter(own.contains).count..<degree {
          part = product(part, Dictionary(uniqueKeysWithValues: members.map { ([$0], 1.0) }))
        }
        for (k, v) in part { raised[k, default: 0] += v }
        guard raised.count <= Self.mostTerms else { return nil }
      }
      result = raised
      wholes.append((own, degree))
    }
    // Each coefficient in units of how often the expansion of (sum)^degree = 1 has its product.
    var coefficients: [Double] = []
    for (factors, c) in result {
      var often = 1.0
      for whole in wholes {
        let own = factors.filter(whole.members.contains)
        often *= factorial(own.count)
        for place in Set(own) { often /= factorial(own.filter { $0 == place }.count) }
      }
      coefficients.append(c / often)
    }
    let all = wholes.reduce(1) { $0 * combinations($1.degree, of: $1.members.count) }
    if result.count < all || coefficients.isEmpty { coefficients.append(0) }
    return Interval(spanning: coefficients)
  }

  // MARK: Polynomials

  private func polynomial(_ e: Expression, _ values: inout Values) -> Polynomial? {
    if let constant = e.constantValue { return [[]: constant] }
    guard e.type.isScalar else { return nil }
    switch e.node {
    case .number(let value): return [[]: value]
    case .variable(let id):
      if let inner = definition(id) { return polynomial(inner, &values) }
      return e.type.kind == .unit ? value(e, of: e, 2, &values) : nil
    case .index(let base, let indices):
      var base = base
      while case .variable(let id) = base.node, let inner = definition(id) { base = inner }
      guard case .variable = base.node,
        indices.allSatisfy({ if case .at(let i) = $0 { i.constantValue != nil } else { false } })
      else { return nil }
      if base.type.kind == .unit { return value(e, of: e, 2, &values) }
      guard base.type.kind == .simplex, indices.count == base.type.shape.count else { return nil }
      let owner =
        indices.count == 1
        ? base : Expression(.index(base, Array(indices.dropLast())), base.type, base.span)
      return value(e, of: owner, base.type.shape.last?.constant, &values)
    case .negate(let x):
      return polynomial(x, &values)?.mapValues { -$0 }
    case .arithmetic(let operation, let a, let b):
      guard let x = polynomial(a, &values) else { return nil }
      switch operation {
      case .add, .subtract:
        guard let y = polynomial(b, &values) else { return nil }
        return x.merging(operation == .add ? y : y.mapValues { -$0 }, uniquingKeysWith: +)
      case .multiply:
        guard let y = polynomial(b, &values) else { return nil }
        return checked(product(x, y))
      case .divide:
        guard let c = b.constantValue, c != 0 else { return nil }
        return x.mapValues { $0 / c }
      case .power:
        guard let c = b.constantValue, c == c.rounded(), c >= 0, c <= Double(Self.mostDegree)
        else { return nil }
        var result: Polynomial = [[]: 1]
        for _ in 0..<Int(c) {
          guard let next = checked(product(result, x)) else { return nil }
          result = next
        }
        return result
      }
    case .size, .previous, .previousRange, .map, .function, .matrixProduct, .array, .network:
      return nil
    }
  }

  private func value(
    _ e: Expression, of owner: Expression, _ size: Int?, _ values: inout Values
  ) -> Polynomial {
    let place = values.places[e] ?? values.owners.count
    if place == values.owners.count {
      values.places[e] = place
      values.owners.append(owner)
      values.sizes.append(size)
    }
    return [[place]: 1]
  }

  private func checked(_ p: Polynomial) -> Polynomial? {
    p.count <= Self.mostTerms && p.keys.allSatisfy { $0.count <= Self.mostDegree } ? p : nil
  }

  private func product(_ a: Polynomial, _ b: Polynomial) -> Polynomial {
    var result: Polynomial = [:]
    for (x, c) in a { for (y, d) in b { result[(x + y).sorted(), default: 0] += c * d } }
    return result
  }

  private func factorial(_ n: Int) -> Double { n < 2 ? 1 : (2...n).reduce(1) { $0 * Double($1) } }

  /// Products of `degree` factors among `n`.
  private func combinations(_ degree: Int, of n: Int) -> Int {
    (0..<degree).reduce(1) { $0 * (n + $1) / ($1 + 1) }
  }
}
