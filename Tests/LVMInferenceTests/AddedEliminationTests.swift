import Foundation
import LVM
import LVMCompute
import LVMInference
import LVMModel
import Testing

/// An elimination that stands here alone: a latent uniform on (0, 1), integrated by the midpoint rule.
private struct GridIntegral: Elimination {
  static let count = 40
  static let points = (0..<count).map { (Double($0) + 0.5) / Double(count) }

  let latent: VariableID
  let plate: PlateID

  var latents: [VariableID] { [latent] }
  var axis: Axis { Axis(latent) }
  var places: (axis: Axis, count: Int)? { (axis, Self.count) }
  var cells: Double { Double(Self.count) }
  var substitution: Substitution? {
    Substitution(replaced: [latent], rule: GridSubstitution(latent: latent, plate: plate))
  }

  func words(_ model: ModelGraph, _ nesting: PlateNesting) -> String {
    "integrate on a grid \(model[latent].name) per \(nesting.name(plate, model))"
  }

  func lower(_ factors: inout WorkingFactors, _ context: LoweringContext) throws
    -> (any Eliminated)?
  {
    let tables = factors.take(axis, on: plate)
    guard var product = tables.first else { return nil }
    for table in tables.dropFirst() { product = product + table }
    let position = try #require(product.axes.firstIndex(of: axis))
    let rest = product.axes.filter { $0 != axis }
    factors.add(Lowered(product.value.logSumExp(axes: [position]), axes: rest), on: plate)
    let points = Lowered(
      context.builder.constant(Tensor([Self.count], Self.points)), axes: [axis])
    return Integrated(latent: latent, points: points, integrand: product)
  }

  struct Integrated: Eliminated {
    let latent: VariableID
    let points: Lowered
    let integrand: Lowered

    func moved(_ map: NodeMap) -> Integrated {
      Integrated(latent: latent, points: map(points), integrand: map(integrand))
    }

    func moments(in fork: Fork) -> [VariableID: LoweredMoments] {
      let zero = Lowered(points.value * 0.0, axes: points.axes)
      return [latent: fork.mixed(points, zero, over: integrand)]
    }
  }
}

/// Points of the grid in place of the latent; each stands for an equal share of (0, 1).
private struct GridSubstitution: SubstitutionRule {
  let latent: VariableID
  let plate: PlateID
  var reads: Set<VariableID> { [] }

  func words(_ model: ModelGraph) -> String? { nil }

  func lower(_ context: LoweringContext) throws -> Substituted {
    let n = GridIntegral.count
    let axis = Axis(latent)
    let share = Tensor(repeating: -log(Double(n)), [n])
    return Substituted(
      values: [
        latent: Lowered(
          context.builder.constant(Tensor([n], GridIntegral.points)), axes: [axis])
      ], logDeterminant: Lowered(context.builder.constant(share), axes: [axis]), plate: plate)
  }
}

private enum GridStrategy: EliminationStrategy {
  static let name = "grid"

  static func claim(_ block: LatentBlock, _ inquiry: LatentInquiry) throws(BlockRefusal) -> Claim {
    guard block.members.count == 1, let latent = block.members.first,
      case .drawn(.family(.uniform, _, let arguments, _)) = latent.definition,
      arguments.map(\.constantValue) == [0, 1]
    else { throw BlockRefusal("it is not one number uniform on (0, 1)") }
    let own = GridIntegral(latent: latent.id, plate: inquiry.nesting.compute(latent.plate))
    return Claim(
      eliminations: [own],
      entries: [
        latent.id: inquiry.entry(
          latent, "grid", "it is uniform, and a grid integrates it", refused: block.reasons)
      ])
  }
}

/// Engines are additions: one of a test's own is asked first, claims, runs through a fit and answers a query.
@Suite struct AddedEliminationTests {
  private static let values = [0.31, 1.72, 0.94, 2.2, 2.51, 1.08, 0.77, 1.93, 1.4, 0.5, 2.8, 1.61]
  private static let text = """
    model M
    param a : real ~ Normal(0, 2)
    param s : positive
    each row {
      latent u : real ~ Uniform(0, 1)
      observe y : real ~ Normal(a + 2 * u, s)
    }
    """
  private static let registry = Registry(
    eliminations: [GridStrategy.self] + Registry.standard.eliminations)

  private func fit() throws -> (fit: Fit, table: Table) {
    let csv = "y\n" + Self.values.map { "\($0)" }.joined(separator: "\n") + "\n"
    let table = try Table(csv: csv)
    return (try Model(text: Self.text).fit(table, registry: Self.registry), table)
  }

  /// log density of a row at each point of the grid, with its share.
  private func row(_ y: Double, _ a: Double, _ s: Double) -> [Double] {
    GridIntegral.points.map { u in
      let z = (y - a - 2 * u) / s
      return -0.5 * z * z - log(s) - 0.5 * log(2 * Double.pi) - log(Double(GridIntegral.count))
    }
  }

  @Test func aFitRunsThroughIt() throws {
    let (fit, _) = try fit()
    let entry = try #require(fit.plan.entries.first { $0.variable == "u" })
    #expect(entry.strategy == "grid")
    let steps = fit.plan.program.description(fit.plan.model, fit.plan.nesting)
    #expect(steps.contains("integrate on a grid u per row"))
    let a = try #require(fit["a"]).values[0]
    let s = try #require(fit["s"]).values[0]
    func joint(_ a: Double, _ s: Double) -> Double {
      let rows = Self.values.map { y in log(row(y, a, s).map { exp($0) }.reduce(0, +)) }
      return rows.reduce(0, +) - 0.125 * a * a - log(2) - 0.5 * log(2 * Double.pi)
    }
    #expect(abs(fit.objective.value - joint(a, s)) < 1e-9)
    // A maximum: no step to either side is higher.
    for d in [-1e-3, 1e-3] {
      #expect(joint(a + d, s) < joint(a, s))
      #expect(joint(a, s + d) < joint(a, s))
    }
  }

  @Test func posteriorsFollow() throws {
    let (fit, table) = try fit()
    let a = try #require(fit["a"]).values[0]
    let s = try #require(fit["s"]).values[0]
    let bound = try Model(text: Self.text).bound(to: table)
    let asked = fit.plan.inference.posterior(
      bound.data, parameters: ["a": Tensor(a), "s": Tensor(s)])
    let posterior = try #require(try asked.latents().first { $0.variable == "u" })
    guard case .moments(let mean, _, _) = posterior.content else {
      Issue.record("a number has moments")
      return
    }
    for (y, found) in zip(Self.values, mean) {
      let weights = row(y, a, s).map { exp($0) }
      let total = weights.reduce(0, +)
      let wanted = zip(weights, GridIntegral.points).map { $0 * $1 }.reduce(0, +) / total
      #expect(abs(found - wanted) < 1e-10)
    }
  }

  /// Queries of a fit are planned by its own engines, also where it was loaded.
  @Test func queriesUseTheSameEngines() throws {
    let (fit, table) = try fit()
    let direct = try fit.posteriors(given: table).latents
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lvm-added-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try fit.save(to: folder)
    let loaded = try Fit(contentsOf: folder, registry: Self.registry)
    let again = try loaded.posteriors(given: table).latents
    guard case .moments(let a, _, _)? = direct.first?.content,
      case .moments(let b, _, _)? = again.first?.content
    else {
      Issue.record("a number has moments")
      return
    }
    #expect(a == b && a.count == Self.values.count)
    #expect(loaded.plan.entries.first { $0.variable == "u" }?.strategy == "grid")
  }

  /// What it refuses goes to the strategies after it, with its reason among theirs.
  @Test func refusalsAreTold() throws {
    let text = Self.text.replacingOccurrences(of: "Uniform(0, 1)", with: "Laplace(0, 1)")
    let plan = try Model(text: text).plan(registry: Self.registry)
    let entry = try #require(plan.entries.first { $0.variable == "u" })
    #expect(entry.strategy == "quadrature")
    #expect(entry.refused.first == "grid: it is not one number uniform on (0, 1)")
  }
}
