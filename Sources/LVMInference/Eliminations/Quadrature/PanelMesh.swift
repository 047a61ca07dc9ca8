import LVMCompute

/// Panels of one unit's integral over the real line, divided where the integrand asks for it, with eight
/// Gauss–Legendre nodes each.
///
/// The line is u = m + L sinh t, so that panels about the mode m are of the size of the scale L and those
/// far out as large as their distance; the integrand in t is f(u) L cosh t. Dividing a panel at a kink makes its share of
/// the error smaller each time, and modes far from m are found as places where the integrand rises.
struct PanelMesh {
  static let order = 8
  /// Panels that are made at once: the first ones, then four from each of those of which least is known.
  static let batch = 16
  static let pieces = 4
  /// Rounds of dividing panels, and nodes after them.
  private static let rounds = (fewest: 3, most: 15, step: 4)
  static let most = nodes(after: rounds.most)

  /// Nodes that are added at a time.
  static let step = nodes(after: rounds.step) - nodes(after: 0)

  /// Nodes after rounds of dividing.
  private static func nodes(after rounds: Int) -> Int {
    (batch + rounds * (batch - batch / pieces)) * order
  }

  /// Rounds that lead to a number of nodes.
  static func rounds(for nodes: Int) -> Int {
    (nodes / order - batch) / (batch - batch / pieces)
  }

  /// The nearest number of nodes, from below where there is one, that panels come to.
  static func nodes(near n: Int) -> Int {
    let full = Swift.min(rounds.most, Swift.max(rounds.fewest, rounds(for: n)))
    return nodes(after: rounds.fewest + (full - rounds.fewest) / rounds.step * rounds.step)
  }

  /// sinh of this many scales to each side.
  private static let reach = 25.0

  private struct Panel {
    var low: Double
    var high: Double
    /// The log of what is not known of its integral.
    var error = -Double.infinity
    /// The log integrand in t at its nodes, once it has been looked at.
    var nodes: [Double]?
    /// What the polynomial through its nodes comes to at its ends, in units of exp `top`.
    var ends = (low: 0.0, high: 0.0)
    var top = -Double.infinity
  }

  let centre: Double
  let scale: Double
  private var panels: [Panel]

  init(centre: Double, scale: Double) {
    self.centre = centre
    self.scale = scale
    let width = 2 * Self.reach / Double(Self.batch)
    panels = (0..<Self.batch).map { i in
      Panel(low: -Self.reach + Double(i) * width, high: -Self.reach + Double(i + 1) * width)
    }
  }

  /// Divides the panels of which least is known: afterwards `batch` panels are new.
  mutating func split() {
    let errors = self.errors
    let worst = panels.indices.sorted { (errors[$0], $1) > (errors[$1], $0) }
      .prefix(Self.batch / Self.pieces)
    for i in worst.sorted(by: >) {
      let p = panels[i]
      let width = (p.high - p.low) / Double(Self.pieces)
      let ends = (0...Self.pieces).map { $0 == Self.pieces ? p.high : p.low + Double($0) * width }
      panels.replaceSubrange(
        i...i, with: zip(ends, ends.dropFirst()).map { Panel(low: $0, high: $1) })
    }
  }

  /// The log of what is not known of each panel's integral. A kink beyond a panel's last node is seen by none of
  /// its rules, but the polynomials of neighbours then disagree about their border.
  private var errors: [Double] {
    var result = panels.map(\.error)
    for i in panels.indices.dropLast() {
      let (a, b) = (panels[i], panels[i + 1])
      let top = Swift.max(a.top, b.top)
      guard top.isFinite else { continue }
      let gap = Swift.abs(
        a.ends.high * (a.top - top).exponential - b.ends.low * (b.top - top).exponential)
      for (j, p) in [(i, a), (i + 1, b)] {
        let beyond = 0.5 * (p.high - p.low) * (1 - (Self.legendre.points.last ?? 0))
        result[j] = Swift.max(result[j], (gap * beyond).logarithm + top)
      }
    }
    return result
  }

  /// Points u of the panels that nothing is known of yet.
  var newPoints: [Double] {
    panels.filter { $0.nodes == nil }.flatMap { p in Self.nodes(p).map { point($0) } }
  }

  /// Takes the log integrand in u at `newPoints`.
  mutating func take(_ values: [Double]) {
    var at = 0
    for i in panels.indices where panels[i].nodes == nil {
      let p = panels[i]
      let t = Self.nodes(p)
      let half = 0.5 * (p.high - p.low)
      let logs = (0..<Self.order).map { k -> Double in
        let h = values[at + k]
        return h.isNaN ? -.infinity : h + jacobian(t[k])
      }
      at += Self.order
      panels[i].nodes = logs
      panels[i].error = Self.judge(t, logs, half)
      panels[i].top = logs.max() ?? -.infinity
      guard panels[i].top.isFinite else { continue }
      for (k, x) in logs.enumerated() {
        let f = (x - panels[i].top).exponential
        panels[i].ends.high += Self.legendre.atEnd[k] * f
        panels[i].ends.low += Self.legendre.atEnd[Self.order - 1 - k] * f
      }
    }
  }

  /// How far below the highest the log integrand is where a node says nothing.
  private static let depth = 80.0

  /// All nodes with log weights, which hold the Jacobian; nodes that say nothing are put out of harm's way.
  var rule: (points: [Double], logWeights: [Double]) {
    var points: [Double] = []
    var logs: [Double] = []
    let top = panels.reduce(-Double.infinity) { Swift.max($0, $1.nodes?.max() ?? -.infinity) }
    for p in panels {
      let half = 0.5 * (p.high - p.low)
      for (k, t) in Self.nodes(p).enumerated() {
        let isSeen = (p.nodes?[k] ?? -.infinity) > top - Self.depth
        points.append(isSeen ? point(t) : centre)
        logs.append(
          isSeen ? (half * Self.legendre.weights[k]).logarithm + jacobian(t) : -.infinity)
      }
    }
    return (points, logs)
  }

  private func point(_ t: Double) -> Double {
    centre + scale * 0.5 * (t.exponential - (-t).exponential)
  }

  private func jacobian(_ t: Double) -> Double {
    (scale * 0.5 * (t.exponential + (-t).exponential)).logarithm
  }

  private static func nodes(_ p: Panel) -> [Double] {
    let (middle, half) = (0.5 * (p.low + p.high), 0.5 * (p.high - p.low))
    return legendre.points.map { middle + half * $0 }
  }

  /// The log of a panel's uncertainty: the difference from what fewer of its nodes say,
  /// or what a peak between nodes may hold.
  private static func judge(_ t: [Double], _ logs: [Double], _ half: Double) -> Double {
    let top = logs.max() ?? -.infinity
    guard top > -.infinity else { return -.infinity }
    guard top.isFinite else { return top }
    let f = logs.map { ($0 - top).exponential }
    let fine = zip(legendre.weights, f).reduce(0) { $0 + $1.0 * $1.1 }
    // One of them may agree by chance, wherever a kink lies; not all.
    let gap = legendre.fewer.reduce(0) { most, weights in
      Swift.max(most, Swift.abs(fine - zip(weights, f).reduce(0) { $0 + $1.0 * $1.1 }))
    }
    var error = (half * Swift.max(gap, 1e-300)).logarithm + top
    // Where the logarithm of the integrand has a peak between nodes it may rise above them.
    if let k = logs.indices.dropFirst().dropLast().first(where: { logs[$0] == top }) {
      let (a, b) = (
        (logs[k] - logs[k - 1]) / (t[k] - t[k - 1]), (logs[k + 1] - logs[k]) / (t[k + 1] - t[k])
      )
      let bend = (a - b) * 2 / (t[k + 1] - t[k - 1])
      if bend.isFinite, bend > 0 {
        let width = 1 / bend.squareRoot()
        if width < t[k + 1] - t[k - 1] {
          // The peak of a parabola is at most this much higher.
          let rise = 0.125 * bend * (t[k + 1] - t[k - 1]) * (t[k + 1] - t[k - 1])
          error = Swift.max(error, top + Swift.min(rise, 700) + width.logarithm)
        }
      }
    }
    return error
  }

  /// Nodes and weights on (−1, 1), weights of rules that interpolate at six of the eight nodes, and weights of
  /// the nodes for the value at 1.
  static let legendre: (points: [Double], weights: [Double], fewer: [[Double]], atEnd: [Double]) = {
    var jacobi = [Double](repeating: 0, count: order * order)
    for k in 1..<order {
      let off = Double(k) / (4 * Double(k * k) - 1).squareRoot()
      jacobi[k * order + k - 1] = off
      jacobi[(k - 1) * order + k] = off
    }
    let points =
      symmetricEigen(jacobi, order)?.values ?? [Double](repeating: 0, count: order)
    var weights: [Double] = []
    for x in points {
      // Christoffel numbers of orthonormal Legendre polynomials.
      var (before, now, sum) = (0.0, 0.5.squareRoot(), 0.5)
      for k in 1..<order {
        let (a, b) = (
          (4 * Double(k * k) - 1).squareRoot() / Double(k),
          k == 1
            ? 0
            : Double(k - 1) / Double(k)
              * ((2 * Double(k) + 1) / (2 * Double(k) - 3)).squareRoot()
        )
        (before, now) = (now, a * x * now - b * before)
        sum += now * now
      }
      weights.append(1 / sum)
    }
    // Integrals of the Lagrange polynomials of six nodes, by the full rule, which is exact for them.
    let fewer = [(2, 5), (0, 7), (1, 4), (3, 6)].map { left -> [Double] in
      let chosen = (0..<order).filter { $0 != left.0 && $0 != left.1 }
      var result = [Double](repeating: 0, count: order)
      for i in chosen {
        for (x, w) in zip(points, weights) {
          result[i] += w * lagrange(i, of: chosen, points, at: x)
        }
      }
      return result
    }
    let all = Array(0..<order)
    let atEnd = all.map { lagrange($0, of: all, points, at: 1) }
    return (points, weights, fewer, atEnd)
  }()

  /// The polynomial that is 1 at node i and 0 at the other chosen ones.
  private static func lagrange(
    _ i: Int, of chosen: [Int], _ points: [Double], at x: Double
  ) -> Double {
    var result = 1.0
    for j in chosen where j != i { result *= (x - points[j]) / (points[i] - points[j]) }
    return result
  }
}
