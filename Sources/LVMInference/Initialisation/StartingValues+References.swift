import LVMCompute
import LVMModel

/// The data that parameters speak of.
extension StartingValues {
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
    let moments = CellMoments(column, data.runtime)
    let sd = (0..<width).map { Self.spread(moments.deviation($0), about: moments.mean[$0]) }
    return (moments.mean, sd)
  }

  /// A standard deviation that may stand for a unit: where it is rounding alone, a small number.
  private static func spread(_ sd: Double, about mean: Double) -> Double {
    sd.isFinite && sd > 1e-14 * Swift.abs(mean) ? sd : leastSpread
  }

  static let leastSpread = 1e-8

  /// The same of rows that stand for many: a row is its unit times the mean, plus deviations.
  private func weightedMoments(_ v: Variable, _ width: Int) -> (
    mean: [Double], sd: [Double]
  ) {
    let deviations = Deviations([v], data)
    let square = data.runtime.fold(rows: deviations.count, width: width, Sums(count: width)) {
      for i in $1 {
        for j in 0..<width {
          let r = deviations.rows[i * width + j]
          $0.numbers[j] += r * r / deviations.total
        }
      }
    }.numbers
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

  /// What the data say of a parameter: per entry of real and positive ones, else per column.
  func reference(for p: Variable, depth: Int = 0) -> Reference? {
    if depth == 0, let known = memory.references[p.id] { return known }
    let found = found(for: p, depth: depth)
    if depth == 0 { memory.references[p.id] = .some(found) }
    return found
  }

  /// The first variable that reads a parameter says; of spreads all that are observed, together.
  private func found(for p: Variable, depth: Int) -> Reference? {
    var pooled: PooledReference?
    for v in model.variables where v.role == .observe || pooled == nil && v.role == .latent {
      for d in structure.distributions(of: v) {
        guard let (own, weights) = use(of: p, in: d, of: v, depth) else { continue }
        if pooled != nil {
          if let own { pooled?.add(own, weights) }
          continue
        }
        guard let own else { return nil }
        guard v.role == .observe, p.type.kind == .real || p.type.kind == .positive else {
          return own
        }
        pooled = PooledReference(own, weights)
      }
    }
    return pooled?.reference
  }

  /// What a variable that reads a parameter says of it, if anything, and per entry how many columns do; nil
  /// where it does not read it.
  private func use(of p: Variable, in d: Distribution, of v: Variable, _ depth: Int) -> (
    Reference?, weights: [Double]
  )? {
    let (name, form, arguments) = innermost(d)
    guard let position = arguments.firstIndex(where: { structure.reads($0).contains(p.id) }),
      let observed = shown(v), let columns = moments(observed)
    else { return nil }
    let argument = arguments[position]
    let family = LVMModel.family(name)
    let parameters = family.forms[form]
    let constraint = parameters[Swift.min(position, parameters.count - 1)].constraint
    let governed = GovernedColumns(
      p, argument, of: v, structure, columns: columns.mean.count,
      isMatrix: constraint == .covariance)
    var m = governed.pooled(mean: columns.mean, sd: columns.sd)
    m.sd = m.sd.map { $0 == Self.leastSpread ? constantSpread : $0 }
    func says(_ reference: Reference?) -> (Reference?, weights: [Double])? {
      (reference, governed.weights)
    }
    if isLoading(p.id, in: argument) {
      // A spread that latents stretch.
      let isSpread = constraint == .positive && position > 0 && p.type.kind == .positive
      return says(
        isSpread && m.sd.contains(where: Self.isExtreme)
          ? .scale(m.sd.map { $0 * 0.7 }) : .loading(m.sd))
    }
    if v.role == .observe, family.eventRank == 0,
      let found = matched(p, argument, family, form, position, m, depth)
    {
      return says(found)
    }
    // Slopes, and what a function such as exp takes to another scale, start about zero.
    if p.type.kind == .real, !isSummand(p.id, of: argument) { return says(nil) }
    let own = v.role == .observe
    switch constraint {
    case .real, .realVector:
      if !own, !isChain(v), let columns = shownAsItIs(v) {
        let m = GovernedColumns(
          p, argument, of: v, structure, columns: columns.mean.count, isMatrix: false
        ).pooled(mean: columns.mean, sd: columns.sd)
        return says(
          isSummand(p.id, of: argument) ? .location(mean: m.mean, sd: m.sd) : nil)
      }
      return says(own || isChain(v) ? .location(mean: m.mean, sd: m.sd) : nil)
    case .covariance where p.type.kind == .positive:
      let spreads = m.sd.map { $0 * (own ? 0.7 : 0.3) }
      let targets = spreads.compactMap { solved(for: p.id, argument, $0 * $0, depth) }
      let isSolved = targets.count == spreads.count && targets.allSatisfy { $0 > 0 && $0.isFinite }
      return says(.scale(isSolved ? targets : spreads))
    case .positive where position > 0 || family.name == .halfNormal,
      .covariance:
      return says(.scale(m.sd.map { $0 * (own ? 0.7 : 0.3) }))
    case .positive, .count, .positiveVector:
      return says(.location(mean: m.mean.map { Swift.max($0, 1e-3) }, sd: m.sd))
    case .unit, .simplex:
      return says(nil)
    }
  }

  /// Moments of an observed variable whose location is a latent and nothing else.
  func shownAsItIs(_ latent: Variable) -> (mean: [Double], sd: [Double])? {
    for v in model.variables where v.role == .observe {
      for d in structure.distributions(of: v) {
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

  private func isChain(_ v: Variable) -> Bool { structure.isChain(v) }

  private func innermost(_ d: Distribution) -> (FamilyName, form: Int, arguments: [Expression]) {
    switch d {
    case .family(let name, let form, let arguments, _): (name, form, arguments)
    case .zeroInflated(let base, _, _), .truncated(let base, _, _, _),
      .censored(let base, _, _, _, _), .mixture(_, let base, _):
      innermost(base)
    }
  }
}
