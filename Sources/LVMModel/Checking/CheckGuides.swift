import LVMSyntax

/// `guide { … }`: each line is about one latent, or an observed variable that may be missing.
extension Checker {
  func checkGuides() {
    var first: [Int: Span] = [:]
    for (entry, plate) in guideSyntax {
      guard let index = guided(entry.variable, from: plate) else { continue }
      if let span = first[index] {
        report(GuideError.repeated(entry.variable.text, first: span), entry.variable.span)
        continue
      }
      first[index] = entry.variable.span
      // A guide stands where its variable does, so that it may read the row's data.
      let place = Place(plate: declarations[index].plate, past: .guide)
      guard let type = declarations[index].type else {
        if case .drawn(let e) = entry.definition { checkParts(of: e, place) }
        continue
      }
      let step: Chain.Step?
      switch entry.definition {
      case .drawn(let e):
        guard canGuide(e, declarations[index], type) else {
          checkParts(of: e, place)
          continue
        }
        step = distribution(
          e, for: Target(name: entry.variable.text, type: type, place: place)
        ).map { .drawn($0) }
      case .equal(let e):
        step = point(e, type, entry.variable, place).map { .equal($0) }
      }
      if let step {
        guides.append(
          GuideEntry(variable: VariableID(index), definition: step, span: entry.span))
      }
    }
    checkGuideReads(Set(first.keys))
  }

  private func guided(_ name: Name, from plate: PlateIndex) -> Int? {
    guard let index = declarationIndex[name.text] else {
      if let bundle = bundles[name.text] {
        return fail(
          GuideError.notGuided(name.text, role: "let", declared: bundle.span), name.span)
      }
      if lostNames.contains(name.text) { return nil }
      let latents = declarations.filter { $0.role == .latent }.map(\.name)
      return fail(GuideError.unknown(name.text, latents: latents), name.span)
    }
    switch declarations[index].role {
    case .latent, .observe: return index
    case .param, .given, .binding:
      return fail(
        GuideError.notGuided(
          name.text, role: declarations[index].role.rawValue,
          declared: declarations[index].nameSpan), name.span)
    }
  }

  private func point(
    _ syntax: ExpressionSyntax, _ type: ValueType, _ name: Name, _ place: Place
  ) -> Expression? {
    guard let value = expression(syntax, place) else { return nil }
    guard value.type.isScalar || agree(value.type.shape, type.shape) else {
      return fail(
        ShapeError.expected(
          what: "`\(name.text)`", expected: type.description, found: value.shown,
          help: difference(value.type.shape, type.shape)), value.span)
    }
    if type.kind.isDiscrete || isDeclaredWider(value, than: type.kind) {
      let source = declaredSource(of: value)
      return fail(
        TypeError.wrongKind(
          what: "`\(name.text)`", expected: type.kind.word,
          found: value.shown, declared: source?.span,
          help: source.map { advice($0, type.kind) } ?? []), value.span)
    }
    return value
  }

  /// A guide may read other latents only if they are guided, and not in a circle.
  private func checkGuideReads(_ guided: Set<Int>) {
    var reads: [Int: [Int]] = [:]
    for entry in guides {
      let values: [Expression] =
        switch entry.definition {
        case .drawn(let d): d.expressions
        case .equal(let e): [e]
        }
      var latents: [Int] = []
      for value in values {
        for (id, span) in latentReads(value) {
          if !guided.contains(id) {
            report(
              GuideError.readsUnguided(
                declarations[id].name, by: declarations[entry.variable.index].name,
                declared: declarations[id].nameSpan), span)
          } else {
            latents.append(id)
          }
        }
      }
      reads[entry.variable.index] = latents
    }
    // Entries that read only settled ones are settled; what stays open is a circle.
    var open = Set(reads.keys)
    var progress = true
    while progress {
      let settled = open.filter { !(reads[$0] ?? []).contains(where: open.contains) }
      open.subtract(settled)
      progress = !settled.isEmpty
    }
    guard let start = open.min() else { return }
    var path = [start]
    while let next = reads[path[path.count - 1]]?.first(where: open.contains) {
      if let at = path.firstIndex(of: next) {
        path = Array(path[at...])
        break
      }
      path.append(next)
    }
    if let entry = guides.first(where: { $0.variable.index == path[0] }) {
      report(GuideError.cycle(path.map { declarations[$0].name }), entry.span)
    }
  }

  /// The latents a value reads, also through `let`, with the places.
  private func latentReads(_ value: Expression) -> [(Int, Span)] {
    var result: [(Int, Span)] = []
    var seen: Set<Int> = []
    func collect(_ value: Expression, at span: Span?) {
      value.visit { part in
        guard case .variable(let id) = part.node, seen.insert(id.index).inserted else { return }
        let place = span ?? part.span
        switch declarations[id.index].role {
        case .latent: result.append((id.index, place))
        case .binding: pending.append((id.index, place))
        case .param, .observe, .given: break
        }
      }
    }
    var pending: [(Int, Span)] = []
    collect(value, at: nil)
    while let (next, span) = pending.popLast() {
      if case .equal(let inner) = declarations[next].definition { collect(inner, at: span) }
    }
    return result
  }
}
