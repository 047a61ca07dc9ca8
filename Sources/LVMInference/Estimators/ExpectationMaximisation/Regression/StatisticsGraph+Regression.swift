import LVMCompute
import LVMModel

/// Regressions on the M-step's graph: residuals stand for the response.
extension StatisticsGraph {
  /// A regression's residuals have mean zero; a known scale is in their weights.
  func regressionArguments(
    _ factor: StatisticsFactor, _ r: RegressionStatistics, _ context: LoweringContext
  ) throws -> [Value] {
    let ones = [Int](repeating: 1, count: r.design.cells.count)
    let parameters = LVMModel.family(factor.family).forms[factor.form]
    let zero = builder.constant(
      Tensor(repeating: 0, ones + (parameters[0].eventRank == 1 ? [r.design.width] : [])))
    if r.design.hasRowScale { return [zero, builder.constant(1).reshape(ones)] }
    return [zero, try Self.spread(factor, r, context)]
  }

  /// The scale or covariance of a regression's cells.
  static func spread(
    _ factor: StatisticsFactor, _ r: RegressionStatistics, _ context: LoweringContext
  ) throws -> Value {
    let rank = LVMModel.family(factor.family).forms[factor.form][1].eventRank
    return context.align(
      try context.lower(factor.arguments[1]), axes: factor.axes, batchRank: factor.batch.count,
      eventRank: rank, event: rank == 0 ? [] : [r.design.width, r.design.width], .rows)
  }

  /// Sums of weighted residuals' squares at the step's parameters, from those at the E-step's.
  func residuals(_ factor: StatisticsFactor, _ r: RegressionStatistics) throws -> [Value] {
    let squares = builder.parameter(RegressionStatistics.squares(factor.index), r.squareDims)
    let cross = builder.parameter(RegressionStatistics.cross(factor.index), r.crossDims)
    let products = builder.parameter(RegressionStatistics.products(factor.index), r.productDims)
    let moved = try layout.ids.sorted().map { id in
      let span = plan.model[id].span
      let now = try context.value(of: id, at: span).value
      let then = try before.value(of: id, at: span).value
      return (now - then).reshape([now.shape.count])
    }
    var step = moved.count == 1 ? moved[0] : builder.add(.concat(axis: 0), moved)
    let design = r.design
    if let basis = design.basis {
      let n = basis.layout.count
      step = (builder.constant(Tensor([n, n], basis.inverse)) * step.reshape([1, n])).sum(axes: [1])
    }
    let (t, d, own) = (design.slots, design.width, design.featureWidth)
    let cells = design.cells
    let n = cells.count
    let places = builder.constant(Tensor(cells + [d, t], design.entries.map(Double.init)))
    let delta = builder.add(.take, [step, places])
    // Dims: cells, then number and slot of one side, then of the other.
    let first =
      (delta.reshape(cells + [d, t, 1])
      * cross.reshape(Array(r.crossDims.prefix(n)) + [own, t, d])).sum(axes: [n + 1])
    let second =
      (delta.reshape(cells + [d, t, 1, 1])
      * products.reshape(Array(r.productDims.prefix(n)) + [own, t, own, t])
      * delta.reshape(cells + [1, 1, d, t])).sum(axes: [n + 1, n + 3])
    let swapped = first.transpose(Array(0..<n) + [n + 1, n])
    let sums = squares - first - swapped + second
    guard LVMModel.family(factor.family).eventRank == 1 else {
      return [builder.constant(0), sums.reshape(cells)]
    }
    let zero = builder.constant(Tensor(repeating: 0, [Int](repeating: 1, count: n) + [d]))
    return [zero, sums]
  }
}
