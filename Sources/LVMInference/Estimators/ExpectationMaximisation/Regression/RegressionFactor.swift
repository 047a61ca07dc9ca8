import LVMCompute
import LVMModel
import LVMSyntax

/// A Gaussian factor whose mean is affine in parameters, with features from the data.
///
/// A cell is one setting of the labels it depends on and one coordinate of its batch, with a number or a
/// vector of D correlated ones; each has the same number of slots, and a slot is a feature times a parameter
/// entry. Its statistics are taken about the current mean: with ρ = y − mean and f the features, Σ w f fᵀ,
/// Σ w f ρᵀ and Σ w ρρᵀ per cell, from which the expected log density follows for any parameters.
struct RegressionDesign {
  /// Slots of each number.
  var slots: Int
  /// D: how many numbers of a cell are correlated; 1 for scalars.
  var width: Int
  /// D where features differ between those, else 1.
  var featureWidth: Int
  /// Labels' sizes, then the batch.
  var cells: [Int]
  /// For every cell, number and slot, a position in the layout's vector, or in that of the basis.
  var entries: [Int]
  /// The scale differs from row to row and is known; it is part of the weights.
  var hasRowScale: Bool
  /// Coordinates that stand for the parameters where those have nearly collinear features.
  var basis: PredictorBasis?

  var cellCount: Int { cells.reduce(1, *) }
}

/// Names and dims of a regression's statistics.
struct RegressionStatistics {
  var design: RegressionDesign
  var productDims: [Int] = []
  var crossDims: [Int] = []
  var squareDims: [Int] = []

  static func products(_ index: Int) -> String { "$A\(index)" }
  static func cross(_ index: Int) -> String { "$B\(index)" }
  static func squares(_ index: Int) -> String { "$C\(index)" }
}

extension RegressionDesign {
  /// The same in coordinates of a basis; nil for vectors of correlated numbers, whose slots it does not mix.
  func turned(_ features: Value, to basis: PredictorBasis) -> (RegressionDesign, Value)? {
    guard width == 1, features.shape.rank == cells.count + 1 else { return nil }
    let n = basis.layout.count
    var result = self
    result.slots = n
    result.entries = (0..<cellCount).flatMap { _ in 0..<n }
    result.basis = basis
    return (result, PredictorGram.features(features, cells, entries, basis.map, n))
  }
}

extension Fork {
  /// The regression of a factor on the parameters of its mean; throws why there is none.
  func regression(_ factor: LoweredFactor, _ layout: ParameterLayout) throws -> (
    design: RegressionDesign, features: Value
  ) {
    guard case .family(let name, _, let arguments, let span) = factor.distribution,
      let x = factor.x, factor.ownAxis == nil, factor.component == nil,
      LVMModel.family(name).gaussianResponse(x.value) != nil
    else {
      throw LoweringFailure(.factorNotGaussian, at: plan.model[factor.variable].span)
    }
    guard !context.mentions(arguments[1], layout.ids) || factor.arguments[1].plate == nil else {
      throw LoweringFailure(.scaleVaries, at: span)
    }
    let isVector = LVMModel.family(name).eventRank == 1
    guard !isVector || (factor.mask == nil && factor.arguments[1].plate == nil) else {
      throw LoweringFailure(.correlationsVary, at: span)
    }
    let form = try context.linear(arguments[0], layout)
    let slots = form.terms
    guard !slots.isEmpty else { throw LoweringFailure(.meanWithoutParameter, at: span) }
    let plate = context.plates.compute(plan.model[factor.variable].plate)
    let cells = factor.table.axisSizes + factor.batch
    let width = isVector ? x.event.last ?? 1 : 1
    let rank = factor.batch.count + (isVector ? 1 : 0)
    let places = cells + (isVector ? [width] : [])
    var common = [Int](repeating: 1, count: places.count)
    let features = slots.map { $0.feature.on(plate).expanded(to: factor.axes, eventRank: rank) }
    for f in features { common = Shape.broadcast(Shape(common), f.shape)?.dims ?? common }
    // Parts without the plate that others have are constants: a concatenation spreads them.
    let joined = builder.add(
      .concat(axis: common.count),
      features.map { $0.broadcast(common).reshape(common + [1]) })
    let positions = slots.map {
      $0.entries.expanded(to: factor.axes, eventRank: rank).broadcast(places).reshape(places + [1])
    }
    let table = builder.add(.concat(axis: places.count), positions)
    let program = Program(builder.graph(of: table, named: "entries"))
    let values = try Runtime.serial.evaluator(program).run([:])["entries"]?.values ?? []
    let design = RegressionDesign(
      slots: slots.count, width: width, featureWidth: isVector ? common.last ?? 1 : 1, cells: cells,
      entries: values.map { Int($0) },
      hasRowScale: factor.arguments[1].plate != nil)
    return (design, joined)
  }
}

extension Expectation {
  /// Adds the outputs of a regression; `weight` is the posterior of the factor's table.
  static func collect(
    _ factor: LoweredFactor, _ index: Int, regressionOn layout: ParameterLayout,
    basis: PredictorBasis?, _ weight: Value, _ lowered: Fork
  ) throws -> StatisticsFactor {
    guard case .family(let name, let form, let arguments, _) = factor.distribution,
      let x = factor.x
    else { preconditionFailure("only bare families keep statistics") }
    let builder = lowered.builder
    let family = LVMModel.family(name)
    var (design, features) = try lowered.regression(factor, layout)
    if let basis {
      guard let turned = design.turned(features, to: basis) else {
        preconditionFailure("a basis for numbers that are correlated")
      }
      (design, features) = turned
    }
    let ones = [Int](repeating: 1, count: factor.axes.count)
    guard let y = family.gaussianResponse(x.value.reshape(ones + x.event)) else {
      preconditionFailure("\(name) is not Gaussian")
    }
    var w = weight.reshape(
      factor.table.axisSizes + [Int](repeating: 1, count: factor.batch.count))
    if w.shape.plate == nil {
      let plate = lowered.context.plates.compute(lowered.plan.model[factor.variable].plate)
      w = w * lowered.context.ones(plate).reshape([Int](repeating: 1, count: w.shape.rank))
    }
    if let mask = factor.mask { w = w * mask.reshape(ones + factor.batch) }
    if design.hasRowScale { w = w / factor.aligned[1].square() }
    let residual = y - factor.aligned[0]
    // Slots of all numbers of a cell side by side, and a scalar as a vector of one.
    let lead = design.cells.count
    let f = features.reshape(
      Array(features.shape.dims.prefix(lead)) + [design.featureWidth * design.slots])
    let r = residual.reshape(Array(residual.shape.dims.prefix(lead)) + [design.width])
    let wide = w.reshape(w.shape.dims + [1])
    let products = (wide * f).crossProduct(f)
    let cross = (wide * f).crossProduct(r)
    let squares = (wide * r).crossProduct(r)
    let total = w.sumPlate()
    var statistics = RegressionStatistics(design: design)
    for (name, value, path) in [
      (RegressionStatistics.products(index), products, \RegressionStatistics.productDims),
      (RegressionStatistics.cross(index), cross, \RegressionStatistics.crossDims),
      (RegressionStatistics.squares(index), squares, \RegressionStatistics.squareDims),
    ] {
      builder.setOutput(name, value)
      statistics[keyPath: path] = value.shape.dims
    }
    var result = StatisticsFactor(
      index: index, variable: factor.variable, family: name, form: form, arguments: arguments,
      axes: factor.axes, axisSizes: factor.table.axisSizes, batch: factor.batch, event: [],
      component: nil, weightDims: total.shape.dims, statisticDims: [])
    result.regression = statistics
    builder.setOutput(result.weightName, total)
    return result
  }
}
