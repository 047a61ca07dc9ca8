import LVMModel

/// What names for expressions were lowered to.
///
/// A name that is used twice, by names that are used twice, would otherwise be lowered as often as there
/// are ways to it: a number that doubles with every line of the model.
struct KnownNames {
  struct AffineKey: Hashable {
    var variable: VariableID
    var unknowns: Set<VariableID>
  }

  struct LinearKey: Hashable {
    var variable: VariableID
    var layout: ParameterLayout
  }

  var linear: [LinearKey: LinearForm] = [:]
  var values: [VariableID: Lowered] = [:]
  var affine: [AffineKey: Affine] = [:]
  /// Which names read one of `unknowns`.
  var mentions: [VariableID: Bool] = [:]
  var unknowns: Set<VariableID> = []
}

extension LoweringContext {
  /// The value of a name for an expression.
  func named(_ id: VariableID, _ e: Expression) throws -> Lowered {
    if let value = known.values[id] { return value }
    for (earlier, inner) in namesBefore(e, { known.values[$0] != nil }) {
      // What fails here fails again below, at its own place.
      guard let value = try? lower(inner) else { break }
      known.values[earlier] = value
    }
    let value = try lower(e)
    known.values[id] = value
    return value
  }

  /// The affine form of a name for an expression.
  func named(_ id: VariableID, _ e: Expression, _ unknowns: Set<VariableID>) throws -> Affine {
    let key = KnownNames.AffineKey(variable: id, unknowns: unknowns)
    if let form = known.affine[key] { return form }
    let isKnown = { (id: VariableID) in
      self.known.affine[.init(variable: id, unknowns: unknowns)] != nil
    }
    for (earlier, inner) in namesBefore(e, isKnown) {
      let key = KnownNames.AffineKey(variable: earlier, unknowns: unknowns)
      guard mentions(inner, unknowns) else { continue }
      guard let form = try? affine(inner, unknowns) else { break }
      known.affine[key] = form
    }
    let form = try affine(e, unknowns)
    known.affine[key] = form
    return form
  }

  /// Names that a linear form is looked for through; beyond them the likelihood is maximised by
  /// quasi-Newton steps.
  private static let linearNames = 500

  /// The linear form of a name for an expression.
  func named(_ id: VariableID, _ e: Expression, _ layout: ParameterLayout) throws -> LinearForm {
    let key = KnownNames.LinearKey(variable: id, layout: layout)
    if let form = known.linear[key] { return form }
    let isKnown = { (id: VariableID) in
      self.known.linear[.init(variable: id, layout: layout)] != nil
    }
    let names = namesBefore(e, isKnown)
    // Looking through a name costs as many steps as it has names before it.
    guard names.count <= Self.linearNames else {
      throw LoweringFailure(.tooManyNames(limit: Self.linearNames), at: e.span)
    }
    for (earlier, inner) in names {
      let key = KnownNames.LinearKey(variable: earlier, layout: layout)
      guard mentions(inner, layout.ids) else { continue }
      guard let form = try? linear(inner, layout) else { break }
      known.linear[key] = form
    }
    let form = try linear(e, layout)
    known.linear[key] = form
    return form
  }

  /// The names that an expression reads, directly and through others, each after those it reads itself; those
  /// that are known, and what they read, are left out.
  ///
  /// A list instead of recursion, because such chains may be thousands long.
  private func namesBefore(
    _ e: Expression, _ isKnown: (VariableID) -> Bool
  ) -> [(VariableID, Expression)] {
    func names(_ e: Expression) -> [(VariableID, Expression)] {
      e.variables.sorted().compactMap { id in
        guard replacements[id] == nil, !isKnown(id),
          case .equal(let inner) = model[id].definition
        else { return nil }
        return (id, inner)
      }
    }
    var result: [(VariableID, Expression)] = []
    var seen: Set<VariableID> = []
    var path: [(name: (VariableID, Expression)?, waiting: [(VariableID, Expression)])] = [
      (nil, names(e))
    ]
    while !path.isEmpty {
      if let next = path[path.count - 1].waiting.popLast() {
        if seen.insert(next.0).inserted { path.append((next, names(next.1))) }
      } else if let name = path.removeLast().name {
        result.append(name)
      }
    }
    return result
  }
}
