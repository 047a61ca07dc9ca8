import Foundation
import LVM
import Testing

/// A model bound to a small table, with its training program at numbers that are neither round nor alike.
struct TrainingGraphCase {
  let program: TrainingGraph
  let plan: Plan
  let data: ModelData
  var parameters: [String: Tensor] = [:]
  /// Noise columns by name.
  var noise: [String: [Double]] = [:]

  init(_ text: String, _ table: Table, isTraining: Bool = true, closedForm: Bool = true) throws {
    let bound = try Model(text: text).bound(to: table)
    plan = try Planner.plan(bound.graph, facts: DataFacts(masked: bound.data.masked))
    data = bound.data
    program = try plan.inference.trainingGraph(
      for: bound.data, isTraining: isTraining, closedForm: closedForm)
    let trained = Set(program.trained)
    for (k, node) in program.graph.nodes.enumerated() {
      guard case .parameter(let name) = node.op, trained.contains(name) else { continue }
      parameters[name] = Tensor(
        node.shape.dims, Self.wobble(node.shape.count, from: -0.6, to: 0.6, salt: k))
    }
    for (k, entry) in program.noise.enumerated() {
      let count = data.rows * entry.dims.reduce(1, *)
      noise[entry.name] = Self.wobble(
        count, from: entry.isUniform ? 0.01 : -1.8, to: entry.isUniform ? 0.99 : 1.8, salt: 40 + k)
    }
  }

  static func wobble(_ count: Int, from low: Double, to high: Double, salt: Int) -> [Double] {
    (0..<count).map { i in
      let x = Double((i + 1) * 7919 + salt * 104_729) * 0.618_033_988_749_894_9
      return low + (high - low) * (x - x.rounded(.down))
    }
  }

  /// A table of columns p1, p2, … and a label, all small numbers.
  static func table(rows: Int, width: Int) throws -> Table {
    let values = wobble(rows * width, from: -1.5, to: 1.5, salt: 3)
    let header = (1...width).map { "p\($0)" }.joined(separator: ",") + ",label"
    let lines = (0..<rows).map { i in
      (0..<width).map { "\(values[i * width + $0])" }.joined(separator: ",") + ",\(i % 3 + 1)"
    }
    return try Table(csv: ([header] + lines).joined(separator: "\n") + "\n")
  }

  private var columns: DataColumns {
    var all = data.columns
    for entry in program.noise {
      all.columns[entry.name] = DataColumn(dims: entry.dims, values: noise[entry.name] ?? [])
    }
    return all
  }

  /// The graph's outputs at the case's numbers.
  func outputs() throws -> [String: Tensor] {
    try Runtime.serial.evaluator(Program(program.graph), data: columns).run(
      parameters.merging(program.settings) { a, _ in a })
  }

  /// The gradient of the loss by each trained parameter, in Float64.
  func gradients() throws -> (found: [String: Tensor], loss: ([String: Tensor]) throws -> Double) {
    let builder = GraphBuilder(program.graph)
    let place = try #require(program.graph.outputs[TrainingGraph.loss])
    let loss = Value(builder: builder, id: place)
    let leaves = program.trained.map { name in
      Value(
        builder: builder,
        id: program.graph.nodes.firstIndex {
          if case .parameter(name) = $0.op { true } else { false }
        } ?? 0)
    }
    for (name, slope) in zip(program.trained, builder.gradient(of: loss, with: leaves)) {
      builder.setOutput("d " + name, slope)
    }
    let executor = Runtime.serial.evaluator(Program(builder.finish()), data: columns)
    let settings = program.settings
    let out = try executor.run(parameters.merging(settings) { a, _ in a })
    var found: [String: Tensor] = [:]
    for name in program.trained { found[name] = out["d " + name] }
    let plain = Runtime.serial.evaluator(Program(program.graph), data: columns)
    return (
      found,
      { try plain.run($0.merging(settings) { a, _ in a })[TrainingGraph.loss]?.values[0] ?? .nan }
    )
  }

  /// The gradient as a step of training computes it, in Float32.
  func stepGradients() throws -> [String: [Float]] {
    let loss = TrainedLoss(TrainingGraph.loss, parameters: program.trained)
    let step = try Runtime(threads: 2).trainer(
      narrowed(program.graph, parameters: Set(program.trained)), losses: [loss],
      batch: data.rows)
    for (name, value) in program.settings { try step.set(name, value) }
    for (name, value) in parameters {
      try step.parameters.set(name, value.values.map { Float($0) })
    }
    for node in program.graph.nodes {
      guard case .data(let name) = node.op, let column = columns.columns[name] else { continue }
      try step.set(
        name, .rows(DoubleRows(column.values, width: max(1, column.dims.reduce(1, *)))))
    }
    _ = try step.differentiate(rows: Array(0..<data.rows)[...])
    var result: [String: [Float]] = [:]
    for name in program.trained { result[name] = try step.parameters.gradient(name) }
    return result
  }
}
