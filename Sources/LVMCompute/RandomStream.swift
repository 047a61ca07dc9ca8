/// Counter-based random numbers: the same key gives the same numbers anywhere, in any order.
///
/// The key is hashed from (seed, purpose, site, row, epoch, sample, restart); each draw mixes key and
/// counter with the SplitMix64 finaliser (Steele, Lea & Flood 2014) applied twice.
public struct RandomStream: Sendable, RandomNumberGenerator {
  private var key: UInt64
  private var counter: UInt64 = 0

  public init(
    seed: UInt64, purpose: String = "", site: Int = 0, row: Int = 0, step: Int = 0, sample: Int = 0
  ) {
    var k = RandomStream.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    for byte in purpose.utf8 { k = RandomStream.mix(k ^ UInt64(byte)) }
    for part in [site, row, step, sample] {
      k = RandomStream.mix(k ^ UInt64(bitPattern: Int64(part)) &* 0xD6E8_FEB8_6659_FD93)
    }
    key = k
  }

  @inlinable
  public static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  public mutating func next() -> UInt64 {
    counter &+= 0x9E37_79B9_7F4A_7C15
    return RandomStream.mix(RandomStream.mix(key &+ counter) ^ key)
  }

  /// Uniform on the open interval (0, 1).
  public mutating func uniform() -> Double {
    (Double(next() >> 11) + 0.5) * 0x1p-53
  }

  /// Standard normal, by the Box–Muller transform.
  public mutating func normal() -> Double {
    let u = uniform()
    let v = uniform()
    return (-2 * u.logarithm).squareRoot() * (2 * Double.pi * v).cosine
  }
}
