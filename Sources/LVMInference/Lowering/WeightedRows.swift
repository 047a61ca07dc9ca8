import LVMCompute
import LVMModel

/// Rows that stand for sums over many: each has a `unit`, what the constant 1 of an original row became,
/// and a weight, how often its log density counts.
///
/// Lowering for such rows multiplies everything in a mean that no data enter by the row's unit; the mean
/// must be affine in the data for that, with coefficients that are the same in every row.
extension LoweringContext {
  /// The weight of each row.
  var weights: Value { builder.data(ModelColumn.weight, plate: .rows, []) }

  /// The affine form of a mean in latents, the data in its constant.
  func meanForm(_ e: Expression, _ unknowns: Set<VariableID>) throws -> Affine {
    guard isWeighted else { return try affine(e, unknowns) }
    let data = dataVariables
    if unknownsBesideData?.latents != unknowns {
      unknownsBesideData = (unknowns, unknowns.union(data))
    }
    let form = try affine(e, unknownsBesideData?.all ?? data)
    guard form.constant.plate == nil, form.coefficients.values.allSatisfy({ $0.plate == nil })
    else {
      throw LoweringFailure(.differsByRow, at: e.span)
    }
    let event = form.constant.event
    let unit = Lowered(builder.data(ModelColumn.unit, plate: .rows, []))
    var result = Affine(constant: form.constant)
    if !isZero(form.constant) { result.constant = form.constant * unit }
    let labels = Array(event.indices)
    for (unknown, coefficient) in form.coefficients.inOrder {
      guard data.contains(unknown.variable) else {
        result.coefficients[unknown] = coefficient
        continue
      }
      guard unknown.lag == 0 else {
        throw LoweringFailure(.readFromEarlierRow(model[unknown.variable].name), at: e.span)
      }
      let width = coefficient.event.last ?? 1
      let value = try self.value(of: unknown.variable, at: e.span).reshape(event: [width])
      let wide = coefficient.padded(event.count, event)
      result.constant =
        result.constant + Lowered.contract(wide, labels + [50], value, [50], to: labels)
    }
    return result
  }

  /// Whether a mean or a spread reads data.
  func readsData(_ e: Expression) -> Bool { mentions(e, dataVariables) }
}
