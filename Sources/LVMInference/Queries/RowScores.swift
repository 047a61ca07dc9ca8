import LVMCompute
import LVMModel

/// log p of each unit at given parameters: of a row, of a group, or in a chain of a row given its past.
public struct RowScores: Sendable {
  /// One number per unit of `plate`.
  public var values: [Double]
  /// 0 for rows, else the plate of the outermost group.
  public var plate: Int

  public init(_ plan: Plan, data: ModelData, parameters: [String: Tensor], threads: Int = 1) throws {
    let lowered = try LoweredModel(plan, masked: data.masked)
    let outermost = plan.nesting.outermost
    plate = outermost.index
    let isChain = plan.program.steps.contains { step in
      switch step {
      case .scanFinite, .scanGaussian: true
      case .integrateGaussian, .integrateConjugate, .sumOut, .productOver: false
      }
    }
    if isChain, outermost == .rows {
      values = try Self.chained(plan, data, parameters, threads)
      return
    }
    guard let perUnit = lowered.perUnit else {
      values = [Double](repeating: 0, count: data.columns.layout.count(outermost))
      return
    }
    let builder = lowered.builder
    builder.setOutput("score", perUnit * lowered.context.ones(outermost))
    let executor = Executor(Program(builder.finish()), data: data.columns, threads: threads)
    values = try executor.run(parameters)["score"]?.values ?? []
  }

  /// log p(row | past) of one long series: differences of the log likelihood of its beginnings.
  private static func chained(
    _ plan: Plan, _ data: ModelData, _ parameters: [String: Tensor], _ threads: Int
  ) throws -> [Double] {
    let lowered = try LoweredModel(plan, masked: data.masked)
    let builder = lowered.builder
    let program = Program({ () -> Graph in
      builder.setOutput("total", lowered.root)
      return builder.finish()
    }())
    var result: [Double] = []
    var before = 0.0
    for n in 1...Swift.max(1, data.rows) where data.rows > 0 {
      let executor = Executor(program, data: data.prefix(n).columns, threads: 1)
      let total = try executor.run(parameters)["total"]?.values.first ?? .nan
      result.append(total - before)
      before = total
    }
    return result
  }
}

extension ModelData {
  /// The first rows of a table without groups.
  func prefix(_ n: Int) -> ModelData {
    var copy = self
    copy.rows = n
    copy.columns.layout = PlateLayout(counts: [n])
    for (name, column) in columns.columns {
      let width = Swift.max(1, column.dims.reduce(1, *))
      copy.columns.columns[name] = DataColumn(
        plate: column.plate, dims: column.dims, values: Array(column.values.prefix(n * width)))
    }
    return copy
  }
}
