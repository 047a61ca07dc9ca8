import LVMCompute
import LVMModel

/// Whether a density is one of the constrained values or of the free numbers.
public enum Jacobian: Sendable {
  /// For a maximum, which is then the same in every chart.
  case omitted
  /// For a posterior of the free numbers: log |∂ values / ∂ free numbers| is added.
  case included
}

/// log p(data | parameters) plus the log priors, as a function of a point of an unconstrained space.
///
/// Programs are made when they are first needed, and shared with copies in other units.
public struct ModelDensity: LogDensity {
  public let space: UnconstrainedSpace
  /// Values of parameters that are no part of the space.
  private let fixed: [String: Tensor]
  private let programs: ModelPrograms

  /// - Throws: `ExecutionError` and `LoweringFailure` of the plan; `ChartError` where the Jacobian is wanted and a
  ///   parameter has no minimal chart.
  public init(
    _ plan: InferencePlan, data: ModelData, space: UnconstrainedSpace, jacobian: Jacobian,
    beside fixed: [String: Tensor] = [:], runtime: Runtime = .serial
  ) throws {
    let settled = SettledPlan(plan, data: data, runtime: runtime, settles: false)
    self.init(settled, space: space, jacobian: jacobian, beside: fixed)
    try programs.prepareRoot()
  }

  /// The density of a plan that gets its nodes of quadrature where it is first asked.
  ///
  /// - Parameter seeds: whether labels have their starting weights as evidence.
  init(
    _ plan: SettledPlan, space: UnconstrainedSpace, jacobian: Jacobian = .omitted,
    beside fixed: [String: Tensor] = [:], seeds: Bool = false
  ) {
    self.space = space
    self.fixed = fixed
    programs = ModelPrograms(plan, space: space, jacobian: jacobian, seeds: seeds)
  }

  private init(_ space: UnconstrainedSpace, _ fixed: [String: Tensor], _ programs: ModelPrograms) {
    self.space = space
    self.fixed = fixed
    self.programs = programs
  }

  /// Makes the program of the density now, to see whether there is one.
  func prepared() throws -> Self {
    try programs.prepareRoot()
    return self
  }

  /// The density at values of parameters that are no part of the space, which may have other units.
  ///
  /// - Parameter space: this density's, or one that differs by its units or by what it holds.
  func over(_ space: UnconstrainedSpace, beside fixed: [String: Tensor]) -> Self {
    Self(space, fixed, programs)
  }

  public var dimension: Int { space.dimension }

  public func evaluate(at point: [Double]) throws -> (value: Double, gradient: [Double]) {
    let executor = try programs.root { try space.values(at: point, over: fixed) }
    return try ProgramDensity(space: space, fixed: fixed) { try executor.run($0) }
      .evaluate(at: point)
  }

  /// How many units the likelihood is a product over, those of the outermost plate; nil if it is none.
  public func unitCount() throws -> Int? { try programs.units()?.count }

  /// Σ wᵢ ∂ log p(unit i) / ∂ point for each list of weights, without priors; nil where the likelihood is no product
  /// over units.
  public func weightedUnitGradients(at point: [Double], weights: [[Double]]) throws -> [[Double]]? {
    guard let units = try programs.units() else { return nil }
    let inputs = space.inputs(at: point, beside: fixed)
    return try weights.map {
      space.gradient(try units.executor.run(inputs, varied: [ModelPrograms.weight: $0]))
    }
  }
}

/// Why a density is not one of free numbers.
public enum ChartError: Error, Equatable {
  /// Parameters whose free numbers are more than their degrees of freedom.
  case notMinimal([String])
}

/// The programs of a density over one space.
private final class ModelPrograms {
  static let weight = "$unitweight"

  private let settled: SettledPlan
  private let space: UnconstrainedSpace
  private let jacobian: Jacobian
  private let seeds: Bool
  private var rootExecutor: PlacedExecutor?
  private var unitExecutor: (executor: PlacedExecutor, count: Int)??

  init(_ settled: SettledPlan, space: UnconstrainedSpace, jacobian: Jacobian, seeds: Bool) {
    self.settled = settled
    self.space = space
    self.jacobian = jacobian
    self.seeds = seeds
  }

  func prepareRoot() throws { _ = try root { [:] } }

  /// The program of the density; `values` are the parameters that nodes are settled at if they have to be.
  func root(_ values: () throws -> [String: Tensor]) throws -> PlacedExecutor {
    if let rootExecutor { return rootExecutor }
    let plan = try settled.plan(at: values)
    let data = settled.data
    let lowered = try plan.lowered(
      masked: data.masked, weighted: data.isWeighted, seeds: seeds
    ).fork(space.place)
    var root = lowered.root + (try lowered.context.logPrior())
    if jacobian == .included {
      guard let own = space.logJacobian(in: lowered.builder) else {
        throw ChartError.notMinimal(space.blocks.filter { !$0.isMinimal }.map(\.name))
      }
      root = root + own
    }
    lowered.builder.setOutput(ProgramDensity.root, root)
    space.setGradientOutputs(of: root)
    let made = try PlacedExecutor(
      Program(lowered.builder.finish()), plan, data: data, runtime: settled.runtime,
      prepare: space.place)
    rootExecutor = made
    return made
  }

  /// The program of the units' weighted sum; nil where the likelihood is no product over units.
  func units() throws -> (executor: PlacedExecutor, count: Int)? {
    if let unitExecutor { return unitExecutor }
    let made = try makeUnits()
    unitExecutor = .some(made)
    return made
  }

  private func makeUnits() throws -> (executor: PlacedExecutor, count: Int)? {
    let (plan, data) = (settled.planned, settled.data)
    let outermost = plan.nesting.outermost
    let count = data.columns.layout.count(outermost)
    guard count > 0, !(plan.hasChain && outermost == .rows) else { return nil }
    let lowered = try plan.lowered(masked: data.masked).fork(space.place)
    guard let perUnit = lowered.perUnit else { return nil }
    let builder = lowered.builder
    let weights = builder.data(Self.weight, plate: outermost, [])
    let total = (perUnit * lowered.context.ones(outermost) * weights).sumPlate().sumAll()
    space.setGradientOutputs(of: total)
    var columns = data
    columns.columns.columns[Self.weight] = DataColumn(
      plate: outermost, values: [Double](repeating: 1, count: count))
    let executor = try PlacedExecutor(
      Program(builder.finish()), plan, data: columns, runtime: settled.runtime,
      varying: [Self.weight], prepare: space.place)
    return (executor, count)
  }
}
