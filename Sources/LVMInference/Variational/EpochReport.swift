/// What one epoch of training says of itself, in nats a row.
public struct EpochReport: Sendable, Hashable {
  /// 1 for the first.
  public var epoch: Int
  /// What is climbed, unweighted, averaged over the epoch's minibatches while parameters changed: of a
  /// model with sampled latents the evidence lower bound.
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

  public init(
    epoch: Int, bound: Double, reconstruction: Double? = nil, divergence: Double? = nil,
    active: Int? = nil, units: Int? = nil, heldOut: Double? = nil
  ) {
    self.epoch = epoch
    self.bound = bound
    self.reconstruction = reconstruction
    self.divergence = divergence
    self.active = active
    self.units = units
    self.heldOut = heldOut
  }
}

extension EpochReport {
  /// As numbers, NaN for what there is not: what a checkpoint keeps.
  public var numbers: [Double] {
    [
      Double(epoch), bound, reconstruction ?? .nan, divergence ?? .nan,
      active.map(Double.init) ?? .nan, units.map(Double.init) ?? .nan, heldOut ?? .nan,
    ]
  }

  /// From `numbers`; nil for another count of them.
  public init?(numbers: some Collection<Double>) {
    let own = Array(numbers)
    guard own.count == 7, let epoch = Int(exactly: own[0]) else { return nil }
    func number(_ i: Int) -> Double? { own[i].isNaN ? nil : own[i] }
    self.init(
      epoch: epoch, bound: own[1], reconstruction: number(2), divergence: number(3),
      active: number(4).flatMap { Int(exactly: $0) }, units: number(5).flatMap { Int(exactly: $0) },
      heldOut: number(6))
  }
}
