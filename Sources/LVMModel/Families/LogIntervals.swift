import LVMCompute

/// log(F(high) − F(low)) for a distribution symmetric about 0, from the logarithm of its lower tail.
///
/// An interval whose middle is positive is reflected, so that the difference is always taken in the
/// lower tail, where logarithms of F keep their digits.
func symmetricLogInterval(
  _ low: Value?, _ high: Value?, logLowerTail: (Value) -> Value
) -> Value? {
  switch (low, high) {
  case (nil, nil): return nil
  case (nil, .some(let high)): return logLowerTail(high)
  case (.some(let low), nil): return logLowerTail(-low)
  case (.some(let low), .some(let high)):
    let reflects = (-(low + high)).isBelow(0)
    let upper = logLowerTail((-low).selected(where: reflects, else: high))
    let lower = logLowerTail((-high).selected(where: reflects, else: low))
    return upper + (upper - lower).logOneMinusExpOfNegative()
  }
}

/// log P(low ≤ X ≤ high) from cumulative hazards: survival is e^−H.
///
/// The interval is e^−H(low) (1 − e^−(H(high) − H(low))); a missing low limit is the start of the support.
func hazardLogInterval(_ low: Value?, _ high: Value?) -> Value? {
  switch (low, high) {
  case (nil, nil): nil
  case (nil, .some(let high)): high.logOneMinusExpOfNegative()
  case (.some(let low), nil): -low
  case (.some(let low), .some(let high)): -low + (high - low).logOneMinusExpOfNegative()
  }
}
