import LVMCompute
import LVMModel

/// Starting values of parameters from the scale of the data they speak of.
struct StartingValues {
  let structure: ModelStructure
  let data: ModelData

  var model: ModelGraph { structure.model }

  /// A value for every parameter; `jitter` 0 leaves symmetric ones symmetric.
  func values(seed: UInt64, restart: Int) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for v in model.variables where v.role == .param {
      if case .equal = v.definition { continue }
      var random = RandomStream(
        seed: seed, purpose: "start", site: v.id.index, row: 0, step: 0, sample: restart)
      result[v.name] = value(v, &random, spread: restart == 0 ? 0.1 : 0.5)
    }
    return result
  }

  private func value(_ v: Variable, _ random: inout RandomStream, spread: Double) -> Tensor {
    let dims = v.type.dims ?? []
    let count = dims.reduce(1, *)
    let scale = reference(for: v)
    var values = [Double](repeating: 0, count: count)
    switch v.type.kind {
    case .real:
      for i in 0..<count {
        switch scale {
        case .location(let mean, let sd):
          values[i] = mean[i % mean.count] + spread * sd[i % sd.count] * random.normal()
        case .loading(let sd):
          // Row d of a loading matrix acts on coordinate d.
          let row = dims.isEmpty ? 0 : i / max(1, count / dims[0])
          values[i] = 0.5 * sd[row % sd.count] * random.normal()
        case .scale, .none:
          values[i] = spread * random.normal()
        }
      }
    case .positive:
      for i in 0..<count {
        let base: Double
        switch scale {
        case .scale(let sd): base = sd[i % sd.count]
        case .location(let mean, _): base = Swift.max(Swift.abs(mean[i % mean.count]), 1e-6)
        case .loading, .none: base = 1
        }
        values[i] = base * (spread * random.normal()).exponential
      }
    case .count, .integer: break
    case .unit:
      for i in 0..<count { values[i] = 0.5 + 0.3 * spread * (random.uniform() - 0.5) }
    case .binary, .category: break
    case .simplex:
      let n = dims.last ?? 1
      for start in stride(from: 0, to: count, by: n) {
        var total = 0.0
        for i in start..<(start + n) {
          values[i] = (spread * random.normal()).exponential
          total += values[i]
        }
        for i in start..<(start + n) { values[i] /= total }
      }
    case .covariance, .correlation, .cholesky:
      let n = dims.last ?? 1
      for start in stride(from: 0, to: count, by: n * n) {
        for i in 0..<n {
          var d = 1.0
          if v.type.kind != .correlation, case .scale(let sd) = scale {
            d = v.type.kind == .covariance ? sd[i % sd.count] * sd[i % sd.count] : sd[i % sd.count]
          }
          values[start + i * n + i] = Swift.max(d, 1e-12)
        }
      }
    case .orthonormal:
      // Gram–Schmidt on random columns.
      let (d, l) = (dims[dims.count - 2], dims[dims.count - 1])
      for start in stride(from: 0, to: count, by: d * l) {
        for j in 0..<l {
          var column = (0..<d).map { _ in random.normal() }
          for k in 0..<j {
            let other = (0..<d).map { values[start + $0 * l + k] }
            let overlap = zip(column, other).reduce(0) { $0 + $1.0 * $1.1 }
            for i in 0..<d { column[i] -= overlap * other[i] }
          }
          let norm = column.reduce(0) { $0 + $1 * $1 }.squareRoot()
          for i in 0..<d { values[start + i * l + j] = column[i] / Swift.max(norm, 1e-300) }
        }
      }
    }
    return Tensor(dims, values)
  }

  // MARK: The data a parameter speaks of

  enum Reference {
    case location(mean: [Double], sd: [Double])
    case scale([Double])
    case loading([Double])
  }

  /// Means and standard deviations, per coordinate, of an observed variable.
  private func moments(_ v: Variable) -> (mean: [Double], sd: [Double])? {
    guard let column = data.columns.columns[v.name] else { return nil }
    let width = Swift.max(1, column.dims.reduce(1, *))
    let n = column.count / width
    guard n > 0 else { return nil }
    if data.isWeighted { return weightedMoments(v, width) }
    var mean = [Double](repeating: 0, count: width)
    var square = [Double](repeating: 0, count: width)
    column.eachBlock { values in
      for start in stride(from: 0, to: values.count, by: width) {
        for j in 0..<width { mean[j] += values[start + j] / Double(n) }
      }
    }
    column.eachBlock { values in
      for start in stride(from: 0, to: values.count, by: width) {
        for j in 0..<width {
          let r = values[start + j] - mean[j]
          square[j] += r * r / Double(n)
        }
      }
    }
    return (mean, zip(square, mean).map { Self.spread($0.squareRoot(), about: $1) })
  }

  /// A standard deviation that may stand for a unit: where it is rounding alone, a small number.
  private static func spread(_ sd: Double, about mean: Double) -> Double {
    sd.isFinite && sd > 1e-14 * Swift.abs(mean) ? sd : 1e-8
  }

  /// The same of rows that stand for many: a row is its unit times the mean, plus deviations.
  private func weightedMoments(_ v: Variable, _ width: Int) -> (
    mean: [Double], sd: [Double]
  ) {
    let deviations = Deviations([v], data)
    var square = [Double](repeating: 0, count: width)
    for i in 0..<deviations.count {
      for j in 0..<width {
        let r = deviations.rows[i * width + j]
        square[j] += r * r / deviations.total
      }
    }
    return (
      deviations.mean,
      zip(square, deviations.mean).map { Self.spread($0.squareRoot(), about: $1) }
    )
  }

  /// An observed variable that shows a variable: itself, or one that reads it.
  private func shown(_ v: Variable, depth: Int = 0) -> Variable? {
    if v.role == .observe { return v }
    guard depth < 4 else { return nil }
    for reader in structure.readers(of: v.id) where reader.id != v.id {
      if let found = shown(reader, depth: depth + 1) { return found }
    }
    return nil
  }

  func reference(for p: Variable, depth: Int = 0) -> Reference? {
    for v in model.variables where v.role == .observe || v.role == .latent {
      for d in distributions(v) {
        let (name, form, arguments) = innermost(d)
        guard let position = arguments.firstIndex(where: { structure.reads($0).contains(p.id) }),
          let observed = shown(v), let m = moments(observed)
        else { continue }
        let family = LVMModel.family(name)
        let parameters = family.forms[form]
        let constraint = parameters[Swift.min(position, parameters.count - 1)].constraint
        if isLoading(p.id, in: arguments[position]) {
          // A spread that latents stretch.
          let isSpread = constraint == .positive && position > 0 && p.type.kind == .positive
          return isSpread && m.sd.contains(where: Self.isExtreme)
            ? .scale(m.sd.map { $0 * 0.7 }) : .loading(m.sd)
        }
        if v.role == .observe, family.eventRank == 0,
          let found = matched(p, arguments[position], family, form, position, m, depth)
        {
          return found
        }
        // Slopes, and what a function such as exp takes to another scale, start about zero.
        if p.type.kind == .real, !isSummand(p.id, of: arguments[position]) { return nil }
        let own = v.role == .observe
        switch constraint {
        case .real, .realVector:
          if !own, !isChain(v), let m = shownAsItIs(v) {
            return isSummand(p.id, of: arguments[position])
              ? .location(mean: m.mean, sd: m.sd) : nil
          }
          return own || isChain(v) ? .location(mean: m.mean, sd: m.sd) : nil
        case .positive where position > 0 || family.name == .halfNormal,
          .covariance:
          return .scale(m.sd.map { $0 * (own ? 0.7 : 0.3) })
        case .positive, .count, .positiveVector:
          return .location(mean: m.mean.map { Swift.max($0, 1e-3) }, sd: m.sd)
        case .unit, .simplex:
          return nil
        }
      }
    }
    return nil
  }

  /// Moments of an observed variable whose location is a latent and nothing else.
  func shownAsItIs(_ latent: Variable) -> (mean: [Double], sd: [Double])? {
    for v in model.variables where v.role == .observe {
      for d in distributions(v) {
        let (name, form, arguments) = innermost(d)
        let parameters = LVMModel.family(name).forms[form]
        let place = zip(arguments, parameters).enumerated().first { _, pair in
          guard pair.1.constraint == .real, case .variable(let id) = pair.0.node else {
            return false
          }
          return id == latent.id
        }?.offset
        guard let place, let m = moments(v) else { continue }
        // Behind a shape it says where a fit begins only where zero would be nowhere near.
        let isFar = zip(m.mean, m.sd).contains { Self.isExtreme($1) || Swift.abs($0) > 1e3 * $1 }
        if place == 0 || isFar { return m }
      }
    }
    return nil
  }

  /// Where a parameter puts an argument at what the moments of the data ask of it; nil where the
  /// expression cannot be solved for it.
  private func matched(
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
  private func solved(for id: VariableID, _ e: Expression, _ t: Double, _ depth: Int) -> Double? {
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
    case .number, .size, .previous, .previousRange, .function, .arithmetic, .matrixProduct, .array,
      .network:
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

  private func isChain(_ v: Variable) -> Bool { structure.isChain(v) }

  private func innermost(_ d: Distribution) -> (FamilyName, form: Int, arguments: [Expression]) {
    switch d {
    case .family(let name, let form, let arguments, _): (name, form, arguments)
    case .zeroInflated(let base, _, _), .truncated(let base, _, _, _),
      .censored(let base, _, _, _, _), .mixture(_, let base, _):
      innermost(base)
    }
  }

  private func distributions(_ v: Variable) -> [Distribution] {
    switch v.definition {
    case .drawn(let d): return [d]
    case .chain(let chain):
      return [chain.initially, chain.then].compactMap { step in
        if case .drawn(let d)? = step { return d }
        return nil
      }
    case .free, .equal: return []
    }
  }

  /// Whether an expression is a sum in which a parameter, or one picked from it, stands bare.
  private func isSummand(_ id: VariableID, of e: Expression) -> Bool {
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
  private func isLoading(_ id: VariableID, in e: Expression) -> Bool {
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
