import LVMSyntax

/// Where the values of a continuous latent, or of a guide's family, can lie.
private enum Region: Hashable {
  case line, half, unit, simplex
  /// Between two limits; nil where an expression of the row gives them.
  case between(Double?, Double?)

  init?(_ support: Support, limits: [Double?]) {
    switch support {
    case .real, .realVector: self = .line
    case .positive, .nonNegative: self = .half
    case .unit: self = .unit
    case .simplex: self = .simplex
    case .interval(let low, let high):
      func limit(_ i: Int) -> Double? { limits.indices.contains(i) ? limits[i] : nil }
      let ends = (limit(low), limit(high))
      self = ends == (0, 1) ? .unit : .between(ends.0, ends.1)
    case .binary, .counts, .countsUpTo, .categories, .countVector, .covariance, .correlation:
      return nil
    }
  }

  init?(_ kind: ElementKind) {
    switch kind {
    case .real: self = .line
    case .positive: self = .half
    case .unit: self = .unit
    case .simplex: self = .simplex
    case .count, .integer, .binary, .category, .covariance, .correlation, .cholesky, .orthonormal:
      return nil
    }
  }

  /// What can be written instead, for a latent of a type.
  func help(_ name: String, _ kind: ElementKind) -> [String] {
    switch self {
    case .line: return ["write `\(name) ~ Normal(mean, scale)`"]
    case .half: return ["write `\(name) ~ LogNormal(mean, scale)`, the exponential of a Normal"]
    case .unit:
      return kind == .unit
        ? ["leave the line out: the guide that the compiler writes is the sigmoid of a Normal"]
        : ["leave the line out: the guide that the compiler writes keeps to what the prior allows"]
    case .between:
      return ["leave the line out: the guide that the compiler writes keeps to constant limits"]
    case .simplex:
      return ["leave the line out: the guide that the compiler writes is the softmax of Normals"]
    }
  }
}

/// Whether a family can guide a latent: its draws are functions of noise that have gradients, and lie
/// exactly where the latent's values can.
extension Checker {
  /// Reports what is wrong with the family of a guide's line; true if the rest of it is to be read.
  func canGuide(_ syntax: ExpressionSyntax, _ declaration: Declaration, _ type: ValueType) -> Bool {
    guard declaration.role == .latent, let region = region(of: declaration, type.kind),
      case .call(let name, let arguments, _) = syntax.ungrouped
    else { return true }
    let variable = declaration.name
    let help = region.help(variable, type.kind)
    guard let family = FamilyName(rawValue: name.text) else {
      guard Vocabulary.families.contains(name.text) else { return true }
      report(GuideError.combinator(name.text, variable: variable, help: help), name.span)
      return false
    }
    let implementation = LVMModel.family(family)
    let limits = arguments.map { constant($0.value, names: constantValues) }
    // Families of whole numbers are told of as they are everywhere.
    guard let own = Region(implementation.support, limits: limits) else { return true }
    if implementation.noise == nil {
      report(GuideError.withoutDraw(name.text, variable: variable, help: help), name.span)
      return false
    }
    guard own != region else { return true }
    report(
      GuideError.support(
        name.text, gives: own.shown, variable: variable, lies: region.shown, help: help),
      name.span)
    return false
  }

  /// Where a latent's values can lie: what its type allows, as far as its prior reaches. Nil where that is
  /// not known, or the latent is no continuous one that a guide draws.
  private func region(of declaration: Declaration, _ kind: ElementKind) -> Region? {
    guard let all = Region(kind) else { return nil }
    guard case .drawn(let prior)? = declaration.definition else { return all }
    guard case .family(let name, _, let arguments, _) = prior,
      let own = Region(LVMModel.family(name).support, limits: arguments.map(\.constantValue))
    else { return nil }
    // A prior that reaches beyond the type is cut there.
    switch (all, own) {
    case (_, .line), (.unit, .half): return all
    case (.half, .between(let low?, _)) where low < 0: return nil
    // Nor are limits known that the row gives.
    case (_, .between(nil, _)), (_, .between(_, nil)): return nil
    case (.line, _), (.half, _), (.unit, _), (.simplex, _), (.between, _): return own
    }
  }
}

extension Region {
  /// As a sentence names its values.
  fileprivate var shown: String {
    switch self {
    case .line: "any real number"
    case .half: "positive numbers"
    case .unit: "numbers from 0 to 1"
    case .simplex: "probabilities that sum to one"
    case .between(let low?, let high?): "numbers from \(written(low)) to \(written(high))"
    case .between: "numbers between its limits"
    }
  }

  private func written(_ x: Double) -> String {
    x == x.rounded() && abs(x) < 1e15 ? String(Int(x)) : String(x)
  }
}
