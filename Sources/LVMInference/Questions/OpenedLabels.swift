import LVMModel
import LVMSyntax

/// Observed variables that must be treated as latent because cells of theirs are missing and something
/// depends on them.
///
/// A missing leaf is left out of the likelihood; a missing parent has to be summed over. A label with empty
/// cells becomes a latent with evidence: a table that is zero where the cell is present and has another
/// value. Numbers in that place are refused.
struct OpenedLabels {
  struct Refused: Error { var findings: [Diagnostic] }

  /// The model with the role of opened labels changed to latent.
  let model: ModelGraph
  let labels: Set<VariableID>

  init(_ model: ModelGraph, _ facts: DataFacts) throws(Refused) {
    var changed = model
    var labels: Set<VariableID> = []
    var findings: [Diagnostic] = []
    for v in model.variables where v.role == .observe && facts.masked.contains(v.name) {
      guard let reader = Self.reader(of: v.id, in: model) else { continue }
      if v.type.kind.isFinite, v.type.isScalar, case .drawn = v.definition {
        changed.variables[v.id.index].role = .latent
        labels.insert(v.id)
      } else {
        findings.append(PlanError.missingParent(v.name, reader: reader.name).at(v.nameSpan))
      }
    }
    guard findings.isEmpty else { throw Refused(findings: findings) }
    self.model = changed
    self.labels = labels
  }

  /// A variable with a density that reads another, through names for expressions.
  private static func reader(of id: VariableID, in model: ModelGraph) -> Variable? {
    func reads(_ e: Expression) -> Bool {
      var open = [e]
      var seen: Set<VariableID> = []
      while let next = open.popLast() {
        for other in next.variables.union(next.previousVariables) {
          if other == id { return true }
          if seen.insert(other).inserted, case .equal(let inner) = model[other].definition {
            open.append(inner)
          }
        }
      }
      return false
    }
    return model.variables.first { v in
      guard v.id != id, v.role == .observe || v.role == .latent else { return false }
      return v.definition.expressions.contains(where: reads)
    }
  }
}
