import Foundation
import LVMModel

/// A tiny table, parameters and latents drawn for any model: the same for the same name on every machine.
public struct DrawnModel: Sendable {
  /// All sizes constant; parameters stand for what networks give.
  public let model: ModelGraph
  public let data: OracleData
  public let parameters: [String: [Double]]
  /// Values of latents, instance after instance, by name.
  public let latents: [String: [Double]]

  private struct Draws {
    var state: UInt64

    mutating func uniform() -> Double {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return (Double((z ^ (z >> 31)) >> 11) + 0.5) / 9_007_199_254_740_992
    }

    mutating func below(_ n: Int) -> Int { Int(uniform() * Double(n)) }
    mutating func spread() -> Double { (0..<4).reduce(-2.0) { sum, _ in sum + uniform() } * 1.5 }
  }

  /// - Parameters:
  ///   - model: all sizes constant.
  ///   - missing: the share of observed cells left empty.
  public init(_ original: ModelGraph, name: String, seed: Int, rows: Int = 6, missing: Double = 0) {
    let model = original.withStandIns()
    self.model = model
    var draws = Draws(
      state: name.utf8.reduce(0xcbf2_9ce4_8422_2325 ^ UInt64(seed)) {
        ($0 ^ UInt64($1)) &* 0x0100_0000_01b3
      })
    let groups = Self.deal(model, rows)
    var values: [String: [[Double]]] = [:]
    var parameters: [String: [Double]] = [:]
    var latents: [String: [Double]] = [:]
    for v in model.variables {
      let dims = v.type.dims ?? []
      func one() -> [Double] { Self.value(v, dims, &draws) }
      switch v.role {
      case .param: parameters[v.name] = one()
      case .observe, .given:
        var cells = (0..<rows).map { _ in one() }
        if case .groups = model[v.plate].kind, let group = groups[model[v.plate].name] {
          cells = group.map { number in cells[group.firstIndex(of: number) ?? 0] }
        } else if v.role == .observe {
          for i in cells.indices {
            for j in cells[i].indices where draws.uniform() < missing { cells[i][j] = .nan }
          }
        }
        values[v.name] = cells
      case .latent: latents[v.name] = (0..<rows).flatMap { _ in one() }
      case .binding: break
      }
    }
    data = OracleData(rows: rows, values: values, groups: groups)
    self.parameters = parameters
    self.latents = latents
  }

  /// Two groups in each plate, or in each group of the plate around it, numbered without gaps.
  private static func deal(_ model: ModelGraph, _ rows: Int) -> [String: [Int]] {
    var result: [String: [Int]] = [:]
    for (index, plate) in model.plates.enumerated() {
      guard case .groups = plate.kind else { continue }
      let outer = plate.parent.flatMap { result[model[$0].name] }
      let numbers = (0..<rows).map { 2 * (outer?[$0] ?? 0) + ($0 >> (index - 1)) % 2 }
      let order = Set(numbers).sorted()
      result[plate.name] = numbers.map { order.firstIndex(of: $0) ?? 0 }
    }
    return result
  }

  private static func value(_ v: Variable, _ dims: [Int], _ draws: inout Draws) -> [Double] {
    let event = Array(dims.suffix(v.type.kind.eventRank))
    let batch = dims.dropLast(v.type.kind.eventRank).reduce(1, *)
    return (0..<batch).flatMap { _ in value(v, event: event, &draws) }
  }

  private static func value(_ v: Variable, event: [Int], _ draws: inout Draws) -> [Double] {
    let n = event.first ?? 1
    func mass() -> [Double] {
      let raw = (0..<n).map { _ in 0.3 + draws.uniform() }
      return raw.map { $0 / raw.reduce(0, +) }
    }
    switch v.type.kind {
    case .real: return [draws.spread()]
    case .positive: return [0.3 + 2 * draws.uniform()]
    case .unit: return [0.1 + 0.8 * draws.uniform()]
    case .count, .integer: return [Double((v.role == .given ? 3 : 0) + draws.below(4))]
    case .binary: return [Double(draws.below(2))]
    case .category(let size, _): return [Double(draws.below(size.constant ?? 2))]
    case .simplex: return mass()
    case .cholesky:
      return (0..<n * n).map { k in
        k / n == k % n ? 0.6 + draws.uniform() : (k % n < k / n ? 0.6 * draws.spread() : 0)
      }
    case .covariance, .correlation:
      let a = (0..<n * n).map { _ in 0.6 * draws.spread() }
      let s = (0..<n * n).map { k in
        (0..<n).reduce(k / n == k % n ? 0.5 : 0) { $0 + a[k / n * n + $1] * a[k % n * n + $1] }
      }
      guard v.type.kind == .correlation else { return s }
      return s.indices.map { s[$0] / (s[$0 / n * (n + 1)] * s[$0 % n * (n + 1)]).squareRoot() }
    case .orthonormal:
      // A rotation by blocks of two columns, cut to size.
      let (d, l) = (event[0], event[1])
      let angle = draws.uniform()
      return (0..<d * l).map { k in
        let (i, j) = (k / l, k % l)
        guard d > 1, i < 2, j < 2, l > 1 else { return i == j ? 1 : 0 }
        return i == j ? cos(angle) : (i < j ? -sin(angle) : sin(angle))
      }
    }
  }
}
