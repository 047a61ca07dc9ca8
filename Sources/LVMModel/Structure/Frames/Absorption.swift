/// A shift of a column that a parameter takes up where the column is read: in `a + b * x`, x may move if a
/// goes the other way by b times as much. In `a + b * log(x)` it takes up a scale.
struct Absorption: Sendable {
  /// A summand as the text has it, with its sign.
  struct Term: Hashable, Sendable {
    var sign: Double
    var expression: Expression
  }

  var column: VariableID
  /// Whether it is the column's logarithm that is read everywhere: then scales are what is taken up.
  var isLogarithm: Bool
  /// The parameter, as it stands in every sum; indexed by labels alone.
  var parameter: VariableID
  var labels: [VariableID]
  /// The parameter's sign in its sums.
  var sign: Double
  /// Dims of the parameter as it stands.
  var dims: [Int]
  /// What reads the column beside it, affine in the column, made of parameters and labels.
  var terms: [Term]
}

/// Finds what takes up shifts of columns that are read.
struct AbsorptionSearch {
  let model: ExpandedModel
  /// Whether scales of columns are looked at, of which the logarithm is read.
  let ofLogarithms: Bool

  /// All that takes up shifts of one column; nil where something that reads it changes.
  func absorptions(of column: VariableID) -> [Absorption]? {
    var found: [Absorption] = []
    for site in model.sites where readsColumn(site.expression, column) {
      guard let own = takeUp(site.expression, column) else { return nil }
      found += own
    }
    guard isLeftAlone(column, by: found) else { return nil }
    var result: [Absorption] = []
    for (parameter, all) in Dictionary(grouping: found, by: \.parameter) {
      guard all.count == model.uses[parameter],
        all.allSatisfy({
          $0.sign == all[0].sign && $0.labels == all[0].labels && $0.dims == all[0].dims
            && $0.terms == all[0].terms
        })
      else { return nil }
      result.append(all[0])
    }
    return result.sorted { $0.parameter < $1.parameter }
  }

  /// Whether guides read neither the column, but as an input that is centred there, nor what takes it up.
  private func isLeftAlone(_ column: VariableID, by found: [Absorption]) -> Bool {
    let taken = Set(found.map(\.parameter))
    let graph = model.model
    func reads(_ e: Expression) -> Bool {
      switch e.node {
      case .variable(let id):
        if case .equal(let inner) = graph[id].definition { return reads(inner) }
        return id == column || taken.contains(id)
      case .network(let id, let inputs, _):
        return inputs.enumerated().contains {
          graph[id].scaled.inputs[$0.offset] == nil && reads($0.element)
        }
      case .number, .size, .previous, .previousRange, .map, .function, .arithmetic, .negate,
        .matrixProduct, .index, .array:
        return e.previousVariables.contains(column) || e.children.contains(where: reads)
      }
    }
    return !graph.guides.flatMap { $0.definition.expressions }.contains(where: reads)
  }

  private func readsColumn(_ e: Expression, _ column: VariableID) -> Bool {
    e.variables.contains(column) || e.previousVariables.contains(column)
  }

  private func takeUp(_ e: Expression, _ column: VariableID) -> [Absorption]? {
    if !readsColumn(e, column) { return [] }
    if e.logarithmOfColumn == column { return nil }
    switch e.node {
    case .variable, .previous, .previousRange, .number, .size: return nil
    case .network(let id, let inputs, _):
      var result: [Absorption] = []
      for (i, input) in inputs.enumerated() where model.model[id].scaled.inputs[i] == nil {
        guard let own = takeUp(input, column) else { return nil }
        result += own
      }
      return result
    case .arithmetic(.add, _, _), .arithmetic(.subtract, _, _):
      if let own = sum(e, column) { return [own] }
    case .map, .function, .arithmetic, .negate, .matrixProduct, .index, .array: break
    }
    var result: [Absorption] = []
    for part in e.children {
      guard let own = takeUp(part, column) else { return nil }
      result += own
    }
    return result
  }

  private func sum(_ e: Expression, _ column: VariableID) -> Absorption? {
    let terms = summands(e, 1)
    let reading = terms.filter { readsColumn($0.expression, column) }
    var labels: Set<VariableID> = []
    for term in reading {
      guard let degree = degree(term.expression, column), degree <= 1,
        let own = self.labels(term.expression, column)
      else { return nil }
      labels.formUnion(own)
    }
    for other in terms {
      guard let r = Reference(other.expression), model.isFreeReal(r.variable),
        r.dims == e.type.dims || r.dims.isEmpty && reading.allSatisfy(\.expression.type.isScalar),
        !reading.contains(where: { $0.expression.variables.contains(r.variable) })
      else { continue }
      var own: [VariableID] = []
      for case .at(let index) in r.indices {
        if case .variable(let id) = index.node { own.append(id) }
      }
      guard own.count == r.indices.count, labels.isSubset(of: own), own.allSatisfy(isLabel)
      else { continue }
      return Absorption(
        column: column, isLogarithm: ofLogarithms, parameter: r.variable, labels: own,
        sign: other.sign, dims: r.dims,
        terms: reading)
    }
    return nil
  }

  private func isLabel(_ id: VariableID) -> Bool {
    if case .category = model.model[id].type.kind { return model.model[id].type.isScalar }
    return false
  }

  private func summands(_ e: Expression, _ sign: Double) -> [Absorption.Term] {
    switch e.node {
    case .arithmetic(.add, let a, let b): return summands(a, sign) + summands(b, sign)
    case .arithmetic(.subtract, let a, let b): return summands(a, sign) + summands(b, -sign)
    case .negate(let a): return summands(a, -sign)
    case .number, .size, .variable, .previous, .previousRange, .map, .function, .arithmetic,
      .matrixProduct, .index, .array, .network:
      return [Absorption.Term(sign: sign, expression: e)]
    }
  }

  /// The labels that indices of an expression are; nil where it reads more than parameters, labels and
  /// the column.
  private func labels(_ e: Expression, _ column: VariableID) -> Set<VariableID>? {
    var result: Set<VariableID> = []
    switch e.node {
    case .variable(let id):
      return id == column || model.model[id].role == .param ? [] : nil
    case .previous(let id, _), .previousRange(let id, _, _): return id == column ? [] : nil
    case .network: return nil
    case .index(let base, let indices):
      guard let own = labels(base, column) else { return nil }
      result = own
      for case .at(let index) in indices where index.constantValue == nil {
        guard case .variable(let id) = index.node, isLabel(id) else { return nil }
        result.insert(id)
      }
      return result
    case .number, .size, .map, .function, .arithmetic, .negate, .matrixProduct, .array:
      for part in e.children {
        guard let own = labels(part, column) else { return nil }
        result.formUnion(own)
      }
      return result
    }
  }

  /// The degree of an expression as a polynomial in the column; nil where it is none, or unknown.
  private func degree(_ e: Expression, _ column: VariableID) -> Int? {
    func most(_ parts: [Expression]) -> Int? {
      var result = 0
      for part in parts {
        guard let own = degree(part, column) else { return nil }
        result = max(result, own)
      }
      return result
    }
    if !readsColumn(e, column) { return FreeEvaluation.covers(e) ? 0 : nil }
    if e.logarithmOfColumn == column { return ofLogarithms ? 1 : nil }
    switch e.node {
    case .variable, .previous, .previousRange: return ofLogarithms ? nil : 1
    case .negate(let a): return degree(a, column)
    case .arithmetic(.add, let a, let b), .arithmetic(.subtract, let a, let b):
      return most([a, b])
    case .arithmetic(.multiply, let a, let b), .matrixProduct(let a, let b):
      return degree(a, column).flatMap { x in degree(b, column).map { x + $0 } }
    case .arithmetic(.divide, let a, let b):
      return degree(b, column) == 0 ? degree(a, column) : nil
    case .function(.dot, let parts):
      return degree(parts[0], column).flatMap { x in degree(parts[1], column).map { x + $0 } }
    case .function(.sum, let parts), .function(.mean, let parts), .function(.transpose, let parts),
      .array(let parts):
      return most(parts)
    case .index(let base, _): return degree(base, column)
    case .number, .size, .map, .function, .arithmetic, .network: return nil
    }
  }
}

extension Expression {
  /// The variable whose logarithm this is, or of an entry of which.
  var logarithmOfColumn: VariableID? {
    guard case .map(.log, let a) = node else { return nil }
    switch a.node {
    case .variable(let id), .previous(let id, _): return id
    case .index(let base, let indices):
      guard case .variable(let id) = base.node,
        indices.allSatisfy({ if case .at(let e) = $0 { e.constantValue != nil } else { true } })
      else { return nil }
      return id
    case .number, .size, .previousRange, .map, .function, .arithmetic, .negate, .matrixProduct,
      .array, .network:
      return nil
    }
  }
}
