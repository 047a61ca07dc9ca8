import LVMCompute
import LVMModel

/// `v = f(u)` in place of v: the model's log density gains log |∂v/∂u|, and is then a density of u.
///
/// One sign for all: a latent that is an image of nodes on a line, a flow, and a draw from a guide, whose noise
/// has a density of its own, so that what is gained is less by it: log |∂v/∂u| − log n(u) = −log q(v).
package struct Substitution: Sendable {
  /// The variables that are replaced.
  package var replaced: [VariableID]
  package var rule: any SubstitutionRule

  package init(replaced: [VariableID], rule: any SubstitutionRule) {
    self.replaced = replaced
    self.rule = rule
  }
}

/// How values come in place of variables.
package protocol SubstitutionRule: Sendable {
  /// What the values are functions of, beside columns and parameters of their own.
  var reads: Set<VariableID> { get }
  /// As a step of a factor program, in the user's names; nil where it says no more than others do.
  func words(_ model: ModelGraph) -> String?
  /// - Throws: `LoweringFailure` where the values cannot be written as tensor operations.
  func lower(_ context: LoweringContext) throws -> Substituted
}

/// What a substitution has put in place of its variables.
package struct Substituted {
  package var values: [VariableID: Lowered]
  /// log |∂v/∂u|, summed over the entries of v: a log table without event dims; nil where whoever asked for the
  /// substitution counts it.
  package var logDeterminant: Lowered?
  /// The plate that the values are on.
  package var plate: PlateID

  package init(values: [VariableID: Lowered], logDeterminant: Lowered?, plate: PlateID) {
    self.values = values
    self.logDeterminant = logDeterminant
    self.plate = plate
  }
}

/// Columns of data in place of variables: their values are known, and nothing is gained.
struct ColumnSubstitution: SubstitutionRule {
  let variables: [VariableID]
  let column: @Sendable (Variable) -> String
  let reads: Set<VariableID> = []

  func words(_ model: ModelGraph) -> String? { nil }

  func lower(_ context: LoweringContext) throws -> Substituted {
    var values: [VariableID: Lowered] = [:]
    for id in variables {
      let v = context.model[id]
      values[id] = Lowered(
        context.builder.data(
          column(v), plate: context.plates.compute(v.plate),
          try context.dims(v.type, at: v.typeSpan)))
    }
    return Substituted(values: values, logDeterminant: nil, plate: .rows)
  }
}

extension LoweringContext {
  /// Puts the values of a substitution in place of its variables.
  func substitute(_ substitution: Substitution) throws -> Substituted {
    let done = try substitution.rule.lower(self)
    replacements.merge(done.values) { $1 }
    return done
  }
}
