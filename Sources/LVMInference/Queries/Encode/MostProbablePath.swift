import LVMCompute
import LVMModel

/// The most probable joint values of the labels of a model, all data taken together.
///
/// Of a chain, its best path through each series by dynamic programming over log probabilities (Viterbi
/// 1967), with everything else summed out; of a single label without a chain, its most probable value.
public struct MostProbablePath: Sendable {
  /// The label's name in the model.
  public var variable: String
  /// 0 for rows, 1 for the group round them, and so on.
  public var plate: Int
  /// Zero-based values, one an instance; of rows, in the order of the table.
  public var values: [Int]

  /// - Throws: `QueryError.noPath` where labels are tied to each other in any other way than a chain.
  public init(_ posterior: any Posterior, runtime: Runtime = .serial) throws {
    let (plan, data) = (posterior.plan, posterior.data)
    let chains = plan.program.all(LabelChain.self).map(\.label)
    let labels = plan.program.all(LabelSum.self).map(\.axis)
    if let chain = chains.first {
      self = try Self.ofChain(chain, plan, data, posterior.parameters, runtime)
      return
    }
    guard let label = labels.first else {
      throw QueryError.noPath(reason: "the model has no latent labels")
    }
    guard labels.count == 1 else {
      let names = labels.map { "`\(plan.model[$0.variable].name)`" }
      throw QueryError.noPath(
        reason:
          "the joint mode of several labels (\(names.joined(separator: ", "))) is not computed")
    }
    let name = plan.model[label.variable].name
    let found = try posterior.latents().first { $0.variable == name }
    guard let own = found?.inTableOrder(data), case .probabilities(let p, let k) = own.content
    else { throw QueryError.noPath(reason: "`\(name)` has no posterior of its own") }
    variable = name
    plate = own.plate
    values = (0..<own.instances).map { i in
      (0..<k).max { p[i * k + $0] < p[i * k + $1] } ?? 0
    }
  }

  private init(variable: String, plate: Int, values: [Int]) {
    self.variable = variable
    self.plate = plate
    self.values = values
  }

  private static func ofChain(
    _ id: VariableID, _ plan: InferencePlan, _ data: ModelData, _ parameters: [String: Tensor],
    _ runtime: Runtime
  ) throws -> MostProbablePath {
    let lowered = try plan.lowered(masked: data.masked).fork()
    let builder = lowered.builder
    let node = builder.nodes.indices.first { i in
      if case .finiteChain = builder.nodes[i].op { return true }
      return false
    }
    guard let node else { throw QueryError.noPath(reason: "its chain was not scanned") }
    let inputs = builder.nodes[node].inputs
    for (i, input) in inputs.enumerated() {
      builder.setOutput("\(i)", Value(builder: builder, id: input))
    }
    let shapes = inputs.map { builder.nodes[$0].shape }
    let out = try runtime.evaluator(Program(builder.finish()), data: data.columns)
      .run(parameters)
    let layout = data.columns.layout
    let tables = shapes.indices.map { i in
      PathTable(
        values: out["\(i)"]?.values ?? [], size: shapes[i].count,
        instance: PathTable.instances(of: shapes[i].plate, layout, rows: data.rows))
    }
    let begins = layout.counts.count > 1 ? Array(layout.offsets[0]) : [0, data.rows]
    let k = shapes[2].dims.last ?? 1
    var sorted = [Int](repeating: 0, count: data.rows)
    for (start, end) in zip(begins, begins.dropFirst()) where start < end {
      walk(tables, k, start, end, &sorted)
    }
    var values = sorted
    for (i, row) in data.order.enumerated() { values[row] = sorted[i] }
    return MostProbablePath(variable: plan.model[id].name, plate: 0, values: values)
  }

  /// One series: best log probability of a path to each value, and where it came from.
  private static func walk(
    _ tables: [PathTable], _ k: Int, _ start: Int, _ end: Int, _ path: inout [Int]
  ) {
    let (initial, transition, emission) = (tables[0], tables[1], tables[2])
    var best = (0..<k).map { initial[start, $0] + emission[start, $0] }
    var from = [Int](repeating: 0, count: (end - start) * k)
    for t in (start + 1)..<max(end, start + 1) {
      var next = [Double](repeating: -.infinity, count: k)
      for j in 0..<k {
        for i in 0..<k {
          let score = best[i] + transition[t, i * k + j]
          if score > next[j] {
            next[j] = score
            from[(t - start) * k + j] = i
          }
        }
        next[j] += emission[t, j]
      }
      best = next
    }
    var state = best.indices.max { best[$0] < best[$1] } ?? 0
    for t in stride(from: end - 1, through: start, by: -1) {
      path[t] = state
      state = from[(t - start) * k + state]
    }
  }
}

/// A chain's log table, read by row.
private struct PathTable {
  var values: [Double]
  var size: Int
  /// Which instance of its plate each row belongs to; nil for one table for all rows.
  var instance: [Int]?

  subscript(row: Int, at: Int) -> Double {
    values[(instance.map { $0[row] } ?? 0) * size + at]
  }

  static func instances(of plate: PlateID?, _ layout: PlateLayout, rows: Int) -> [Int]? {
    guard let plate else { return nil }
    if plate == .rows { return Array(0..<rows) }
    let offsets = layout.offsets(of: plate, into: .rows)
    var result = [Int](repeating: 0, count: rows)
    for g in 0..<(offsets.count - 1) {
      for row in offsets[g]..<offsets[g + 1] { result[row] = g }
    }
    return result
  }
}
