import LVMCompute
import LVMModel

/// Lays out the panels of every unit at given parameters: about the modes that were found, then wherever
/// dividing a panel tells most.
///
/// All units are divided together, a batch of panels at a time, by a program that evaluates the log
/// integrand at the batch's nodes; blocks take turns within it.
final class PanelPlacement {
  private struct Cells {
    var block: QuadratureBlock
    var index: Int
    var names: (centre: String, scale: String, point: String, weight: String)
    /// Cells of the labels whose axes come after that of the nodes.
    var inner: Int

    /// A column of one number a node from those of each cell; a cell is a unit with its labels.
    func table(_ rows: [[Double]], _ nodes: Int) -> [Double] {
      guard inner > 1 else { return rows.flatMap { $0 } }
      var result = [Double](repeating: 0, count: rows.count * nodes)
      for (c, row) in rows.enumerated() {
        for (k, x) in row.enumerated() {
          result[(c / inner * nodes + k) * inner + c % inner] = x
        }
      }
      return result
    }

    /// What `table` makes one column of.
    func rows(_ table: [Double], _ nodes: Int) -> [[Double]] {
      (0..<(table.count / nodes)).map { c in
        (0..<nodes).map { table[(c / inner * nodes + $0) * inner + c % inner] }
      }
    }
  }

  private let executor: Executor
  private let cells: [Cells]

  init(
    _ plan: InferencePlan, data: ModelData, runtime: Runtime, prepare: ((LoweringContext) -> Void)?
  ) throws {
    var batch = plan
    for i in batch.quadrature.indices where batch.quadrature[i].rule == .panels {
      batch.quadrature[i].nodes = PanelMesh.batch * PanelMesh.order
    }
    var cells: [Cells] = []
    let lowered = try batch.lowered(masked: data.masked).fork(prepare)
    for (i, block) in plan.quadrature.enumerated() where block.rule == .panels {
      guard let integrand = lowered.nodes(of: block)?.integrand else { continue }
      let sizes = data.states(of: block, plan.model)
      let kept = integrand.logSummed(keeping: Set(block.nodeAxes))
      let dims = block.nodeAxes.map { axis in
        axis == block.axis
          ? PanelMesh.batch * PanelMesh.order
          : sizes[block.labels.firstIndex(of: axis) ?? 0]
      }
      let ones = lowered.context.ones(block.plate).reshape(
        [Int](repeating: 1, count: dims.count))
      lowered.builder.setOutput(
        "h\(i)", kept.expanded(to: block.nodeAxes, eventRank: 0).broadcast(dims) * ones)
      let inner = zip(block.labels, sizes).reduce(1) { $1.0 > block.axis ? $0 * $1.1 : $0 }
      cells.append(
        Cells(
          block: block, index: i,
          names: (
            block.centreColumn(plan.model), block.scaleColumn(plan.model),
            block.pointColumn(plan.model), block.weightColumn(plan.model)
          ), inner: inner))
    }
    self.cells = cells
    executor = runtime.evaluator(
      Program(lowered.builder.finish()), data: data.withNodes(batch).columns,
      varying: Set(
        plan.quadrature.flatMap { block in
          [
            block.centreColumn(plan.model), block.scaleColumn(plan.model),
            block.pointColumn(plan.model), block.weightColumn(plan.model),
          ]
        }))
  }

  /// Adds points and weights to columns that hold centres and scales.
  func place(_ parameters: [String: Tensor], _ columns: inout [String: [Double]]) throws {
    var meshes = cells.map { c -> [PanelMesh] in
      let (m, s) = (columns[c.names.centre] ?? [], columns[c.names.scale] ?? [])
      return zip(m, s).map { PanelMesh(centre: $0, scale: $1) }
    }
    let rounds = cells.map { PanelMesh.rounds(for: $0.block.nodes) }
    let nodes = PanelMesh.batch * PanelMesh.order
    for round in 0...(rounds.max() ?? 0) {
      var varied = columns
      for (b, c) in cells.enumerated() {
        if round > 0, round <= rounds[b] {
          for i in meshes[b].indices { meshes[b][i].split() }
        }
        if round <= rounds[b] {
          varied[c.names.point] = c.table(meshes[b].map(\.newPoints), nodes)
        }
        varied[c.names.weight] = [Double](repeating: 0, count: meshes[b].count * nodes)
      }
      let out = try executor.run(parameters, varied: varied)
      for (b, c) in cells.enumerated() where round <= rounds[b] {
        let values = out["h\(c.index)"]?.values ?? []
        for (i, own) in c.rows(values, nodes).enumerated() { meshes[b][i].take(own) }
      }
    }
    for (b, c) in cells.enumerated() {
      let rules = meshes[b].map(\.rule)
      columns[c.names.point] = c.table(rules.map(\.points), c.block.nodes)
      columns[c.names.weight] = c.table(rules.map(\.logWeights), c.block.nodes)
    }
  }
}
