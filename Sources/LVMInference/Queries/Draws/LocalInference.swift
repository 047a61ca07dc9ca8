import LVMCompute
import LVMModel

/// Guides of each row's own for rows that training did not see: found by maximising each row's
/// bound at given parameters, from the same few starts for every row, of which the best end is
/// kept.
///
/// A row's guide depends on the row alone, and on its number by the noise of its draws.
struct LocalInference {
  /// Steps of Adam: half at one size, half down to a ten-thousandth of it.
  private static let steps = 600
  private static let rate = 0.1
  /// Draws of a row in a step; one where there are none.
  private static let draws = 8
  private static let batch = 1024
  /// Starts: more where nothing is drawn and a row's bound may have many peaks.
  private static let (starts, pointStarts) = (3, 8)

  let plan: InferencePlan
  let data: ModelData
  let parameters: [String: Tensor]
  let runtime: Runtime
  private let program: MinibatchEvaluator
  private let graph: Graph
  private let noise: [String: StandardNoise]
  private let copies: Int

  init(_ plan: InferencePlan, data: ModelData, parameters: [String: Tensor], runtime: Runtime)
    throws
  {
    self.plan = plan
    self.data = data
    self.parameters = parameters
    self.runtime = runtime
    let model = try VariationalModel(plan, masked: data.masked, mode: .evaluation)
    let loss = -model.rows.sumPlate()
    let builder = model.builder
    let own = plan.locals.compactMap { entry in
      builder.nodes.firstIndex { if case .data(entry.name) = $0.op { true } else { false } }
        .map { (entry, Value(builder: builder, id: $0)) }
    }
    builder.setOutput(Self.rowBounds, model.rows)
    for (part, slope) in zip(own, builder.gradient(of: loss, with: own.map(\.1))) {
      builder.setOutput(part.0.name, slope)
    }
    graph = narrowed(builder.finish(), parameters: [])
    noise = Dictionary(
      model.context.noise.map { ($0.column, $0.kind) }, uniquingKeysWith: { a, _ in a })
    copies = noise.isEmpty ? 1 : Self.draws
    program = try runtime.minibatchEvaluator(graph, batch: Self.batch)
  }

  /// The numbers of every row's guide, by column.
  func columns(seed: UInt64) throws -> [String: DataColumn] {
    var rows: [String: LocalRows] = [:]
    for entry in plan.locals {
      rows[entry.name] = LocalRows(
        [Float](repeating: 0, count: data.rows * entry.width), width: entry.width)
    }
    try feed(rows, seed)
    var best = rows.mapValues(\.values)
    let chunk = Self.batch / copies
    for first in stride(from: 0, to: data.rows, by: chunk) {
      let own = first..<Swift.min(first + chunk, data.rows)
      let places = own.flatMap { row in (0..<copies).map { row + $0 * data.rows } }[...]
      var highest = [Double](repeating: -.infinity, count: own.count)
      for start in 0..<(copies == 1 ? Self.pointStarts : Self.starts) {
        for entry in plan.locals { rows[entry.name]?.begin(own, at: begin(entry, start, seed)) }
        let bounds = try climb(rows, places)
        for (i, row) in own.enumerated() where start == 0 || bounds[i] > highest[i] {
          highest[i] = bounds[i].isNaN ? -.infinity : bounds[i]
          for entry in plan.locals {
            guard let values = rows[entry.name]?.values else { continue }
            for at in (row * entry.width)..<((row + 1) * entry.width) {
              best[entry.name]?[at] = values[at]
            }
          }
        }
      }
    }
    var result: [String: DataColumn] = [:]
    for entry in plan.locals {
      guard let own = best[entry.name] else { continue }
      result[entry.name] = DataColumn(dims: entry.dims, values: own.map { Double($0) })
    }
    return result
  }

  /// The first start is near the middle, the others as far from it as latents usually are.
  private func begin(_ entry: LocalColumn, _ start: Int, _ seed: UInt64) -> [Float] {
    let values = entry.start(rows: 1, seed: seed &+ UInt64(start))
    return start > 0 && entry.part == .location ? values.map { 10 * $0 } : values
  }

  /// Maximises some rows' bounds and returns what they reach.
  private func climb(_ rows: [String: LocalRows], _ places: ArraySlice<Int>) throws -> [Double] {
    for step in 0..<Self.steps {
      let way = Swift.max(0, 2 * Double(step) / Double(Self.steps) - 1)
      let rate = Self.rate * (1e-4).raised(to: way)
      let out = try program.evaluate(rows: places, epoch: step)
      for entry in plan.locals {
        guard let slope = out[entry.name] else { continue }
        rows[entry.name]?.update(
          places, gradient: slope.values.map { $0.isFinite ? $0 : 0 }, rate: rate)
      }
    }
    let values = try program.evaluate(rows: places, epoch: Self.steps)[Self.rowBounds]?.values ?? []
    return (0..<(places.count / copies)).map { i in
      (0..<copies).reduce(0) { $0 + values[i * copies + $1] } / Double(copies)
    }
  }

  private static let rowBounds = "$rows"

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
    _ plan: InferencePlan, parameters: [String: Tensor], seed: UInt64 = 1,
    runtime: Runtime = .serial
  ) throws -> ModelData {
    guard !plan.locals.isEmpty, rows > 0 else { return self }
    let inference = try LocalInference(
      plan, data: self, parameters: parameters, runtime: runtime)
    var copy = self
    for (name, column) in try inference.columns(seed: seed) { copy.columns.columns[name] = column }
    return copy
  }
}
