import LVMCompute
import LVMModel

/// Elimination of a finite latent: the product of the tables that have its axis, summed over it.
///
/// log Σ exp over the axis; its gradient with respect to each table is the posterior of that table's
/// cells, the responsibilities.
extension LoweringContext {
  func sumOut(_ axis: Axis, on plate: PlateID, in factors: inout WorkingFactors) {
    let tables = factors.take(axis, on: plate)
    guard var product = tables.first else { return }
    for table in tables.dropFirst() { product = product + table }
    guard let position = product.axes.firstIndex(of: axis) else { return }
    var axes = product.axes
    axes.remove(at: position)
    factors.add(Lowered(product.value.logSumExp(axes: [position]), axes: axes), on: plate)
  }
}
