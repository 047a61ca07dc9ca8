import LVMCompute
import LVMModel

/// The joint maximiser of Q over parameters that enter Gaussian means linearly, at the current scales.
///
/// Generalised least squares: each cell's statistics are weighted by its current precision, a Gaussian
/// prior adds its own, and all parameters that meet in a mean are solved for together. Steps are taken
/// from the current parameters, for the statistics are taken about them.
struct LinearUpdate {
  private let factors: [StatisticsFactor]
  private let solved: [Variable]
  private let layout: ParameterLayout
  private let isSolved: [Bool]
  /// Current precisions of the factors, and means and scales of the priors.
  private let program: Executor
  private let blocks: LeastSquares
  /// Coordinates that are solved for in place of the parameters.
  private let basis: PredictorBasis?

  init(
    _ plan: InferencePlan, factors: [StatisticsFactor], layout: ParameterLayout,
    solved ids: [VariableID]
  )
    throws
  {
    self.factors = factors.filter { $0.regression != nil }
    self.layout = layout
    basis = self.factors.first?.regression?.design.basis
    solved = ids.map { plan.model[$0] }
    var isSolved = [Bool](repeating: false, count: layout.count)
    for p in solved {
      let at = layout.offsets[p.id] ?? 0
      for i in 0..<Self.size(p) { isSolved[at + i] = true }
    }
    self.isSolved = isSolved
    let context = LoweringContext(
      model: plan.model, builder: GraphBuilder(), plates: plan.nesting)
    for factor in self.factors {
      guard let r = factor.regression, !r.design.hasRowScale else { continue }
      let spread = try StatisticsGraph.spread(factor, r, context)
      let d = r.design.width
      let isVector = LVMModel.family(factor.family).eventRank == 1
      let precision =
        isVector
        ? context.builder.add(.spdInverse, [spread])
        : (1.0 / spread.square()).reshape(spread.shape.dims + [1, 1])
      context.builder.setOutput(
        "$p\(factor.index)", precision.broadcast(r.design.cells + [d, d]))
    }
    for p in solved {
      guard case .drawn(.family(_, _, let arguments, _)) = p.definition else { continue }
      for (part, e) in zip(["mean", "scale"], arguments) {
        let value = context.align(
          try context.lower(e), axes: [], batchRank: p.type.dims?.count ?? 0, eventRank: 0,
          event: [], .rows)
        context.builder.setOutput("$\(part).\(p.name)", value.broadcast(p.type.dims ?? []))
      }
    }
    program = Runtime.serial.evaluator(Program(context.builder.finish()))
    let groups = self.factors.flatMap { factor -> [[Int]] in
      guard let d = factor.regression?.design else { return [] }
      return (0..<d.cellCount).map { c in
        let n = d.slots * d.width
        return Array(d.entries[(c * n)..<((c + 1) * n)])
      }
    }
    blocks = LeastSquares(count: layout.count, joined: groups)
  }

  private static func size(_ p: Variable) -> Int { (p.type.dims ?? []).reduce(1, *) }

  /// New values of the solved parameters, and the names of those that the data leave open.
  func apply(_ statistics: [String: Tensor], at parameters: [String: Tensor]) throws -> (
    parameters: [String: Tensor], open: Set<String>
  ) {
    let current = try program.run(parameters)
    var system = blocks
    for factor in factors { accumulate(factor, statistics, current, &system) }
    for p in solved {
      guard let mean = current["$mean.\(p.name)"], let scale = current["$scale.\(p.name)"],
        let value = parameters[p.name], let at = layout.offsets[p.id]
      else { continue }
      for i in value.values.indices {
        let precision = 1 / (scale.values[i] * scale.values[i])
        let gap = mean.values[i] - value.values[i]
        guard let basis else {
          system.add(precision, at: at + i, at + i)
          system.add(precision * gap, toSide: at + i)
          continue
        }
        let row = basis.map[((at + i) * layout.count)..<((at + i + 1) * layout.count)]
        for (j, a) in row.enumerated() {
          for (k, b) in row.enumerated() { system.add(precision * a * b, at: j, k) }
          system.add(precision * a * gap, toSide: j)
        }
      }
    }
    var (step, open) = system.solution()
    if let basis {
      step = basis.parameters(at: step)
      open = basis.moved(by: open)
    }
    var result: [String: Tensor] = [:]
    var names: Set<String> = []
    for p in solved {
      guard var value = parameters[p.name], let at = layout.offsets[p.id] else { continue }
      for i in value.values.indices {
        value.values[i] += step[at + i]
        if open.contains(at + i) { names.insert(p.name) }
      }
      result[p.name] = value
    }
    return (result, names)
  }

  private func accumulate(
    _ factor: StatisticsFactor, _ statistics: [String: Tensor], _ current: [String: Tensor],
    _ system: inout LeastSquares
  ) {
    guard let r = factor.regression,
      let products = statistics[RegressionStatistics.products(factor.index)],
      let cross = statistics[RegressionStatistics.cross(factor.index)]
    else { return }
    let (t, d) = (r.design.slots, r.design.width)
    let precisions = current["$p\(factor.index)"]?.values
    let productPlaces = Self.places(r.design.cells, in: Array(products.dims.dropLast(2)))
    let crossPlaces = Self.places(r.design.cells, in: Array(cross.dims.dropLast(2)))
    let side = r.design.featureWidth * t
    for cell in 0..<r.design.cellCount {
      let a = productPlaces[cell] * side * side
      let b = crossPlaces[cell] * side * d
      func precision(_ i: Int, _ j: Int) -> Double { precisions?[(cell * d + i) * d + j] ?? 1 }
      for i in 0..<(d * t) {
        let p = r.design.entries[cell * d * t + i]
        guard isSolved[p] else { continue }
        // Number i / t, slot i % t.
        let row = r.design.featureWidth == 1 ? i % t : i
        for other in 0..<d {
          system.add(precision(i / t, other) * cross.values[b + row * d + other], toSide: p)
        }
        for j in 0..<(d * t) {
          let q = r.design.entries[cell * d * t + j]
          guard isSolved[q] else { continue }
          let column = r.design.featureWidth == 1 ? j % t : j
          system.add(
            precision(i / t, j / t) * products.values[a + row * side + column], at: p, q)
        }
      }
    }
  }

  /// For each cell, its place in an array whose dims may be 1 where the cells' are not.
  static func places(_ cells: [Int], in dims: [Int]) -> [Int] {
    var result = [0]
    for (size, own) in zip(cells, dims) {
      result = result.flatMap { place in (0..<size).map { place * own + (own == 1 ? 0 : $0) } }
    }
    return result
  }
}
