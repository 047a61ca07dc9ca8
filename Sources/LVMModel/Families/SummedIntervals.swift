import LVMCompute

extension Family {
  /// log P(low ≤ X ≤ high), both ends included: the closed form, or for counts between limits that are numbers
  /// the sum of their masses; nil where there is neither.
  public func logInterval(
    low: Value?, high: Value?, _ arguments: [Value], form: Int
  ) -> Value? {
    logCDFInterval(low: low, high: high, arguments, form: form)
      ?? summedLogInterval(low: low, high: high, arguments, form: form)
  }

  /// Whether its values are 0, 1, 2, …
  public var isOnCounts: Bool {
    switch support {
    case .counts, .countsUpTo: true
    case .real, .positive, .nonNegative, .unit, .interval, .binary, .categories, .countVector,
      .realVector, .simplex, .covariance, .correlation:
      false
    }
  }

  /// The most masses that are added up.
  private var mostTerms: Int { 4096 }

  /// log Σ f(j) over the whole numbers between limits that are written as numbers.
  ///
  /// Without an upper limit it is log(1 − P(X < low)), and where that is less than a hundredth, so that the
  /// difference would lose digits, the sum of the masses from `low` on, which then fall off.
  private func summedLogInterval(
    low: Value?, high: Value?, _ arguments: [Value], form: Int
  ) -> Value? {
    guard isOnCounts, let any = low ?? high else { return nil }
    let numbers = [low, high].map { $0?.writtenNumber }
    if low != nil, numbers[0] == .some(nil) { return nil }
    if high != nil, numbers[1] == .some(nil) { return nil }
    let first = Swift.max(0, (numbers[0] ?? nil)?.rounded(.up) ?? 0)
    if let limit = numbers[1] ?? nil, limit.isFinite {
      let last = limit.rounded(.down)
      guard last >= first else { return any.constant(-.infinity) }
      guard last - first < Double(mostTerms) else { return nil }
      return logMasses(Int(first)..<(Int(last) + 1), any, arguments, form: form)
    }
    guard first > 0 else { return any.constant(0) }
    guard first < Double(mostTerms) else { return nil }
    let start = Int(first)
    let below = logMasses(0..<start, any, arguments, form: form)
    // Clipped before the logarithm, so that the branch not taken has a finite derivative.
    let complement = (-below).atLeast(1e-300).logOneMinusExpOfNegative()
    let direct = logMasses(start..<(2 * start + 256), any, arguments, form: form)
    return complement.selected(where: below.isAtMost(any.constant(-0.01)), else: direct)
  }

  private func logMasses(
    _ counts: Range<Int>, _ any: Value, _ arguments: [Value], form: Int
  ) -> Value {
    let spread = arguments.map { $0.appendingOnes(1) }
    var x = any.builder.constant(Tensor([counts.count], counts.map(Double.init)))
    guard case .countsUpTo(let trials) = support else {
      return logDensity(x, spread, form: form).logSumExpLast()
    }
    let isPossible = x.isAtMost(spread[trials])
    x = x.atMost(spread[trials])
    return logDensity(x, spread, form: form).selected(where: isPossible, else: -.infinity)
      .logSumExpLast()
  }
}

extension Value {
  /// The number that this value is, whatever its dims, where the program has it written down.
  fileprivate var writtenNumber: Double? {
    var node = builder.nodes[id]
    while true {
      switch node.op {
      case .reshape, .broadcast, .transpose: node = builder.nodes[node.inputs[0]]
      case .constant(let tensor):
        guard let first = tensor.values.first else { return nil }
        return tensor.values.allSatisfy { $0 == first } ? first : nil
      default: return nil
      }
    }
  }
}
