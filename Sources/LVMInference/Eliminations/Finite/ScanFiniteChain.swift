import LVMCompute
import LVMModel

/// Elimination of a finite chain: the sum over all its paths within each series.
extension LoweringContext {
  /// `initial` has the axis of this row; `transition` the axes of the row before and this one.
  func scanFinite(
    _ id: VariableID, initial: Lowered, transition: Lowered, in factors: inout WorkingFactors
  ) throws {
    let now = Axis(id)
    let variable = model[id]
    let tables = factors.take(now, on: .rows)
    let k = states(of: variable.type) ?? 1
    var emission: Lowered?
    for table in tables {
      guard table.axes == [now] else {
        throw LoweringFailure(.tiedToChain(variable.name), at: variable.nameSpan)
      }
      emission = emission.map { $0 + table } ?? table
    }
    guard initial.axes == [now], Set(transition.axes) == [now, Axis(id, lag: 1)] else {
      throw LoweringFailure(.stepsReadLatent(variable.name), at: variable.nameSpan)
    }
    // A chain that nothing shows still has its rows.
    let blank = Lowered(ones(.rows).reshape([1]).broadcast([k]), axes: [now]).map { $0 - 1.0 }
    let onRows = emission.map { $0.plate == nil ? $0 + blank : $0 } ?? blank
    // Axes are sorted with this row first; the chain wants (from, to).
    let swapped = transition.value.transpose([1, 0])
    let log = builder.add(
      .finiteChain(segment: plates.segment), [initial.value, swapped, onRows.value])
    factors.add(Lowered(log), on: plates.segment)
  }
}
