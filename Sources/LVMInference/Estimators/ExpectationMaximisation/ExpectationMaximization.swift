import LVMCompute
import LVMModel

/// EM over a planned model: weighted statistics from the gradient of the log likelihood,
/// closed-form or quasi-Newton maximisation of Q, monotone by construction and checked at run time.
public final class ExpectationMaximization {
  public let plan: InferencePlan
  let choice: MStep
  private let expectation: Expectation
  private let maximization: Maximization
  private let estep: Executor
  private let seeded: Expectation
  private let seedExecutor: (ModelData) -> Executor
  private let closed: Executor
  private let numeric: Executor?
  let data: ModelData
  let options: FitOptions
  let floor: VarianceFloor
  /// The estimated parameters as free numbers in which points are extrapolated.
  let space: UnconstrainedSpace
  let hasLatents: Bool
  var isLinear: Bool { !choice.linear.isEmpty }
  var rows: Int { data.rows }
  /// About how many numbers a step goes through.
  var work: Double {
    Self.stepWork + estep.work + closed.work + (numeric.map { Self.numericSteps * $0.work } ?? 0)
  }
  private static let numericSteps = 20.0
  /// What an M-step costs beside its programs.
  private static let stepWork = 3e4
  /// Gain, relative to the objective, that counts as none. Without latents steps end in the optimum.
  /// With many rows no quasi-Newton steps settle the last digits, so that more is asked of EM
  /// itself.
  var tolerance: Double {
    guard hasLatents else { return 1e-14 }
    return rows > StartBudget.cheapRows ? 1e-11 : 1e-10
  }

  /// EM as a plan says.
  ///
  /// - Throws: `FitError.noStart` where the plan says otherwise.
  public convenience init(
    _ plan: InferencePlan, _ estimation: Estimation, data: ModelData, options: FitOptions
  ) throws {
    guard let fit = estimation.estimator as? ExpectationMaximisationFit else {
      throw FitError.noStart("its estimator is \(estimation.method.rawValue), not EM")
    }
    try self.init(plan, fit.step, data: data, options: options)
  }

  init(_ plan: InferencePlan, _ step: MStep, data: ModelData, options: FitOptions) throws {
    self.plan = plan
    choice = step
    self.data = data
    self.options = options
    let structure = ModelStructure(model: plan.model, nesting: plan.nesting)
    floor = VarianceFloor(structure, data: data)
    let lowered = try plan.lowered(masked: data.masked)
    hasLatents = !structure.latents.isEmpty
    space = UnconstrainedSpace(
      choice.parameters.compactMap { EstimatedParameter(plan.model[$0]) }, policy: .acceleration)
    // A fork each: outputs are per graph.
    let basis = try Self.basis(
      plan, data, choice, lowered.fork(), runtime: options.runtime)
    expectation = try Expectation(
      lowered.fork(), statistics: choice.statistics,
      regressions: choice.regressions, layout: choice.layout, basis: basis)
    seeded = try Expectation(
      lowered.fork(), statistics: choice.statistics,
      regressions: choice.regressions, layout: choice.layout, basis: basis, seeded: true)
    maximization = try Maximization(plan, factors: expectation.factors, choice: choice)
    estep = options.runtime.evaluator(expectation.program, data: data.columns)
    let seededProgram = seeded.program
    let runtime = options.runtime
    seedExecutor = { runtime.evaluator(seededProgram, data: $0.columns) }
    closed = Runtime.serial.evaluator(maximization.closed)
    numeric = maximization.numeric.map { Runtime.serial.evaluator($0) }
  }

  /// Coordinates in which normal equations keep their digits, where columns lie so far from zero that those of the
  /// parameters themselves lose them.
  private static func basis(
    _ plan: InferencePlan, _ data: ModelData, _ choice: MStep, _ lowered: Fork,
    runtime: Runtime
  ) throws -> PredictorBasis? {
    let solved = Set(choice.linear)
    let isOfScalars = choice.regressions.allSatisfy { i in
      guard case .family(let name, _, _, _) = lowered.factors[i].distribution else { return false }
      return LVMModel.family(name).eventRank == 0
    }
    guard isOfScalars, !solved.isEmpty, choice.layout.ids == solved,
      plan.distance(of: .given, in: data) > Self.far
        || plan.distance(of: .observe, in: data) > Self.far,
      let basis = try PredictorBasis(plan, data: data, runtime: runtime, only: solved),
      basis.isNarrow, basis.layout == choice.layout
    else { return nil }
    return basis
  }

  /// How far from zero columns are before their equations are looked at, in units of their spread.
  private static let far = 50.0

  /// The objective at some parameters, and the statistics there.
  public func expect(_ parameters: [String: Tensor]) throws -> (
    objective: Double, statistics: [String: Tensor]
  ) {
    var outputs = try estep.run(parameters)
    let objective = outputs.removeValue(forKey: Expectation.objective)?.values.first ?? .nan
    return (objective, outputs)
  }

  /// New parameters from statistics taken at `parameters`, before any floor.
  public func maximise(_ statistics: [String: Tensor], at parameters: [String: Tensor]) throws
    -> [String: Tensor]
  {
    var inputs = statistics
    for (name, value) in parameters {
      inputs[name] = value
      inputs[StatisticsGraph.referenceName(name)] = value
    }
    var result = parameters
    if let linear = maximization.linear {
      for (name, value) in try linear.apply(statistics, at: parameters).parameters {
        inputs[name] = value
        result[name] = value
      }
    }
    for (name, value) in try closed.run(inputs) { result[name] = value }
    guard let numeric else { return result }
    for name in maximization.closedParameters { inputs[name] = result[name] }
    let density = ProgramDensity(
      space: maximization.numericSpace, fixed: inputs, output: Maximization.surrogateOutput
    ) { try numeric.run($0) }
    var search = LBFGS()
    search.maximumIterations = 50
    let outcome = try search.maximise(density, from: density.space.point(of: result))
    return try density.space.values(at: outcome.point, over: result)
  }

  /// How far the objective moves where coefficients move by their last bit: what its sums round by.
  func rounding(at parameters: [String: Tensor]) throws -> Double {
    let here = try expect(parameters).objective
    var most = 0.0
    for pattern in 0..<4 {
      var moved = parameters
      for id in choice.linear {
        guard var value = moved[plan.model[id].name] else { continue }
        for i in value.values.indices {
          let isUp = pattern < 2 ? pattern == 0 : (i + id.index) % 2 == pattern % 2
          value.values[i] = isUp ? value.values[i].nextUp : value.values[i].nextDown
        }
        moved[plan.model[id].name] = value
      }
      most = Swift.max(most, Swift.abs(try expect(moved).objective - here))
    }
    return most
  }

  /// What the last bit of a mean is worth in every row, where observed numbers lie far from zero in units of
  /// their spread.
  private(set) lazy var offsetRounding: Double =
    4 * 0x1p-52 * plan.distance(of: .observe, in: data) * Double(data.rows)

  /// Parameters of Gaussian means that the data do not determine.
  func open(at parameters: [String: Tensor]) throws -> Set<String> {
    guard let linear = maximization.linear else { return [] }
    return try linear.apply(try expect(parameters).statistics, at: parameters).open
  }

  /// Parameters from seeded weights; numeric ones start at `start`.
  func seedParameters(restart: Int, start: [String: Tensor], seeding: KMeansPlusPlus) throws
    -> [String: Tensor]
  {
    try parameters(
      seeds: seeding.columns(seed: options.seed, restart: restart), start: start)
  }

  /// Parameters from given weights of the labels.
  func parameters(seeds: [String: DataColumn], start: [String: Tensor]) throws
    -> [String: Tensor]
  {
    var seedData = data
    for (name, column) in seeds { seedData.columns.columns[name] = column }
    let statistics = try seedExecutor(seedData).run(start)
    var result = try maximise(statistics, at: start)
    _ = floor.apply(to: &result)
    return result
  }

  /// ∇Q and the gradient of the log likelihood in the constrained parameters, at parameters where
  /// the statistics are taken.
  public func gradients(at parameters: [String: Tensor]) throws -> (
    surrogate: [String: Tensor], root: [String: Tensor]
  ) {
    let (_, statistics) = try expect(parameters)
    var inputs = statistics
    for (name, value) in parameters {
      inputs[name] = value
      inputs[StatisticsGraph.referenceName(name)] = value
    }
    let q = try Runtime.serial.evaluator(maximization.surrogate).run(inputs)
    let names = choice.parameters.map { plan.model[$0].name }
    let root = try MarginalLikelihood(plan, data: data, runtime: options.runtime).gradient(
      parameters)
    var surrogate: [String: Tensor] = [:]
    for name in names { surrogate[name] = q[UnconstrainedSpace.gradientName(name)] }
    return (surrogate, root.filter { names.contains($0.key) })
  }
}
