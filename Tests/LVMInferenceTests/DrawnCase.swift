import Foundation
import LVM
import LVMOracle

/// A case with its table and parameters, as the engine reads them and as the oracle does.
struct DrawnCase {
  let model: Model
  let table: Table
  let csv: String
  let oracleData: OracleData
  let parameters: [String: Tensor]

  init(_ c: Case) throws {
    model = try Model(text: c.text)
    var draws = Draws(c.name, c.seed)
    let graph = model.graph.sized([:])
    let groups = Self.deal(graph, rows: c.rows)
    var columns: [String: [[Double]]] = [:]
    for v in graph.variables where v.role == .observe || v.role == .given {
      columns[v.name] = Self.column(v, graph, c, groups, &draws)
    }
    parameters = Self.parameters(graph, c, &draws)
    oracleData = OracleData(rows: c.rows, values: columns, groups: groups)
    csv = Self.csv(graph, columns, groups, rows: c.rows)
    table = try Table(csv: csv)
  }

  /// Interleaved groups: the innermost in turn, outer ones by the number of the inner. Numbers of nested
  /// groups are unique over all.
  private static func deal(_ graph: ModelGraph, rows: Int) -> [String: [Int]] {
    var result: [String: [Int]] = [:]
    let plates = graph.plates.filter { if case .groups = $0.kind { true } else { false } }
    for (depth, plate) in plates.enumerated() {
      let count = plates.count == 1 ? 2 : 2 << depth
      result[plate.name] = (0..<rows).map { row in
        // Groups of unequal sizes: the last rows stay in the first group.
        let inner = row % (plates.count == 1 ? (row < 4 ? count : 1) : 2 << (plates.count - 1))
        return inner % count
      }
    }
    return result.mapValues { numbers in
      // Numbered without gaps, whatever the number of rows.
      let order = Set(numbers).sorted()
      return numbers.map { order.firstIndex(of: $0) ?? 0 }
    }
  }

  private static func column(
    _ v: Variable, _ graph: ModelGraph, _ c: Case, _ groups: [String: [Int]], _ draws: inout Draws
  ) -> [[Double]] {
    let width = (v.type.dims ?? []).reduce(1, *)
    if let fixed = c.fixedColumns[v.name] {
      return (0..<c.rows).map { Array(fixed[$0 * width..<($0 + 1) * width]) }
    }
    var values = (0..<c.rows).map { _ in cell(v, width, &draws) }
    if case .groups = graph[v.plate].kind, let group = groups[graph[v.plate].name] {
      values = group.map { number in values[group.firstIndex(of: number) ?? 0] }
    } else if v.role == .observe, c.missing > 0 {
      for i in values.indices {
        for j in values[i].indices where draws.uniform() < c.missing { values[i][j] = .nan }
      }
    }
    return values
  }

  private static func cell(_ v: Variable, _ width: Int, _ draws: inout Draws) -> [Double] {
    if v.type.kind == .simplex {
      let raw = (0..<width).map { _ in 0.3 + draws.uniform() }
      return raw.map { $0 / raw.reduce(0, +) }
    }
    return (0..<width).map { _ in
      switch v.type.kind {
      case .real: draws.spread()
      case .positive: 0.3 + 2 * draws.uniform()
      case .unit: 0.1 + 0.8 * draws.uniform()
      case .count, .integer: Double((v.role == .given ? 3 : 0) + draws.below(4))
      case .binary: Double(draws.below(2))
      case .category(let size, _): Double(draws.below(size.constant ?? 2))
      case .simplex, .covariance, .correlation, .cholesky, .orthonormal: .nan
      }
    }
  }

  private static func csv(
    _ graph: ModelGraph, _ columns: [String: [[Double]]], _ groups: [String: [Int]], rows: Int
  ) -> String {
    var header: [String] = []
    var cells = [[String]](repeating: [], count: rows)
    for (plate, numbers) in groups.sorted(by: { $0.key < $1.key }) {
      header.append(plate)
      for i in 0..<rows { cells[i].append("g\(numbers[i])") }
    }
    for v in graph.variables {
      guard let values = columns[v.name] else { continue }
      let width = values[0].count
      header += v.type.isScalar ? [v.name] : (1...width).map { "\(v.name)\($0)" }
      // Categories count from one in a table.
      let shift: Double = if case .category = v.type.kind { 1 } else { 0 }
      for i in 0..<rows {
        cells[i] += values[i].map { $0.isNaN ? "NA" : "\($0 + shift)" }
      }
    }
    return ([header] + cells).map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
  }

  private static func parameters(
    _ graph: ModelGraph, _ c: Case, _ draws: inout Draws
  ) -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for v in graph.variables where v.role == .param {
      if case .equal = v.definition { continue }
      let dims = v.type.dims ?? []
      if let fixed = c.fixedParameters[v.name] {
        result[v.name] = Tensor(dims, fixed)
        continue
      }
      let event = dims.suffix(v.type.kind.eventRank).map { $0 }
      let batch = dims.dropLast(v.type.kind.eventRank).reduce(1, *)
      let values = (0..<batch).flatMap { _ in value(v.type.kind, event, &draws) }
      result[v.name] = Tensor(dims, values)
    }
    return result
  }

  private static func value(_ kind: ElementKind, _ event: [Int], _ draws: inout Draws) -> [Double] {
    switch kind {
    case .real: return [0.8 * draws.spread()]
    case .positive: return [0.5 + 1.2 * draws.uniform()]
    case .unit: return [0.15 + 0.7 * draws.uniform()]
    case .count, .integer, .binary, .category: return [1]
    case .simplex:
      let raw = (0..<event[0]).map { _ in 0.3 + draws.uniform() }
      return raw.map { $0 / raw.reduce(0, +) }
    case .covariance, .correlation:
      let n = event[0]
      let a = (0..<n * n).map { _ in 0.6 * draws.spread() }
      var s = [Double](repeating: 0, count: n * n)
      for i in 0..<n {
        for j in 0..<n {
          s[i * n + j] = (0..<n).reduce(i == j ? 0.5 : 0) { $0 + a[i * n + $1] * a[j * n + $1] }
        }
      }
      guard kind == .correlation else { return s }
      return s.indices.map { s[$0] / sqrt(s[$0 / n * (n + 1)] * s[$0 % n * (n + 1)]) }
    case .cholesky:
      let n = event[0]
      return (0..<n * n).map { k in
        k / n == k % n ? 0.6 + draws.uniform() : (k % n < k / n ? 0.6 * draws.spread() : 0)
      }
    case .orthonormal:
      let (d, l) = (event[0], event[1])
      var w = (0..<d * l).map { _ in draws.spread() }
      for j in 0..<l {
        for k in 0..<j {
          let dot = (0..<d).reduce(0) { $0 + w[$1 * l + j] * w[$1 * l + k] }
          for i in 0..<d { w[i * l + j] -= dot * w[i * l + k] }
        }
        let norm = sqrt((0..<d).reduce(0) { $0 + w[$1 * l + j] * w[$1 * l + j] })
        for i in 0..<d { w[i * l + j] /= norm }
      }
      return w
    }
  }

  /// The oracle for the same numbers.
  var oracle: Oracle {
    Oracle(
      model: model.graph.sized([:]), data: oracleData,
      parameters: parameters.mapValues(\.values))
  }
}
