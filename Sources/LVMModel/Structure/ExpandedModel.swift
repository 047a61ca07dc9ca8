/// A model's densities with names for expressions written out, and every argument taken apart into sums
/// of products: what proofs of symmetries look at.
struct ExpandedModel {
  /// One expression that a density depends on.
  struct Site {
    var variable: VariableID
    /// The family that takes it; nil for what a combinator or an equation takes.
    var family: FamilyName?
    var form: Int
    var position: Int
    /// Whether the family stands directly after `~`, and not in a combinator or a chain.
    var isPlain: Bool
    var expression: Expression

    /// Whether only differences between the entries of the argument count.
    var ignoresCommonShift: Bool {
      family.map { LVMModel.family($0).ignoresCommonShift(form: form) } ?? false
    }
  }

  /// A summand: a sign and a product.
  struct Term {
    var sign: Int
    var expression: Expression
    var factors: [Expression]
  }

  /// All summands of one sum, or the single term of what is no sum.
  struct Sum {
    var site: Int
    /// Whether the sum is a whole argument, or stands inside one.
    var isWhole: Bool
    /// Whether adding a number to all entries of its last dimension changes nothing.
    var isNormalised: Bool
    var terms: [Term]
    var dims: [Int]
  }

  /// Where a variable stands as a factor: the sum, the term in it, and the variable with its indices.
  struct Place {
    var sum: Int
    var term: Int
    var reference: Reference
  }

  let model: ModelGraph
  private(set) var sites: [Site] = []
  private(set) var sums: [Sum] = []
  /// Occurrences of each variable, earlier rows included.
  private(set) var uses: [VariableID: Int] = [:]
  /// Of each variable, the sites of its own density, in their order.
  private var ownSites: [VariableID: [Int]] = [:]
  /// Of each variable, the sites that read it, in their order; earlier rows included.
  private var readingSites: [VariableID: [Int]] = [:]
  /// Of each variable, the places where it stands as a factor of a term, in the order of sums and terms.
  private var factorPlaces: [VariableID: [Place]] = [:]
  /// Of each site, the sum that its whole argument is.
  private var wholeSums: [Int] = []
  private var size = 0

  /// Nodes that the expressions may have when written out.
  private static let limit = 20_000

  /// Nil for a model too large to be written out.
  private static let nameLimit = 500

  init?(_ model: ModelGraph) {
    // Names are written out in place, one inside the other: nothing is claimed of models with very many.
    let names = model.variables.filter { if case .equal = $0.definition { true } else { false } }
    guard names.count <= Self.nameLimit else { return nil }
    self.model = model
    for v in model.variables where v.role != .binding && v.role != .given {
      switch v.definition {
      case .free: continue
      case .drawn(let d): add(d, of: v.id, isPlain: true)
      case .equal(let e):
        if v.role == .observe { add(e, of: v.id, nil, 0, 0, isPlain: false) }
      case .chain(let chain):
        for step in [chain.initially, chain.then].compactMap({ $0 }) {
          switch step {
          case .drawn(let d): add(d, of: v.id, isPlain: false)
          case .equal(let e): add(e, of: v.id, nil, 0, 0, isPlain: false)
          }
        }
      }
      if size > Self.limit { return nil }
    }
    for i in sites.indices {
      let s = sites[i]
      s.expression.visit { e in
        switch e.node {
        case .variable(let id), .previous(let id, _), .previousRange(let id, _, _):
          uses[id, default: 0] += 1
          if readingSites[id]?.last != i { readingSites[id, default: []].append(i) }
        case .number, .size, .map, .function, .arithmetic, .negate, .matrixProduct, .index, .array,
          .network:
          break
        }
      }
      ownSites[s.variable, default: []].append(i)
      wholeSums.append(sums.count)
      collect(s.expression, i, isWhole: true, isNormalised: s.ignoresCommonShift)
    }
  }

  private mutating func add(_ d: Distribution, of id: VariableID, isPlain: Bool) {
    switch d {
    case .family(let name, let form, let arguments, _):
      for (i, e) in arguments.enumerated() { add(e, of: id, name, form, i, isPlain: isPlain) }
    case .zeroInflated(let base, _, _), .truncated(let base, _, _, _),
      .censored(let base, _, _, _, _), .mixture(_, let base, _):
      add(base, of: id, isPlain: false)
      for e in own(d) { add(e, of: id, nil, 0, 0, isPlain: false) }
    }
  }

  /// What a combinator takes beside the family that it is over.
  private func own(_ d: Distribution) -> [Expression] {
    switch d {
    case .family: []
    case .zeroInflated(_, let p, _): [p]
    case .truncated(_, let low, let high, _): [low, high].compactMap { $0 }
    case .censored(_, let low, let high, let right, _): [low, high, right].compactMap { $0 }
    case .mixture(let weights, _, _): [weights]
    }
  }

  private mutating func add(
    _ e: Expression, of id: VariableID, _ family: FamilyName?, _ form: Int, _ position: Int,
    isPlain: Bool
  ) {
    sites.append(
      Site(
        variable: id, family: family, form: form, position: position, isPlain: isPlain,
        expression: written(e)))
  }

  /// The expression with names for expressions replaced by what they stand for.
  private mutating func written(_ e: Expression) -> Expression {
    size += 1
    guard size <= Self.limit else { return e }
    var result = e
    switch e.node {
    case .number, .size: break
    case .variable(let id):
      guard case .equal(let inner) = model[id].definition, model[id].role != .observe else { break }
      return written(inner)
    case .previous(let id, _), .previousRange(let id, _, _):
      // What an earlier row of a named expression reads is used in a way that no rule looks at.
      if case .equal(let inner) = model[id].definition {
        for other in inner.variables { uses[other, default: 0] += 1 }
      }
    case .map(let f, let a): result.node = .map(f, written(a))
    case .negate(let a): result.node = .negate(written(a))
    case .function(let f, let arguments):
      result.node = .function(f, arguments.map { written($0) })
    case .array(let elements): result.node = .array(elements.map { written($0) })
    case .arithmetic(let op, let a, let b): result.node = .arithmetic(op, written(a), written(b))
    case .matrixProduct(let a, let b): result.node = .matrixProduct(written(a), written(b))
    case .index(let base, let indices):
      result.node = .index(
        written(base),
        indices.map { index in
          if case .at(let e) = index { return .at(written(e)) }
          return index
        })
    case .network(let id, let inputs, let output):
      result.node = .network(id, inputs: inputs.map { written($0) }, output: output)
    }
    return result
  }

  // MARK: Sums of products

  private mutating func collect(
    _ e: Expression, _ site: Int, isWhole: Bool, isNormalised: Bool
  ) {
    let terms = Self.terms(e, 1)
    sums.append(
      Sum(
        site: site, isWhole: isWhole, isNormalised: isNormalised, terms: terms,
        dims: e.type.dims ?? []))
    for (t, term) in terms.enumerated() {
      for r in term.factors.compactMap(Reference.init) {
        factorPlaces[r.variable, default: []].append(
          Place(sum: sums.count - 1, term: t, reference: r))
      }
    }
    for factor in terms.flatMap(\.factors) {
      if Self.terms(factor, 1).count > 1 {
        collect(factor, site, isWhole: false, isNormalised: false)
        continue
      }
      let isSoftmax = if case .function(.softmax, _) = factor.node { true } else { false }
      var children = factor.children
      if Reference(factor) != nil, case .index = factor.node { children.removeFirst() }
      for child in children {
        collect(child, site, isWhole: false, isNormalised: isSoftmax)
      }
    }
  }

  private static func terms(_ e: Expression, _ sign: Int) -> [Term] {
    switch e.node {
    case .arithmetic(.add, let a, let b): return terms(a, sign) + terms(b, sign)
    case .arithmetic(.subtract, let a, let b): return terms(a, sign) + terms(b, -sign)
    case .negate(let a): return terms(a, -sign)
    case .number, .size, .variable, .previous, .previousRange, .map, .function, .arithmetic,
      .matrixProduct, .index, .array, .network:
      return [Term(sign: sign, expression: e, factors: factors(e))]
    }
  }

  /// The factors of a product; division is by a factor of its own.
  private static func factors(_ e: Expression) -> [Expression] {
    switch e.node {
    case .arithmetic(.multiply, let a, let b), .matrixProduct(let a, let b):
      return factors(a) + factors(b)
    case .function(.dot, let arguments): return arguments.flatMap(factors)
    case .arithmetic(.divide, let a, let b):
      let one = Expression(.number(1), b.type, b.span)
      return factors(a) + [Expression(.arithmetic(.divide, one, b), b.type, e.span)]
    case .number, .size, .variable, .previous, .previousRange, .map, .function, .arithmetic,
      .negate, .index, .array, .network:
      return [e]
    }
  }

  // MARK: Questions

  /// Whether a parameter may take any value of its type without a prior's word.
  func isFree(_ id: VariableID) -> Bool {
    guard model[id].role == .param, case .free = model[id].definition else { return false }
    return true
  }

  func isFreeReal(_ id: VariableID) -> Bool { isFree(id) && model[id].type.kind == .real }

  /// Every place a variable stands as a factor of a term; nil if it also stands elsewhere.
  func places(of id: VariableID) -> [Place]? {
    let result = factorPlaces[id] ?? []
    return result.count == uses[id] ? result : nil
  }

  /// The sites of a variable's own density.
  func sites(of id: VariableID) -> [Site] { (ownSites[id] ?? []).map { sites[$0] } }

  /// The sites whose expressions read a variable, in their order.
  func sites(reading id: VariableID) -> [Site] { (readingSites[id] ?? []).map { sites[$0] } }

  /// The sums that the whole arguments of a variable's density are.
  func wholeSums(of id: VariableID) -> [Sum] { (ownSites[id] ?? []).map { sums[wholeSums[$0]] } }

  /// The arguments of a variable that is drawn from a plain family.
  func arguments(of id: VariableID) -> (family: FamilyName, expressions: [Expression])? {
    let own = sites(of: id)
    guard let family = own.first?.family, own.allSatisfy(\.isPlain) else { return nil }
    return (family, own.sorted { $0.position < $1.position }.map(\.expression))
  }

  func count(_ id: VariableID) -> Int { (model[id].type.dims ?? []).reduce(1, *) }
}

/// A variable as it stands, or indexed.
struct Reference {
  var variable: VariableID
  var indices: [ExpressionIndex]
  var dims: [Int]

  init?(_ e: Expression) {
    switch e.node {
    case .variable(let id): (variable, indices) = (id, [])
    case .index(let base, let indices):
      guard case .variable(let id) = base.node else { return nil }
      (variable, self.indices) = (id, indices)
    case .number, .size, .previous, .previousRange, .map, .function, .arithmetic, .negate,
      .matrixProduct, .array, .network:
      return nil
    }
    dims = e.type.dims ?? []
  }

  /// The variables that stand as its indices; nil if an index is anything else.
  var labels: Set<VariableID>? {
    var result: Set<VariableID> = []
    for index in indices {
      guard case .at(let e) = index, case .variable(let id) = e.node else { return nil }
      result.insert(id)
    }
    return result
  }
}

extension Expression {
  /// Calls `body` on every variable that is read, with its indices where it has some.
  func visitReferences(_ body: (Expression, Reference) -> Void) {
    guard let reference = Reference(self) else {
      for child in children { child.visitReferences(body) }
      return
    }
    body(self, reference)
    for case .at(let e) in reference.indices { e.visitReferences(body) }
  }

  /// The expression with every reference to a variable replaced by a mark, for comparison.
  func without(_ id: VariableID) -> Expression {
    let mark = Expression(.size(.symbol("·")), type, span)
    if Reference(self)?.variable == id { return mark }
    var result = self
    switch node {
    case .number, .size, .variable, .previous, .previousRange: break
    case .map(let f, let a): result.node = .map(f, a.without(id))
    case .negate(let a): result.node = .negate(a.without(id))
    case .function(let f, let es): result.node = .function(f, es.map { $0.without(id) })
    case .array(let es): result.node = .array(es.map { $0.without(id) })
    case .arithmetic(let op, let a, let b):
      result.node = .arithmetic(op, a.without(id), b.without(id))
    case .matrixProduct(let a, let b): result.node = .matrixProduct(a.without(id), b.without(id))
    case .index(let base, let indices): result.node = .index(base.without(id), indices)
    case .network(let n, let inputs, let output):
      result.node = .network(n, inputs: inputs.map { $0.without(id) }, output: output)
    }
    return result
  }
}
