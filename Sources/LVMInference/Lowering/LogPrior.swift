import LVMCompute
import LVMModel

extension LoweringContext {
  /// The sum of the log priors of all parameters that have one.
  func logPrior() throws -> Value {
    var total = builder.constant(0)
    for v in model.variables where v.role == .param {
      guard case .drawn(.family(let name, let form, let arguments, let span)) = v.definition else {
        continue
      }
      let family = LVMModel.family(name)
      let shape = try dims(v.type, at: v.typeSpan)
      let batch = shape.count - family.eventRank
      let event = Array(shape.suffix(family.eventRank))
      let aligned = try zip(arguments, family.forms[form]).map { e, p in
        align(
          try lower(e), axes: [], batchRank: batch, eventRank: p.eventRank, event: event, .rows)
      }
      let x = try value(of: v.id, at: span).value
      var density = family.logDensity(x, aligned, form: form)
      if let limits = SupportLimits(v.type.kind, family.support) {
        guard
          let mass = logProbability(
            of: family, between: limits.low.map { builder.constant($0) },
            and: limits.high.map { builder.constant($0) }, arguments: aligned, form: form)
        else {
          throw LoweringFailure(.noMass(name, v.type.kind), at: span)
        }
        density = density - mass
      }
      total = total + density.sumAll()
    }
    return total
  }
}
