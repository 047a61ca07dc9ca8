import LVMCompute
import LVMModel

/// The M-step: closed-form updates of parameters that stand bare in their arguments, each with the others
/// at their current values (ECM), then a quasi-Newton step on Q for the rest.
struct Maximization {
  /// Weighted least squares over parameters of Gaussian means; nil if there are none.
  let linear: LinearUpdate?
  /// Row-free graph from statistics and current parameters to new parameters.
  let closed: Program
  let closedParameters: [String]
  /// Q and its gradient in the free numbers of the remaining parameters; nil if there are none.
  let numeric: Program?
  let numericSpace: UnconstrainedSpace
  /// Q with its gradient in the constrained parameters, for checking that it is the gradient of the
  /// log likelihood too.
  let surrogate: Program

  static let surrogateOutput = "$Q"

  init(
    _ plan: InferencePlan, factors: [StatisticsFactor], choice: MStep
  ) throws {
    let model = plan.model
    let closedUses = choice.closed
    let numericIDs = choice.numeric
    let layout = choice.layout
    linear =
      choice.linear.isEmpty
      ? nil
      : try LinearUpdate(plan, factors: factors, layout: layout, solved: choice.linear)
    // Closed forms, in order: an update sees those before it.
    do {
      let step = try StatisticsGraph(plan, factors, layout)
      var names: [String] = []
      for (id, uses) in closedUses {
        if let value = try step.update(id, uses) {
          step.context.replacements[id] = Lowered(value)
          step.builder.setOutput(model[id].name, value)
          names.append(model[id].name)
        }
      }
      closed = Program(step.builder.finish())
      closedParameters = names
    }
    numericSpace = UnconstrainedSpace(
      numericIDs.compactMap { EstimatedParameter(model[$0]) }, policy: .search)
    if numericIDs.isEmpty {
      numeric = nil
    } else {
      let step = try StatisticsGraph(plan, factors, layout)
      numericSpace.place(in: step.context)
      let q = try step.surrogate()
      numericSpace.setGradientOutputs(of: q)
      step.builder.setOutput(Self.surrogateOutput, q)
      numeric = Program(step.builder.finish())
    }
    let step = try StatisticsGraph(plan, factors, layout)
    let q = try step.surrogate()
    let all = choice.parameters.map { model[$0] }
    let values = all.map { step.builder.parameter($0.name, $0.type.dims ?? []) }
    for (v, g) in zip(all, step.builder.gradient(of: q, with: values)) {
      step.builder.setOutput(UnconstrainedSpace.gradientName(v.name), g)
    }
    step.builder.setOutput(Self.surrogateOutput, q)
    surrogate = Program(step.builder.finish())
  }
}
