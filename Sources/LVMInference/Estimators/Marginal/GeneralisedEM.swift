import LVMCompute
import LVMModel

/// EM for factors that keep no statistics: each M-step ascends Q on the rows, weighted by the
/// posterior of their labels.
///
/// Q = Σ wᵢ tᵢ + log prior over the log tables tᵢ of labels, whose sum is the log joint density; the
/// weights wᵢ are the gradient of the log likelihood with respect to the tables, as in
/// `Expectation`. States part in Q: a step from a poor start cannot drive one of them out, as one
/// on the log likelihood can.
final class GeneralisedEM {
  /// What a row counts for each cell of each table.
  struct Weights {
    fileprivate var columns: [String: [Double]] = [:]
    fileprivate var shared: [String: Tensor] = [:]
  }

  private let space: UnconstrainedSpace
  private let expectation: Executor
  private let maximization: Executor
  private let seeding: Program
  /// Per table, the plate of its weights; nil where those of all instances are one.
  private let plates: [PlateID?]
  private let data: ModelData
  private let runtime: Runtime

  /// About how many numbers a pass over the data goes through.
  var work: Double { expectation.work }

  private static func name(_ i: Int) -> String { "$weight\(i)" }

  init(
    _ plan: InferencePlan, data: ModelData, runtime: Runtime, floor: VarianceFloor?,
    basis: PredictorBasis? = nil
  ) throws {
    let space = UnconstrainedSpace(plan.model, floor: floor, basis: basis)
    let lowered = try plan.lowered(masked: data.masked)
    self.space = space
    self.data = data
    self.runtime = runtime

    let first = lowered.fork(space.place)
    let tables = first.leaves.map(\.table.value)
    first.builder.setOutput(ProgramDensity.root, first.root + (try first.context.logPrior()))
    for (i, weight) in first.builder.gradient(of: first.root, with: tables).enumerated() {
      first.builder.setOutput(Self.name(i), weight)
    }
    plates = tables.map(\.shape.plate)
    expectation = runtime.evaluator(
      Program(first.builder.finish()), data: data.columns)

    let second = lowered.fork(space.place)
    var columns = data.columns
    var q = try second.context.logPrior()
    for (i, leaf) in second.leaves.enumerated() {
      let table = leaf.table.value
      let dims = table.shape.dims
      guard let plate = table.shape.plate else {
        let weight = second.builder.parameter(Self.name(i), dims)
        q = q + (weight * table).selected(where: weight, else: second.builder.constant(0)).sumAll()
        continue
      }
      columns.columns[Self.name(i)] = DataColumn(
        plate: plate, dims: dims,
        values: [Double](
          repeating: 0, count: columns.layout.count(plate) * dims.reduce(1, *)))
      let weight = second.builder.data(Self.name(i), plate: plate, dims)
      let share = (weight * table).selected(where: weight, else: second.builder.constant(0))
      q = q + share.sumPlate().sumAll()
    }
    second.builder.setOutput(ProgramDensity.root, q)
    space.setGradientOutputs(of: q)
    maximization = runtime.evaluator(
      Program(second.builder.finish()), data: columns,
      varying: Set(tables.indices.filter { tables[$0].shape.plate != nil }.map(Self.name)))

    let third = lowered.fork(space.place)
    for (i, leaf) in third.leaves.enumerated() {
      let plate = leaf.plate ?? .rows
      let product = Expectation.seedWeights(leaf.table.axes, on: plate, third).value
      third.builder.setOutput(
        Self.name(i), leaf.table.plate == nil ? product.sumPlate() : product)
    }
    seeding = Program(third.builder.finish())
  }

  private func weights(_ out: [String: Tensor]) -> Weights {
    var result = Weights()
    for (i, plate) in plates.enumerated() {
      guard let value = out[Self.name(i)] else { continue }
      if plate == nil {
        result.shared[Self.name(i)] = value
      } else {
        result.columns[Self.name(i)] = value.values
      }
    }
    return result
  }

  /// Weights from starting weights of the labels.
  func weights(seeds: [String: DataColumn]) throws -> Weights {
    var columns = data.columns
    for (name, column) in seeds { columns.columns[name] = column }
    return weights(try runtime.evaluator(seeding, data: columns).run([:]))
  }

  /// The likelihood at some parameters, and the weights there.
  func expect(_ parameters: [String: Tensor]) throws -> (value: Double, weights: Weights) {
    let out = try expectation.run(
      space.inputs(at: space.point(of: parameters), beside: parameters))
    return (out[ProgramDensity.root]?.values.first ?? .nan, weights(out))
  }

  /// Steps up Q from some parameters.
  func maximise(
    _ weights: Weights, from start: [String: Tensor], steps: Int,
    knowing pairs: [LBFGS.Pair] = []
  ) throws -> (parameters: [String: Tensor], outcome: LBFGS.Outcome) {
    var search = LBFGS()
    search.maximumIterations = steps
    var fresh = weights.columns
    let fixed = start.merging(weights.shared) { $1 }
    let density = ProgramDensity(space: space, fixed: fixed) { inputs in
      defer { fresh = [:] }
      return try self.maximization.run(inputs, varied: fresh)
    }
    let outcome = try search.maximise(
      density, from: space.point(of: start), knowing: pairs)
    return (try space.values(at: outcome.point, over: start), outcome)
  }

  /// Quasi-Newton steps of the first M-step, and of each later one.
  private static let firstSteps = 20
  private static let laterSteps = 4

  /// Rounds of EM from given weights, or from the posterior at `start`; nil where the numbers end.
  func settle(
    _ start: [String: Tensor], seeds: Weights?, rounds: Int,
    report: (Int, Double) throws -> Void
  ) throws -> (parameters: [String: Tensor], value: Double)? {
    var now = start
    var pairs: [LBFGS.Pair] = []
    if let seeds {
      let (next, outcome) = try maximise(seeds, from: start, steps: Self.firstSteps)
      if outcome.value.isFinite, next.values.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) {
        now = next
        pairs = outcome.pairs
      }
    }
    var (value, weights) = try expect(now)
    guard value.isFinite else { return nil }
    for round in 0..<rounds {
      let (next, outcome) = try maximise(
        weights, from: now, steps: Self.laterSteps, knowing: pairs)
      guard outcome.value.isFinite else { break }
      let reached = try expect(next)
      guard reached.value.isFinite, reached.value > value else { break }
      let gain = reached.value - value
      now = next
      pairs = outcome.pairs
      (value, weights) = reached
      try report(round + 1, value)
      if gain < 1e-8 * (Swift.abs(value) + 1) { break }
    }
    return (now, value)
  }
}
