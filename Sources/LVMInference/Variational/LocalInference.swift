import LVMCompute
import LVMModel

/// Guides of each row's own for rows that training did not see: found by climbing each row's bound at given
/// parameters, from the same start for every row.
///
/// A row's guide depends on the row alone, and on its number by the noise of its draws.
struct LocalInference {
  /// Steps of Adam: half at one size, half down to a ten-thousandth of it.
  private static let steps = 600
  private static let rate = 0.1
  /// Draws of a row in a step; one where there are none.
  private static let draws = 8
  private static let batch = 1024

  let plan: Plan
  let data: ModelData
  let parameters: [String: Tensor]
  let threads: Int
  private let program: StepProgram
  private let graph: Graph
  private let noise: [String: StandardNoise]
  private let copies: Int

  init(_ plan: Plan, data: ModelData, parameters: [String: Tensor], threads: Int) throws {
    self.plan = plan
    self.data = data
    self.parameters = parameters
    self.threads = threads
    let model = try VariationalModel(plan, masked: data.masked, mode: .evaluation)
    let loss = -model.rows.sumPlate()
    let builder = model.builder
    let own = plan.locals.compactMap { entry in
      builder.nodes.firstIndex { if case .data(entry.name) = $0.op { true } else { false } }
        .map { (entry, Value(builder: builder, id: $0)) }
    }
    builder.setOutput("loss", loss)
    for (part, slope) in zip(own, builder.gradient(of: loss, with: own.map(\.1))) {
      builder.setOutput(part.0.name, slope)
    }
    graph = narrowed(builder.finish(), parameters: [])
    noise = Dictionary(
      model.context.noise.map { ($0.column, $0.kind) }, uniquingKeysWith: { a, _ in a })
    copies = noise.isEmpty ? 1 : Self.draws
    program = try StepProgram(
      graph, loss: "loss", parameters: [], batch: Self.batch, threads: threads)
  }

  /// The numbers of every row's guide, by column.
  func columns(seed: UInt64) throws -> [String: DataColumn] {
    var rows: [String: LocalRows] = [:]
    for entry in plan.locals {
      var start = entry.start(rows: 1, seed: seed)
      if data.rows != 1 { start = (0..<data.rows).flatMap { _ in start } }
      rows[entry.name] = LocalRows(start, width: entry.width)
    }
    try feed(rows, seed)
    let chunk = Self.batch / copies
    for start in stride(from: 0, to: data.rows, by: chunk) {
      let own = start..<Swift.min(start + chunk, data.rows)
      let places = own.flatMap { row in (0..<copies).map { row + $0 * data.rows } }[...]
      for step in 0..<Self.steps {
        let way = Swift.max(0, 2 * Double(step) / Double(Self.steps) - 1)
        let rate = Self.rate * (1e-4).raised(to: way)
        let out = try program.evaluate(rows: places, epoch: step)
        for entry in plan.locals {
          guard let slope = out[entry.name], slope.values.allSatisfy(\.isFinite) else { continue }
          rows[entry.name]?.update(places, gradient: slope.values, rate: rate)
        }
      }
    }
    var result: [String: DataColumn] = [:]
    for entry in plan.locals {
      guard let own = rows[entry.name] else { continue }
      result[entry.name] = DataColumn(dims: entry.dims, values: own.values.map { Double($0) })
    }
    return result
  }

  private func feed(_ rows: [String: LocalRows], _ seed: UInt64) throws {
    for node in graph.nodes {
      if case .parameter(let name) = node.op, let value = parameters[name] {
        try program.set(name, value)
      }
      guard case .data(let name) = node.op else { continue }
      if let own = rows[name] {
        try program.set(name, .rows(RepeatedRows(base: own, copies: copies)))
      } else if let kind = noise[name] {
        try program.set(
          name,
          .random(RandomRows(kind == .normal ? .normal : .uniform, seed: seed, purpose: name)))
      } else if let column = data.columns.columns[name] {
        try program.set(
          name, .rows(RepeatedRows(base: column.minibatchRows, copies: copies)))
      }
    }
  }
}

extension ModelData {
  /// With the numbers of each row's own guide, where a plan has such guides: found anew for these rows, with
  /// what is missing in them left out.
  func withLocalGuides(
    _ plan: Plan, parameters: [String: Tensor], seed: UInt64 = 1, threads: Int = 1
  ) throws -> ModelData {
    guard !plan.locals.isEmpty, rows > 0 else { return self }
    let inference = try LocalInference(
      plan, data: self, parameters: parameters, threads: threads)
    var copy = self
    for (name, column) in try inference.columns(seed: seed) { copy.columns.columns[name] = column }
    return copy
  }
}
