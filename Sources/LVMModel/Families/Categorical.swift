import LVMCompute

/// Categorical(probabilities) or Categorical(logits:): log p(x) = log p_x, or l_x − log Σ e^l.
/// Values are zero-based indices; probabilities of zero are legal.
struct Categorical: Family {
  let name = FamilyName.categorical
  let forms = [
    [FamilyParameter("probabilities", .simplex)], [FamilyParameter("logits", .realVector)],
  ]
  let eventRank = 0
  let support = Support.categories
  let frame = FamilyFrame.plain
  func ignoresCommonShift(form: Int) -> Bool { form == 1 }

  func logDensity(_ x: Value, _ arguments: [Value], form: Int) -> Value {
    if form == 0 {
      // A table that rows share is taken logarithms of once.
      let isShared = arguments[0].shape.plate == nil
      return isShared ? chosen(x, arguments[0].log()) : chosen(x, arguments[0]).log()
    }
    return chosen(x, arguments[0]) - arguments[0].logSumExpLast()
  }

  func logTable(_ arguments: [Value], form: Int) -> Value? {
    form == 0
      ? arguments[0].log() : arguments[0] - arguments[0].logSumExpLast().appendingOnes(1)
  }

  func sample(
    _ arguments: [[Double]], form: Int, eventDims: [Int], using random: inout RandomStream
  ) -> [Double] {
    [Double(random.category(form == 0 ? arguments[0] : softmax(arguments[0])))]
  }

  func mean(_ arguments: [Value], form: Int) -> Value? { nil }
  func variance(_ arguments: [Value], form: Int) -> Value? { nil }

  var statistics: (any SufficientStatistics)? { self }

  /// The entry of `table` [batch…, K] at index x.
  private func chosen(_ x: Value, _ table: Value) -> Value {
    let dims = table.shape.dims
    let count = dims[dims.count - 1]
    if x.shape.count == 1 && table.shape.plate == nil {
      // A look-up: no K numbers per row.
      let rank = dims.count
      let leading = table.transpose([rank - 1] + Array(0..<(rank - 1)))
      let found = table.builder.add(.take, [leading, x.reshape([])])
      return found.reshape(commonDims(Array(dims.dropLast()), x.shape.dims))
    }
    let hot = table.builder.add(.oneHot(count: count), [x])
    // Not a product: entries beside the chosen one may be infinite.
    return table.selected(where: hot, else: 0).sumLast()
  }
}

extension Categorical: SufficientStatistics {
  func statistics(_ x: Value, reference: Value?) -> [Value] {
    guard let count = reference?.shape.dims.last else {
      preconditionFailure("a categorical's reference tells the number of categories")
    }
    return [x.builder.add(.oneHot(count: count), [x])]
  }

  /// The number of categories is not in the event dims of a scalar index; 0 stands for it.
  func statisticEventDims(_ eventDims: [Int]) -> [[Int]] { [[0]] }

  func reference(_ arguments: [Value], form: Int) -> Value? { arguments[0] }

  func expectedLogDensity(
    weight: Value, statistics: [Value], reference: Value?, arguments: [Value], form: Int
  ) -> Value {
    let counts = statistics[0]
    if form == 0 { return counts.xlogy(arguments[0]).sumLast() }
    let chosen = arguments[0].selected(where: counts, else: 0) * counts
    return chosen.sumLast() - counts.sumLast() * arguments[0].logSumExpLast()
  }

  func maximiser(
    of index: Int, form: Int, weight: Value, statistics: [Value], reference: Value?,
    arguments: [Value]
  ) -> RatioUpdate? {
    guard form == 0 else { return nil }
    return .over(
      statistics[0], statistics[0].sumLast().appendingOnes(1), .normalize, kernel: .shares)
  }
}

/// e^l / Σ e^l.
func softmax(_ logits: [Double]) -> [Double] {
  let top = logits.max() ?? 0
  let weights = logits.map { ($0 - top).exponential }
  let total = weights.reduce(0, +)
  return weights.map { $0 / total }
}
