import LVMCompute
import LVMModel

/// A factor of which EM keeps expected statistics instead of rows.
struct StatisticsFactor {
  /// Its index in `LoweredModel.factors`.
  var index: Int
  var variable: VariableID
  var family: FamilyName
  var form: Int
  var arguments: [Expression]
  /// Axes of the tables its statistics are kept for (without its own axis), their sizes, and its batch.
  var axes: [Axis]
  var axisSizes: [Int]
  var batch: [Int]
  var event: [Int]
  /// Which entry of a vector of finite latents; its batch is the vector's shape.
  var component: Int?
  /// Dims of the summed weight and of each summed statistic.
  var weightDims: [Int]
  var statisticDims: [[Int]]
  /// Statistics of a mean that is linear in parameters with features from the data, in place of the
  /// family's own.
  var regression: RegressionStatistics?

  var weightName: String { "$W\(index)" }
  func statisticName(_ j: Int) -> String { "$S\(index).\(j)" }
}

/// The E-step as a tensor program: the log likelihood, and per factor the weighted sums of its
/// statistics.
///
/// The weights are its gradient with respect to the factor's log table: the posterior of the
/// table's cells, the responsibilities, whatever eliminations lie between.
struct Expectation {
  let program: Program
  let factors: [StatisticsFactor]
  static let objective = "$root"

  /// `weights` replaces the gradient by given weights of each finite latent, for seeding.
  init(
    _ lowered: Fork, statistics indices: [Int], regressions: Set<Int> = [],
    layout: ParameterLayout = ParameterLayout([]), basis: PredictorBasis? = nil,
    seeded: Bool = false
  ) throws {
    let builder = lowered.builder
    var kept: [StatisticsFactor] = []
    let tables = indices.map { lowered.factors[$0].table.value }
    let gradients = seeded ? [] : builder.gradient(of: lowered.root, with: tables)
    // Equal factors are one node, whose gradient counts them together.
    let multiplicity = Dictionary(grouping: tables, by: \.id).mapValues { Double($0.count) }
    for (position, i) in indices.enumerated() {
      let factor = lowered.factors[i]
      let weight: Value
      if seeded {
        weight = Self.seedWeights(factor, lowered)
      } else {
        let n = multiplicity[tables[position].id] ?? 1
        weight = n == 1 ? gradients[position] : gradients[position] / n
      }
      kept.append(
        regressions.contains(i)
          ? try Self.collect(factor, i, regressionOn: layout, basis: basis, weight, lowered)
          : Self.collect(factor, i, weight, lowered))
    }
    if !seeded {
      builder.setOutput(Self.objective, lowered.root + (try lowered.context.logPrior()))
    }
    program = Program(builder.finish())
    factors = kept
  }

  private static func seedWeights(_ factor: LoweredFactor, _ lowered: Fork) -> Value {
    let plate = lowered.context.plates.compute(lowered.plan.model[factor.variable].plate)
    return seedWeights(factor.table.axes, on: plate, lowered).value
  }

  /// The product of the starting weights of some labels, for each instance of a plate.
  static func seedWeights(_ axes: [Axis], on plate: PlateID, _ lowered: Fork) -> Lowered {
    let context = lowered.context
    var product = Lowered(context.ones(plate))
    for axis in axes {
      let v = lowered.plan.model[axis.variable]
      let k = context.states(of: v.type) ?? 1
      let own = context.plates.compute(v.plate)
      let seed = Lowered(
        lowered.builder.data(ModelColumn.seed(v, axis.component), plate: own, [k]), axes: [axis])
      product = product * seed.on(plate)
    }
    return product
  }

  /// Adds the outputs of one factor.
  private static func collect(
    _ factor: LoweredFactor, _ index: Int, _ weight: Value, _ lowered: Fork
  ) -> StatisticsFactor {
    guard case .family(let name, let form, let arguments, _) = factor.distribution else {
      preconditionFailure("only bare families keep statistics")
    }
    let builder = lowered.builder
    let family = LVMModel.family(name)
    guard let statistics = family.statistics else {
      preconditionFailure("\(name) keeps no statistics")
    }
    let sizes = Dictionary(
      uniqueKeysWithValues: zip(factor.table.axes, factor.table.axisSizes))
    let axes = factor.table.axes.filter { $0 != factor.ownAxis }
    let axisSizes = axes.map { sizes[$0] ?? 1 }
    var result = StatisticsFactor(
      index: index, variable: factor.variable, family: name, form: form, arguments: arguments,
      axes: axes, axisSizes: axisSizes, batch: factor.batch, event: [],
      component: factor.component, weightDims: [], statisticDims: [])
    let aligned = realigned(factor, axes)
    let weightSum: Value
    let sums: [Value]
    if let own = factor.ownAxis {
      // A finite latent's own factor: counts over its values, as data of known weight.
      let position = factor.table.axes.firstIndex(of: own) ?? 0
      var order = Array(factor.table.axes.indices)
      order.remove(at: position)
      order.append(position)
      let counts = weight.sumPlate().transpose(order)
      let k = sizes[own] ?? 1
      let x = builder.constant(Tensor([k], (0..<k).map(Double.init)))
        .reshape([Int](repeating: 1, count: axes.count) + [k])
      let wide = zip(aligned, family.forms[form]).map { argument, parameter in
        var dims = argument.shape.dims
        dims.insert(1, at: dims.count - parameter.eventRank)
        return argument.reshape(dims)
      }
      let reference = statistics.reference(wide, form: form)
      sums = statistics.weightedStatistics(
        x, weight: counts, reference: reference, eventDims: []
      ).map { $0.sum(axes: [axes.count]) }
      weightSum = counts.sum(axes: [axes.count])
    } else {
      guard let x = factor.x else { preconditionFailure("a factor without a value") }
      let ones = [Int](repeating: 1, count: axes.count)
      let event = Array(x.event.dropFirst(factor.batch.count))
      result.event = event
      let wide = x.value.reshape(ones + x.event)
      var w = weight.reshape(axisSizes + [Int](repeating: 1, count: factor.batch.count))
      if let mask = factor.mask { w = w * mask.reshape(ones + factor.batch) }
      sums = statistics.weightedStatistics(
        wide, weight: w, reference: statistics.reference(aligned, form: form), eventDims: event)
      weightSum = w.sumPlate()
    }
    builder.setOutput(result.weightName, weightSum)
    result.weightDims = weightSum.shape.dims
    for (j, sum) in sums.enumerated() {
      builder.setOutput(result.statisticName(j), sum)
      result.statisticDims.append(sum.shape.dims)
    }
    return result
  }

  /// The factor's aligned arguments on exactly the given axes (its own axis is never an argument's).
  private static func realigned(_ factor: LoweredFactor, _ axes: [Axis]) -> [Value] {
    // A transition's arguments carry the previous state; the aligned values have every argument axis,
    // and tables may have no more than those and the variable's own.
    precondition(axes == factor.axes, "table axes differ from argument axes")
    return factor.aligned
  }
}
