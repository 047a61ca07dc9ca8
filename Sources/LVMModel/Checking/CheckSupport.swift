import LVMSyntax

/// Whether a family can give the values of a variable's type.
extension Checker {
  func supports(_ family: FamilyName, _ target: Target, _ span: Span) -> Bool {
    let signature = family.signature
    let kind = target.type.kind
    let reason: String
    let isFitting: Bool
    switch signature.support {
    case .real, .positive, .nonNegative, .unit, .interval:
      reason = "gives continuous values"
      switch kind {
      case .real, .positive, .unit: isFitting = true
      case .count, .integer, .binary, .category, .simplex, .covariance, .correlation, .cholesky,
        .orthonormal:
        isFitting = false
      }
    case .binary:
      reason = "gives 0 or 1"
      isFitting = kind == .binary
    case .counts, .countsUpTo:
      reason = "gives counts 0, 1, 2, …"
      isFitting = kind == .count || kind == .integer
    case .categories:
      reason = "gives one of several categories"
      if case .category = kind { isFitting = true } else { isFitting = false }
    case .countVector:
      reason = "gives a vector of counts"
      isFitting = kind == .count
    case .realVector:
      reason = "gives real vectors"
      isFitting = kind == .real
    case .simplex:
      reason = "gives probabilities that sum to one"
      isFitting = kind == .simplex
    case .covariance:
      reason = "gives covariance matrices"
      isFitting = kind == .covariance
    case .correlation:
      reason = "gives correlation matrices"
      isFitting = kind == .correlation
    }
    guard isFitting else {
      report(
        FamilyError.support(
          family: family.rawValue, variable: target.name, kind: target.type.description,
          reason: reason, help: supportHelp(signature.support, target)), span)
      return false
    }
    return hasEvent(family, target, span)
  }

  private func hasEvent(_ family: FamilyName, _ target: Target, _ span: Span) -> Bool {
    guard target.type.shape.count < family.signature.eventRank else { return true }
    let value = family.signature.support.isWhole ? "count" : "value"
    let help = LVMModel.family(family).scalarCounterpart.map {
      "for a single \(value) write `\($0)`"
    }
    report(
      FamilyError.needsVector(
        family: family.rawValue, variable: target.name, type: target.type.description,
        help: help.map { [$0] } ?? []),
      span)
    return false
  }

  /// The two ways out: another type, or another family.
  private func supportHelp(_ support: Support, _ target: Target) -> [String] {
    var help: [String] = []
    let shape = target.type.shape.map(\.description)
    func declare(_ word: String, _ sizes: [String]) -> String {
      let type = sizes.isEmpty ? word : "\(word)[\(sizes.joined(separator: ", "))]"
      return "declare `\(target.name)` as `\(type)`"
    }
    switch support {
    case .real, .interval, .realVector: help.append(declare("real", shape))
    case .positive, .nonNegative: help.append(declare("positive", shape))
    case .unit: help.append(declare("unit", shape))
    case .binary: help.append(declare("binary", shape))
    case .counts, .countsUpTo, .countVector: help.append(declare("count", shape))
    case .categories: help.append(declare("category", shape + ["K"]))
    case .simplex: help.append(declare("simplex", shape.isEmpty ? ["K"] : shape))
    case .covariance, .correlation:
      let word = support == .covariance ? "covariance" : "correlation"
      help.append(
        declare(word, shape.isEmpty ? ["D"] : Array(shape.dropLast(shape.count > 1 ? 1 : 0))))
    }
    switch target.type.kind {
    case .real: break
    case .positive: break
    case .unit: if support == .binary { help.append("probabilities are drawn from `Beta(a, b)`") }
    case .count: help.append("counts are drawn from Poisson, NegativeBinomial, Binomial, Geometric")
    case .integer: help.append("whole numbers are drawn from Poisson, NegativeBinomial, Binomial")
    case .binary: help.append("0 and 1 are drawn from `Bernoulli(probability)`")
    case .category: help.append("categories are drawn from `Categorical(probabilities)`")
    case .simplex: help.append("probabilities are drawn from `Dirichlet(concentration)`")
    case .covariance:
      help.append("covariances are drawn from `InverseWishart(df, scale)` or `Wishart(df, scale)`")
    case .correlation: help.append("correlations are drawn from `LKJ(shape)`")
    case .cholesky, .orthonormal:
      help = ["no family gives `\(target.type.kind.word)` values: leave out the distribution"]
    }
    // Matrices keep their type: another one would be another model.
    if target.type.kind.eventRank == 2 { help = Array(help.suffix(1)) }
    return help
  }
}
