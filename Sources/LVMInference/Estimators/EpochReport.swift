/// What one epoch of training says of itself, in nats a row.
public struct EpochReport: Sendable, Hashable {
  /// 1 for the first.
  public var epoch: Int
  /// What is maximised, unweighted, averaged over the epoch's minibatches while parameters changed:
  /// of a model with sampled latents the evidence lower bound.
  public var bound: Double
  /// E[log p(x | z)], the bound's first share; nil where a label that is summed stands between a latent
  /// and its prior, or nothing is drawn.
  public var reconstruction: Double?
  /// E[KL(q ‖ p)]: bound = reconstruction − divergence.
  public var divergence: Double?
  /// Units of sampled latents that differ between rows (Burda et al. 2016), and how many there are.
  public var active: Int?
  public var units: Int?
  /// The bound of rows that are held out, after the epoch.
  public var heldOut: Double?
  /// The same with the weight that the divergence has once it is warm: what decides which state is kept.
  public var judged: Double?

  public init(
    epoch: Int, bound: Double, reconstruction: Double? = nil, divergence: Double? = nil,
    active: Int? = nil, units: Int? = nil, heldOut: Double? = nil, judged: Double? = nil
  ) {
    self.epoch = epoch
    self.bound = bound
    self.reconstruction = reconstruction
    self.divergence = divergence
    self.active = active
    self.units = units
    self.heldOut = heldOut
    self.judged = judged
  }
}

extension EpochReport {
  /// As finite numbers, what there may not be as a flag and a value: what a checkpoint keeps.
  public var numbers: [Double] {
    let optional = [
      reconstruction, divergence, active.map(Double.init), units.map(Double.init), heldOut,
      judged,
    ]
    return [Double(epoch), bound] + optional.flatMap { [$0 == nil ? 0 : 1, $0 ?? 0] }
  }

  /// From `numbers`; nil for another count of them.
  public init?(numbers own: [Double]) {
    guard own.count == 14, let epoch = Int(exactly: own[0]) else { return nil }
    func number(_ i: Int) -> Double? { own[2 + 2 * i] == 0 ? nil : own[3 + 2 * i] }
    self.init(
      epoch: epoch, bound: own[1], reconstruction: number(0), divergence: number(1),
      active: number(2).flatMap { Int(exactly: $0) }, units: number(3).flatMap { Int(exactly: $0) },
      heldOut: number(4), judged: number(5))
  }
}
