import LVMCompute
import LVMModel

/// A finite latent summed out of the tables that have its axis.
struct LabelSum: Elimination {
  var axis: Axis
  var plate: PlateID
  /// Cells of the table before it is summed.
  var cells: Double
  /// Whether it is an observed label with empty cells: evidence where present.
  var isOpened: Bool

  var latents: [VariableID] { [axis.variable] }

  func words(_ model: ModelGraph, _ nesting: PlateNesting) -> String {
    "sum out \(model[axis.variable].name) per \(nesting.name(plate, model)), \(Int(cells)) cells"
  }

  func lower(_ factors: inout WorkingFactors, _ context: LoweringContext) throws
    -> (any Eliminated)?
  {
    context.sumOut(axis, on: plate, in: &factors)
    return nil
  }
}

/// A chain of labels, summed over all its paths within each series.
struct LabelChain: Elimination {
  var label: VariableID
  /// Cells of a step from one row to the next; 1 for a chain of two values.
  var cells: Double

  var latents: [VariableID] { [label] }
  var plate: PlateID { .rows }
  var runsAlongRows: Bool { true }

  func words(_ model: ModelGraph, _ nesting: PlateNesting) -> String {
    "scan finite chain \(model[label].name)"
  }

  func lower(_ factors: inout WorkingFactors, _ context: LoweringContext) throws
    -> (any Eliminated)?
  {
    guard let steps = factors.chains[label] else { return nil }
    try context.scanFinite(
      label, initial: steps.initial, transition: steps.transition, in: &factors)
    return nil
  }
}

extension InferencePlan {
  /// Observed labels with empty cells that others depend on: latents with evidence where present. In
  /// this plan's model their role is latent.
  var opened: Set<VariableID> {
    Set(program.all(LabelSum.self).filter(\.isOpened).map(\.axis.variable))
  }
}
