import LVMCompute

/// Log densities of families changed by a combinator: `ZeroInflated`, `Truncated`, `Censored`, `Mixture`.
///
/// Arguments broadcast as in `Family.logDensity`.
extension Family {
  /// log p(x) of a scalar family with an extra zero of probability π: log(π + (1 − π) f(0)) at zero, else
  /// log(1 − π) + log f(x). Probabilities 0 and 1 are legal, with finite gradients to all arguments.
  public func zeroInflatedLogDensity(
    _ x: Value, _ arguments: [Value], form: Int, extraZero: Value
  ) -> Value {
    let isZero = x.isEqual(to: 0)
    let base = logDensity(x, arguments, form: form)
    let zeroIsPossible = extraZero.constant(0).isBelow(extraZero)
    let baseIsPossible = extraZero.isBelow(1)
    // Clipped before the logarithm, so that the branch not taken has a finite derivative.
    let logZero = extraZero.atLeast(1e-300).log().selected(where: zeroIsPossible, else: -.infinity)
    let logBase = (-(extraZero.atMost(1 - 0x1p-53))).log1p()
      .selected(where: baseIsPossible, else: -.infinity)
    let atZero = stacked([logZero, logBase + base]).logSumExpLast()
    return atZero.selected(where: isZero, else: logBase + base)
  }

  /// log p(x | low ≤ x ≤ high) = log f(x) − log P(low ≤ X ≤ high), −∞ outside; nil where the family's
  /// distribution function has no closed form. A limit may be missing.
  public func truncatedLogDensity(
    _ x: Value, _ arguments: [Value], form: Int, low: Value?, high: Value?
  ) -> Value? {
    guard let mass = logInterval(low: low, high: high, arguments, form: form) else {
      return low == nil && high == nil ? logDensity(x, arguments, form: form) : nil
    }
    let inside = logDensity(x, arguments, form: form) - mass
    let aboveLow = low.map { $0.isAtMost(x) }
    let belowHigh = high.map { x.isAtMost($0) }
    let within = aboveLow.map { a in belowHigh.map { a * $0 } ?? a } ?? belowHigh
    return within.map { inside.selected(where: $0, else: -.infinity) } ?? inside
  }

  /// Tobit: log P(X ≤ low) where x is at or below `low`, log P(X ≥ high) where it is at or above `high`,
  /// else log f(x); nil where the distribution function has no closed form.
  public func censoredLogDensity(
    _ x: Value, _ arguments: [Value], form: Int, low: Value?, high: Value?
  ) -> Value? {
    var result = logDensity(x, arguments, form: form)
    if let low {
      guard let tail = logInterval(low: nil, high: low, arguments, form: form) else {
        return nil
      }
      result = tail.selected(where: x.isAtMost(low), else: result)
    }
    if let high {
      guard let tail = logInterval(low: high, high: nil, arguments, form: form) else {
        return nil
      }
      result = tail.selected(where: high.isAtMost(x), else: result)
    }
    return result
  }

  /// Survival data: log P(X ≥ x) where `isRightCensored` is not 0, else log f(x); nil where the
  /// distribution function has no closed form.
  public func censoredLogDensity(
    _ x: Value, _ arguments: [Value], form: Int, isRightCensored: Value
  ) -> Value? {
    logInterval(low: x, high: nil, arguments, form: form).map {
      $0.selected(where: isRightCensored, else: logDensity(x, arguments, form: form))
    }
  }

  /// Mixture(weights, family): log Σ_k w_k f(x | θ_k).
  ///
  /// With S leading state axes and `valueRank` V batch dims that make up one value, x is
  /// [states…, value…, event…]. Arguments are [states…, K, …] after those axes, their remaining dims
  /// aligned from the right; one without dims is shared by all components. Weights [states…, K] choose
  /// one component for the whole value, and the result is [states…]; weights [states…, value…, K] choose
  /// one an element, and the result is [states…, value…]. Elements at which `mask`, [states…, value…], is 0 are
  /// left out of a whole value.
  public func mixtureLogDensity(
    _ x: Value, _ arguments: [Value], form: Int, weights: Value, stateRank: Int = 0, valueRank: Int,
    mask: Value? = nil
  ) -> Value {
    let batchRank = stateRank + valueRank
    let ownRank = x.shape.rank - eventRank
    precondition(ownRank <= batchRank, "a mixture's value has dims beyond states and value")
    let missing = [Int](repeating: 1, count: batchRank - ownRank)
    var dims = missing + x.shape.dims
    dims.insert(1, at: stateRank)
    let spread = arguments.enumerated().map { index, argument in
      argument.padded(after: stateRank + 1, to: batchRank + 1 + forms[form][index].eventRank)
    }
    var components = logDensity(x.reshape(dims), spread, form: form)
    if let mask {
      var own = mask.shape.dims
      own.insert(1, at: stateRank)
      components = components.selected(where: mask.reshape(own), else: 0)
    }
    if valueRank > 0 && weights.shape.rank == stateRank + valueRank + 1 {
      let order = Array(0..<stateRank) + [batchRank] + Array(stateRank..<batchRank)
      return (components + weights.transpose(order).log()).logSumExp(axes: [stateRank])
    }
    return (components.sumLast(valueRank) + weights.log()).logSumExp(axes: [stateRank])
  }
}

extension Value {
  /// Dims of size 1 put in at position `place`, so that the rank is `rank`; scalars stay.
  fileprivate func padded(after place: Int, to rank: Int) -> Value {
    guard shape.rank >= place, shape.rank < rank else { return self }
    var dims = shape.dims
    dims.insert(contentsOf: [Int](repeating: 1, count: rank - shape.rank), at: place)
    return reshape(dims)
  }
}
