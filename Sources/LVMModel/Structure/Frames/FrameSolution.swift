/// A solved system of frames: everything in terms of what columns may do freely.
struct FrameSolution: Sendable {
  /// Columns, by variable and entry, with their unknowns.
  struct Free: Sendable {
    var variable: VariableID
    var entry: Int
  }

  /// One for each free motion, which is named by the first column that takes part.
  var free: [Free] = []
  /// Frames of values in free motions, by variable and entry; none where nothing moves.
  var values: [[EntryFrame]] = []
  var literals: [LiteralSite: FrameEquations.Literal] = [:]
  var outputs: [NetworkID: [Int: FrameTensor]] = [:]
  /// Why columns, by unknown of theirs, do not move freely.
  var reasons: [VariableID: [Int: FrameReason]] = [:]

  /// Solves the equations of one kind, holding literals that must not move until nothing changes.
  init(
    _ model: ModelGraph, _ motion: FrameEquations.Motion, moved: Set<LiteralSite> = [],
    absorbed: Set<VariableID> = []
  ) {
    guard model.framesAreSmall else {
      values = model.variables.map { _ in [] }
      for v in model.variables where v.role == .observe || v.role == .given {
        let count = (v.type.dims ?? []).reduce(1, *)
        reasons[v.id] = Dictionary(uniqueKeysWithValues: (0..<max(0, count)).map { ($0, .size) })
      }
      return
    }
    var held: Set<LiteralSite> = []
    while true {
      let equations = FrameEquations(model, motion, held: held, absorbed: absorbed)
      var system = LinearSystem(ranks: equations.ranks)
      var blame: [Int: (reason: FrameReason, row: LinearForm)] = [:]
      let columnRank = FrameEquations.Rank.column.rawValue
      let ordered = equations.equations.enumerated().sorted {
        ($0.element.reason.phase, $0.offset) < ($1.element.reason.phase, $1.offset)
      }
      for (_, equation) in ordered {
        guard let (pivot, row) = system.add(equation.form), equations.ranks[pivot] == columnRank
        else { continue }
        blame[pivot] = (equation.reason, row)
      }
      system.close()
      let numbers = Self.numbers(of: equations, system)
      func form(_ f: LinearForm) -> LinearForm { Self.inFree(system.reduced(f), numbers) }
      // A literal that multiplies what is shifted cannot be scaled as well.
      let excluded = equations.multipliers.filter { site, shift in
        guard !form(shift).isZero else { return false }
        if moved.contains(site) { return true }
        return equations.literals[site]?.entries.contains {
          $0.scale.map { !form($0).isZero } ?? false
        }
          ?? false
      }.map(\.site)
      let new = Set(excluded).subtracting(held)
      if !new.isEmpty, motion == .scales || new.isDisjoint(with: moved) {
        held.formUnion(new)
        continue
      }
      if system.isLost || !new.isEmpty {
        // No fractions hold the solution: nothing moves.
        fill(equations, [:], { _ in .zero }, [:])
        return
      }
      fill(equations, numbers, form, blame)
      return
    }
  }

  /// The frame of one entry of a variable's values.
  func entry(_ id: VariableID, _ place: Int) -> EntryFrame {
    let own = values[id.index]
    return own.isEmpty ? .plain : own[place % own.count]
  }

  /// Numbers of the free motions, by the unknown of the column that names each.
  private static func numbers(of equations: FrameEquations, _ system: LinearSystem) -> [Int: Int] {
    let rank = FrameEquations.Rank.column.rawValue
    let free = equations.ranks.indices.filter { equations.ranks[$0] == rank && system.isFree($0) }
    return Dictionary(uniqueKeysWithValues: free.enumerated().map { ($1, $0) })
  }

  /// What is free but no column stays.
  private static func inFree(_ form: LinearForm, _ numbers: [Int: Int]) -> LinearForm {
    form.terms.reduce(.zero) { sum, term in
      numbers[term.unknown].map { sum + LinearForm(unknown: $0, term.factor) } ?? sum
    }
  }

  private mutating func fill(
    _ equations: FrameEquations, _ numbers: [Int: Int], _ form: (LinearForm) -> LinearForm,
    _ blame: [Int: (reason: FrameReason, row: LinearForm)]
  ) {
    func solved(_ entry: EntryFrame) -> EntryFrame {
      EntryFrame(scale: entry.scale.map(form), shift: form(entry.shift))
    }
    values = equations.values.map { $0.entries.map(solved) }
    literals = equations.literals.mapValues { literal in
      var copy = literal
      copy.entries = literal.entries.map(solved)
      return copy
    }
    outputs = equations.outputs.mapValues {
      $0.mapValues { FrameTensor($0.dims, $0.entries.map(solved)) }
    }
    var free = [Free?](repeating: nil, count: numbers.count)
    for (id, unknowns) in equations.columns {
      for (entry, unknown) in unknowns.enumerated() {
        guard let unknown else {
          let type = equations.model[id].type.kind
          reasons[id, default: [:]][entry] = type == .positive ? .ends(id) : .kind(id)
          continue
        }
        if let number = numbers[unknown] {
          free[number] = Free(variable: id, entry: entry)
        } else {
          var (reason, row) = blame[unknown] ?? (.definition(of: id), .zero)
          // Tied to what is itself held: that is why.
          while let other = row.terms.first?.unknown, numbers[other] == nil,
            let next = blame[other]
          {
            (reason, row) = next
          }
          reasons[id, default: [:]][entry] = reason
        }
      }
    }
    self.free = free.compactMap { $0 }
  }
}

extension ModelGraph {
  /// Whether there are few enough entries for equations of each, and no values without any.
  fileprivate var framesAreSmall: Bool {
    let limit = 1_000_000
    var count = 0
    var isWhole = true
    func add(_ own: Int) { count = min(count + min(own, limit), limit) }
    func look(_ type: ValueType) {
      if !(type.dims ?? [0]).allSatisfy({ $0 > 0 }) { isWhole = false }
    }
    for port in networks.flatMap(\.outputs) { look(port.type) }
    for v in variables {
      add(v.type.knownCount)
      look(v.type)
      for e in v.definition.expressions {
        e.visit { part in
          look(part.type)
          var own = part.type.knownCount
          if case .matrixProduct(let a, _) = part.node { own = max(own, a.type.knownCount) }
          add(own)
        }
      }
    }
    return isWhole && count < limit
  }
}
