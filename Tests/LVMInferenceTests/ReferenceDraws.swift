/// The generator of Reference/starts.py: the same tables bit by bit.
struct ReferenceDraws {
  var state: Int

  mutating func uniform() -> Double {
    state = (1_103_515_245 * state + 12345) % 2_147_483_648
    return Double(state) / 2_147_483_648
  }

  mutating func normal() -> Double { (0..<12).reduce(0.0) { sum, _ in sum + uniform() } - 6 }

  mutating func choice(_ shares: [Double]) -> Int {
    var u = uniform()
    for (k, p) in shares.enumerated() {
      u -= p
      if u < 0 { return k }
    }
    return shares.count - 1
  }
}
