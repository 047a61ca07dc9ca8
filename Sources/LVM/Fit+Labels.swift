import LVMCompute
import LVMData
import LVMInference
import LVMModel

/// Observed labels that are inferred where their cells are empty.
extension Fit {
  /// Observed categories and 0/1 variables of which a table leaves cells empty.
  public static func incompleteLabels(in bound: BoundModel) -> [String] {
    bound.graph.variables.filter {
      $0.role == .observe && $0.type.kind.isFinite && $0.type.isScalar
        && (bound.binding[$0.name]?.missingCount ?? 0) > 0
    }.map(\.name)
  }

  /// The posterior of observed labels with empty cells given everything observed of the row, the group or
  /// the series, in the order of the table; a cell that is there has probability 1. Entries of a vector
  /// have one each, as latents do. Labels whose distribution has no closed form are left out.
  func labelPosteriors(_ plan: InferencePlan, _ bound: BoundModel, runtime: Runtime) throws
    -> [LatentPosterior]
  {
    let names = Self.incompleteLabels(in: bound)
    guard !names.isEmpty else { return [] }
    do {
      return try labelPosteriors(names, plan, bound, runtime)
    } catch is QueryError {
      // One that has no distribution is no reason to leave out the others.
      return try names.flatMap { name in
        do { return try labelPosteriors([name], plan, bound, runtime) } catch is QueryError {
          return []
        }
      }
    }
  }

  private func labelPosteriors(
    _ names: [String], _ plan: InferencePlan, _ bound: BoundModel, _ runtime: Runtime
  ) throws -> [LatentPosterior] {
    let posterior = posterior(plan, bound.data, seed: seed, runtime: runtime)
    return try posterior.mixtures(of: .cells(of: names)).flatMap { law -> [LatentPosterior] in
      guard case .probabilities(let p, let k) = law.content else { return [] }
      return posteriors(
        plan.model[law.variable], p, size: law.size, states: k,
        rows: Spreading(bound, law).rows, plate: law.plate, bound)
    }
  }

  /// - Parameters:
  ///   - p: [instances, size, states], for instances some cell of which is empty at least.
  ///   - rows: of each instance, its rows of the table.
  private func posteriors(
    _ variable: Variable, _ p: [Double], size: Int, states: Int, rows: [[Int]], plate: Int,
    _ bound: BoundModel
  ) -> [LatentPosterior] {
    guard let source = bound.binding[variable.name], states > 0 else { return [] }
    let values = source.values
    let lines = plate == 0 ? bound.data.rows : rows.count
    return (0..<size).map { j in
      var own = [Double](repeating: 0, count: lines * states)
      func know(_ line: Int, _ row: Int) -> Bool {
        let value = values[row * size + j]
        guard !value.isNaN else { return false }
        let label = Int(value.rounded())
        if (0..<states).contains(label) { own[line * states + label] = 1 }
        return true
      }
      if plate == 0 { for row in 0..<lines { _ = know(row, row) } }
      for (i, places) in rows.enumerated() {
        guard let first = places.first else { continue }
        let line = plate == 0 ? first : i
        if places.contains(where: { !values[$0 * size + j].isNaN }) {
          if plate > 0 { _ = places.first { know(line, $0) } }
          continue
        }
        for c in 0..<states { own[line * states + c] = p[(i * size + j) * states + c] }
      }
      return LatentPosterior(
        variable: variable.type.isScalar ? variable.name : "\(variable.name)\(j + 1)", plate: plate,
        content: .probabilities(own, states: states), instances: lines)
    }
  }
}

extension LatentPosterior {
  /// The posterior of some instances.
  func instances(_ range: Range<Int>) -> LatentPosterior {
    func part(_ values: [Double], _ width: Int) -> [Double] {
      Array(values[(range.lowerBound * width)..<(range.upperBound * width)])
    }
    var copy = self
    copy.instances = range.count
    switch content {
    case .probabilities(let p, let states):
      copy.content = .probabilities(part(p, states), states: states)
    case .moments(let mean, let sd, let size):
      copy.content = .moments(mean: part(mean, size), sd: part(sd, size), size: size)
    }
    return copy
  }
}
