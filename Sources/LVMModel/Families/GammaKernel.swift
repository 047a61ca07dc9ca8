import LVMCompute

extension Value {
  /// log of aᵃ e^(−a r) r^a / Γ(a) for a shape a = self and r = `ratio`: what Gamma densities are made of,
  /// with r the value in units of the mean.
  ///
  /// Written about r = 1 as ½ log(a / 2π) − δ(a) − a (r − 1 − log r), δ being what Stirling's formula leaves of
  /// log Γ (Loader 2000): of a large shape the terms of the usual form are huge and cancel.
  func gammaKernel(_ ratio: Value) -> Value {
    // Never negative but for rounding; the bound lies below 0 for the slope at r = 1 to be that of the gap.
    let gap = (ratio - 1.0 - ratio.log()).atLeast(-1e-40)
    return log() * 0.5 - halfLogTwoPi - stirlingRemainder() - self * gap
  }

  /// log Γ(a) − (a − ½) log a + a − ½ log 2π.
  private func stirlingRemainder() -> Value {
    let low = atMost(16)
    let direct = low.lgamma() - (low - 0.5) * low.log() + low - halfLogTwoPi
    // Of the asymptotic series as many terms as double precision takes from 16 on.
    let inverse = atLeast(16).reciprocal()
    let square = inverse.square()
    var series = square * (1.0 / 1188) - 1.0 / 1680
    for term in [1.0 / 1260, -1.0 / 360, 1.0 / 12] { series = series * square + term }
    return direct.selected(where: isBelow(16), else: series * inverse)
  }
}
