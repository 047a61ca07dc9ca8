import LVMCompute
import LVMModel

/// Arguments of distributions solved for the parameters in them.
extension StartingValues {
  /// Where a parameter puts an argument at what the moments of the data ask of it; nil where the
  /// expression cannot be solved for it.
  func matched(
    _ p: Variable, _ argument: Expression, _ family: any Family, _ form: Int, _ position: Int,
    _ m: (mean: [Double], sd: [Double]), _ depth: Int
  ) -> Reference? {
    var targets: [Double] = []
    for (mean, sd) in zip(m.mean, m.sd) {
      let summary = SampleSummary(mean: mean, variance: sd * sd)
      guard let estimate = family.momentEstimate(summary, form: form), estimate.count > position,
        let target = solved(for: p.id, argument, estimate[position], depth), target.isFinite
      else { return nil }
      targets.append(target)
    }
    switch p.type.kind {
    case .real:
      let isDirect = family.forms[form][position].constraint == .real && !hasLink(p.id, argument)
      return .location(mean: targets, sd: isDirect ? m.sd : m.sd.map { _ in 1 })
    case .positive where targets.allSatisfy { $0 > 0 }: return .scale(targets)
    case .positive, .unit, .count, .integer, .binary, .category, .simplex, .covariance,
      .correlation, .cholesky, .orthonormal:
      return nil
    }
  }

  /// Whether a parameter stands inside a function.
  private func hasLink(_ id: VariableID, _ e: Expression) -> Bool {
    var found = false
    e.visit { part in
      if case .map(_, let inner) = part.node {
        found = found || structure.reads(inner).contains(id)
      }
    }
    return found
  }

  /// The value of a parameter at which an expression is `t`, if other summands are zero; nil where it cannot be
  /// told.
  func solved(for id: VariableID, _ e: Expression, _ t: Double, _ depth: Int) -> Double? {
    func reads(_ e: Expression) -> Bool { structure.reads(e).contains(id) }
    switch e.node {
    case .variable(let v):
      if v == id { return t }
      guard case .equal(let inner) = model[v].definition else { return nil }
      return solved(for: id, inner, t, depth)
    case .index(let base, _): return solved(for: id, base, t, depth)
    case .negate(let a): return solved(for: id, a, -t, depth)
    case .map(let function, let inner):
      guard let before = Self.inverse(function, t) else { return nil }
      return solved(for: id, inner, before, depth)
    case .arithmetic(.add, let a, let b):
      guard reads(a) != reads(b) else { return nil }
      return reads(a)
        ? solved(for: id, a, t - (number(b) ?? 0), depth)
        : solved(for: id, b, t - (number(a) ?? 0), depth)
    case .arithmetic(.subtract, let a, let b):
      guard reads(a) != reads(b) else { return nil }
      return reads(a)
        ? solved(for: id, a, t + (number(b) ?? 0), depth)
        : solved(for: id, b, (number(a) ?? 0) - t, depth)
    case .arithmetic(.multiply, let a, let b):
      guard reads(a) != reads(b) else { return nil }
      let (own, other) = reads(a) ? (a, b) : (b, a)
      guard let factor = guess(other, depth), factor != 0 else { return nil }
      return solved(for: id, own, t / factor, depth)
    case .arithmetic(.divide, let a, let b):
      guard reads(a) != reads(b), t != 0 else { return nil }
      if reads(a) {
        guard let divisor = guess(b, depth) else { return nil }
        return solved(for: id, a, t * divisor, depth)
      }
      guard let top = guess(a, depth) else { return nil }
      return solved(for: id, b, top / t, depth)
    case .arithmetic(.power, let a, let b):
      guard let exponent = number(b), exponent != 0, t > 0 else { return nil }
      return solved(for: id, a, (t.logarithm / exponent).exponential, depth)
    case .function(.diag, let arguments):
      return arguments.count == 1 ? solved(for: id, arguments[0], t, depth) : nil
    case .array(let parts), .function(.concat, let parts), .function(.stack, let parts):
      return parts.first(where: reads).flatMap { solved(for: id, $0, t, depth) }
    case .number, .size, .previous, .previousRange, .function, .matrixProduct, .network:
      return nil
    }
  }

  private func number(_ e: Expression) -> Double? {
    if case .number(let x) = e.node { return x }
    return nil
  }

  /// About what an expression will be: a number, or where a parameter starts.
  private func guess(_ e: Expression, _ depth: Int) -> Double? {
    if let x = number(e) { return x }
    if case .function(let function, _) = e.node, function == .identity || function == .ones {
      return 1
    }
    guard depth < 2, case .variable(let id) = e.node, model[id].role == .param,
      model[id].type.isScalar
    else { return nil }
    switch reference(for: model[id], depth: depth + 1) {
    case .location(let mean, _)?: return mean.first
    case .scale(let scale)?: return scale.first
    case .loading?, nil: return nil
    }
  }

  private static func inverse(_ function: ElementwiseFunction, _ t: Double) -> Double? {
    switch function {
    case .exp: t > 0 ? t.logarithm : nil
    case .log: t.exponential
    case .log1p: t.exponentialLessOne
    case .expm1: t > -1 ? t.logarithmOfSuccessor : nil
    case .sqrt: t >= 0 ? t * t : nil
    case .sigmoid: t > 0 && t < 1 ? (t / (1 - t)).logarithm : nil
    case .logit: 1 / (1 + (-t).exponential)
    case .softplus: t > 0 ? (t > 30 ? t : t.exponentialLessOne.logarithm) : nil
    default: nil
    }
  }

  /// Whether an expression is a sum in which a parameter, or one picked from it, stands bare.
  func isSummand(_ id: VariableID, of e: Expression) -> Bool {
    switch e.node {
    case .variable(let v):
      if v == id { return true }
      guard case .equal(let inner) = model[v].definition else { return false }
      return isSummand(id, of: inner)
    case .index(let base, _): return isSummand(id, of: base)
    case .arithmetic(.add, let a, let b), .arithmetic(.subtract, let a, let b):
      return isSummand(id, of: a) || isSummand(id, of: b)
    case .array(let parts): return parts.contains { isSummand(id, of: $0) }
    case .number, .size, .previous, .previousRange, .map, .function, .arithmetic, .negate,
      .matrixProduct, .network:
      return false
    }
  }

  /// Whether a parameter multiplies a latent.
  func isLoading(_ id: VariableID, in e: Expression) -> Bool {
    var found = false
    e.visit { part in
      let factors: [Expression]
      switch part.node {
      case .matrixProduct(let a, let b), .arithmetic(.multiply, let a, let b): factors = [a, b]
      case .function(.dot, let arguments): factors = arguments
      case .number, .size, .variable, .previous, .previousRange, .map, .function, .arithmetic,
        .negate, .index, .array, .network:
        factors = []
      }
      for (i, x) in factors.enumerated() where structure.reads(x).contains(id) {
        for (j, y) in factors.enumerated() where i != j {
          found = found || structure.reads(y).contains { model[$0].role == .latent }
        }
      }
    }
    return found
  }
}
