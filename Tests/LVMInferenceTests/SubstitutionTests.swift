import LVM
import LVMCompute
import LVMInference
import LVMModel
import Testing

/// Functions of other things in place of variables: the density gains log |∂v/∂u| and is one of u.
@Suite struct SubstitutionTests {
  /// v = log u, or v = (u − 1/2) / 2, of a column of data that is named like the variable.
  private struct Flow: SubstitutionRule {
    enum Kind: Sendable { case logarithm, affine }

    let variable: VariableID
    let kind: Kind
    var reads: Set<VariableID> { [] }

    func words(_ model: ModelGraph) -> String? { "a flow of \(model[variable].name)" }

    func lower(_ context: LoweringContext) throws -> Substituted {
      let v = context.model[variable]
      let u = context.builder.data(v.name, plate: .rows, [])
      let value: Value
      let gained: Value
      switch kind {
      case .logarithm: (value, gained) = (u.log(), -u.log())
      case .affine:
        value = (u - 0.5) / 2.0
        gained = context.builder.ones(.rows) * -0.693147180559945309417
      }
      return Substituted(
        values: [variable: Lowered(value)], logDeterminant: Lowered(gained), plate: .rows)
    }
  }

  private static let table = "y\n0.3\n1.7\n0.9\n4.2\n2.5\n"
  private static let parameters = ["m": Tensor(0.4), "s": Tensor(1.3)]

  private static func text(_ density: String, kind: String = "real") -> String {
    "model M\nparam m : real\nparam s : positive\neach row { observe y : \(kind) ~ \(density) }\n"
  }

  private func likelihood(_ text: String, _ flow: Flow.Kind? = nil) throws -> MarginalLikelihood {
    let bound = try Model(text: text).bound(to: try Table(csv: Self.table))
    var plan = try Planner.plan(bound.graph)
    if let flow {
      let id = try #require(plan.model.variable(named: "y")).id
      let rule = Flow(variable: id, kind: flow)
      plan.inference.program.steps.insert(
        .substitute(Substitution(replaced: [id], rule: rule)), at: 0)
      let lines = plan.program.description(plan.model, plan.nesting).split(separator: "\n")
      #expect(lines.first == "a flow of y")
    }
    return try MarginalLikelihood(plan.inference, data: bound.data)
  }

  private func compare(_ found: MarginalLikelihood, _ known: MarginalLikelihood) throws {
    let value = try known.value(Self.parameters)
    #expect(abs(try found.value(Self.parameters) - value) <= 1e-12 * abs(value))
    let wanted = try known.gradient(Self.parameters)
    let gradient = try found.gradient(Self.parameters)
    for name in ["m", "s"] {
      let a = try #require(gradient[name]).values[0]
      let b = try #require(wanted[name]).values[0]
      #expect(abs(a - b) <= 1e-12 * max(1, abs(b)), "\(name): \(a), \(b)")
    }
  }

  @Test func logarithmOfANormalIsALogNormal() throws {
    try compare(
      likelihood(Self.text("Normal(m, s)"), .logarithm),
      likelihood(Self.text("LogNormal(m, s)", kind: "positive")))
  }

  @Test func affineMapOfANormalIsANormal() throws {
    try compare(
      likelihood(Self.text("Normal(m, s)"), .affine),
      likelihood(Self.text("Normal(2 * m + 0.5, 2 * s)")))
  }
}
