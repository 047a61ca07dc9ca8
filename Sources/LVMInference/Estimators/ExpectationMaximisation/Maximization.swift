import LVMCompute
import LVMModel

/// Where a parameter stands in a factor: as a whole argument, perhaps indexed by finite latents.
struct BareUse: Sendable {
  var factor: Int
  var argument: Int
  var indices: [Axis]
}

/// The M-step: closed-form updates of parameters that stand bare in their arguments, each with the others
/// at their current values (ECM), then a quasi-Newton step on Q for the rest.
struct Maximization {
  /// Weighted least squares over parameters of Gaussian means; nil if there are none.
  let linear: LinearUpdate?
  /// Row-free graph from statistics and current parameters to new parameters.
  let closed: Program
  let closedParameters: [String]
  /// Q and its gradient in the free coordinates of the remaining parameters; nil if there are none.
  let numeric: Program?
  let numericParameters: [(name: String, kind: ElementKind, dims: [Int])]
  /// Q with its gradient in the constrained parameters, for checking ∇Q = ∇root.
  let surrogate: Program

  static let surrogateOutput = "$Q"
  static func freeName(_ name: String) -> String { "$u.\(name)" }
  static func gradientName(_ name: String) -> String { "$d.\(name)" }

  init(
    _ plan: Plan, factors: [StatisticsFactor], choice: MStep
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
    let parameters = numericIDs.map { id in
      (name: model[id].name, kind: model[id].type.kind, dims: model[id].type.dims ?? [])
    }
    numericParameters = parameters
    if parameters.isEmpty {
      numeric = nil
    } else {
      let step = try StatisticsGraph(plan, factors, layout)
      var frees: [Value] = []
      for (id, p) in zip(numericIDs, parameters) {
        let free = step.builder.parameter(Self.freeName(p.name), p.dims)
        frees.append(free)
        step.context.replacements[id] = Lowered(Transform.constrain(free, p.kind))
      }
      let q = try step.surrogate()
      let gradients = step.builder.gradient(of: q, with: frees)
      step.builder.setOutput(Self.surrogateOutput, q)
      for (p, g) in zip(parameters, gradients) {
        step.builder.setOutput(Self.gradientName(p.name), g)
      }
      numeric = Program(step.builder.finish())
    }
    let step = try StatisticsGraph(plan, factors, layout)
    let q = try step.surrogate()
    let all = choice.parameters.map { model[$0] }
    let values = all.map { step.builder.parameter($0.name, $0.type.dims ?? []) }
    for (v, g) in zip(all, step.builder.gradient(of: q, with: values)) {
      step.builder.setOutput(Self.gradientName(v.name), g)
    }
    step.builder.setOutput(Self.surrogateOutput, q)
    surrogate = Program(step.builder.finish())
  }
}
