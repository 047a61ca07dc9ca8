import LVMCompute
import LVMModel

/// Which Gaussian factors are regressions: their means are linear in parameters, and plain statistics of
/// the response would not do.
///
/// That is so where the arguments vary from row to row, or where a parameter does not stand bare; and
/// then for every factor that shares a parameter of the mean with such a one, for they are solved together.
struct LinearMeans {
  /// Indices of lowered factors.
  private(set) var factors: Set<Int> = []
  private(set) var layout = ParameterLayout([])

  private let structure: ModelStructure
  private let lowered: Fork
  let readers: ArgumentReaders

  init(structure: ModelStructure, lowered: Fork, parameters: [Variable]) {
    self.structure = structure
    self.lowered = lowered
    readers = ArgumentReaders(structure, lowered.factors)
    let all = ParameterLayout(parameters)
    var means: [Int: Set<VariableID>] = [:]
    var isNeeded: [Int: Bool] = [:]
    for (i, factor) in lowered.factors.enumerated() {
      guard case .family(let name, _, let arguments, _) = factor.distribution,
        factor.x != nil,
        SupportLimits(
          structure.model[factor.variable].type.kind, family(name).support) == nil,
        Set(factor.table.axes) == Set(factor.axes)
      else { continue }
      let read = structure.reads(arguments[0]).intersection(all.ids)
      guard !read.isEmpty, (try? lowered.regression(factor, all)) != nil else { continue }
      means[i] = read
      isNeeded[i] =
        factor.arguments.contains { $0.plate != nil } || !Self.isBare(arguments[0], structure.model)
        || (family(name).eventRank == 1 && factor.arguments[0].axes != factor.axes)
    }
    var chosen = Set(means.keys.filter { isNeeded[$0] == true })
    var shared: Set<VariableID> = []
    while true {
      shared = chosen.reduce(into: []) { $0.formUnion(means[$1] ?? []) }
      let more = means.keys.filter {
        !chosen.contains($0) && !(means[$0]?.isDisjoint(with: shared) ?? true)
      }
      if more.isEmpty { break }
      chosen.formUnion(more)
    }
    factors = chosen
    layout = ParameterLayout(shared.map { structure.model[$0] })
  }

  /// A parameter as it stands, perhaps indexed by labels: its own statistics serve.
  private static func isBare(_ e: Expression, _ model: ModelGraph) -> Bool {
    switch e.node {
    case .variable(let id):
      if case .equal(let inner) = model[id].definition { return isBare(inner, model) }
      return model[id].role == .param
    case .index(let base, let indices):
      guard case .variable(let id) = base.node, model[id].role == .param else { return false }
      return indices.allSatisfy { index in
        guard case .at(let position) = index else { return false }
        switch position.node {
        case .variable, .previous: return true
        case .number, .size, .previousRange, .map, .function, .arithmetic, .negate, .matrixProduct,
          .index, .array, .network:
          return false
        }
      }
    case .number, .size, .previous, .previousRange, .map, .function, .arithmetic, .negate,
      .matrixProduct, .array, .network:
      return false
    }
  }

  /// Parameters that are solved for: real numbers that enter means of these factors and nothing else,
  /// free or with a Gaussian prior.
  func solved() -> [VariableID] {
    layout.ids.sorted().filter { id in
      let p = structure.model[id]
      guard p.type.kind == .real else { return false }
      switch p.definition {
      case .free: break
      case .drawn(.family(.normal, _, let arguments, _)):
        guard arguments.allSatisfy({ !structure.reads($0).contains(id) }) else { return false }
      case .drawn, .equal, .chain: return false
      }
      for (i, j) in readers.places[id] ?? [] {
        guard factors.contains(i), j == 0 else { return false }
      }
      return (readers.parameters[id] ?? []).allSatisfy { $0 == id }
    }
  }
}
