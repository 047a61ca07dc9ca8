import LVMCompute
import LVMModel

/// Finds, at given parameters, where each unit's integrand has its mode and how wide it is there: the
/// centres and scales of adaptive quadrature (Naylor & Smith 1982; Pinheiro & Bates 1995).
///
/// One program evaluates every unit's log integrand at a point with its gradient and Hessian; Newton
/// steps of all units are taken together, each damped by itself. Calls start from the last modes.
///
/// Of a block inside another the modes depend on the outer latent. Outer modes are those of the inner
/// integral, found in turn with the inner ones until they rest; the line along which inner modes move with
/// the outer latent is measured one scale to either side.
final class NodePlacement {
  /// The cells of one block: a unit's labels each have a mode.
  private struct Cells {
    var block: QuadratureBlock
    var names: (centre: String, scale: String, slope: String)
    var count: Int
    var modes: [Double]
    /// Whether a kink's place and width come with the program.
    var hasKink = false
    /// Whether nodes are the latents themselves.
    var isReal: Bool
    /// Of a block inside another: which outer cell each cell lies in.
    var parents: [Int] = []
  }

  /// Modes and what goes with them, per block.
  private struct Found {
    var search: ModeSearch
    var kinks: [Double] = []
    var widths: [Double] = []
  }

  private let executor: Executor
  /// The inner integral as a function of outer latents, where one block lies inside another.
  private var outerExecutor: Executor?
  private var panels: PanelPlacement?
  private var cells: [Cells] = []
  private let limit = 80
  private static let rounds = 30
  /// Share of a scale by which outer modes may still move.
  private static let rest = 1e-4

  /// `prepare` must be that of the program whose nodes are placed.
  init(
    _ plan: InferencePlan, data: ModelData, runtime: Runtime,
    prepare: ((LoweringContext) -> Void)? = nil
  ) throws {
    // Where nodes are to span the priors, no data speak.
    let data = plan.spansPriors ? data.hidingObserved(plan.model) : data
    let placed = data.withNodes(plan)
    let names = plan.quadrature.map {
      (
        centre: $0.centreColumn(plan.model), scale: $0.scaleColumn(plan.model),
        slope: $0.slopeColumn(plan.model)
      )
    }
    let varying = Set(names.flatMap { [$0.centre, $0.scale, $0.slope] })
    func executor(_ position: NodePosition, _ found: inout [Cells]) throws -> Executor {
      let lowered = try LoweredModel(
        plan, LoweringOptions(masked: data.masked), nodes: position
      ).fork(prepare)
      for (i, block) in plan.quadrature.enumerated() {
        if case .outerCentre = position, block.outer != nil { continue }
        found[i].hasKink = try Self.output(i, block, lowered, plan)
      }
      return runtime.evaluator(
        Program(lowered.builder.finish()), data: placed.columns,
        varying: varying)
    }
    let layout = data.columns.layout
    cells = zip(plan.quadrature, names).map { block, names in
      let count = layout.count(block.plate) * placed.states(of: block, plan.model).reduce(1, *)
      var cells = Cells(
        block: block, names: names, count: count,
        modes: [Double](repeating: 0, count: count * block.dimension),
        isReal: block.members.allSatisfy { plan.model[$0].type.kind == .real })
      if let outer = plan.quadrature.first(where: { $0.members.first == block.outer }) {
        let offsets = layout.offsets(of: outer.plate, into: block.plate)
        for (group, (first, end)) in zip(offsets, offsets.dropFirst()).enumerated() {
          cells.parents += [Int](repeating: group, count: end - first)
        }
      }
      return cells
    }
    var found = cells
    self.executor = try executor(.centre, &found)
    if cells.contains(where: { $0.block.outer != nil }) {
      outerExecutor = try executor(.outerCentre, &found)
    }
    cells = found
    if plan.hasPanels {
      panels = try PanelPlacement(plan, data: data, runtime: runtime, prepare: prepare)
    }
  }

  /// Adds the log integrand of a block, its gradient and Hessian to a program's outputs; whether a kink's
  /// place and width are among them.
  private static func output(
    _ i: Int, _ block: QuadratureBlock, _ lowered: Fork, _ plan: InferencePlan
  ) throws -> Bool {
    let builder = lowered.builder
    let centre = lowered.context.centre(of: block).value
    let sizes = block.labels.map {
      lowered.context.states(of: plan.model[$0.variable].type) ?? 1
    }
    guard let integrand = lowered.nodes(of: block)?.integrand else { return false }
    let kept = integrand.logSummed(keeping: Set(block.labels + [block.axis]))
    // The block's own axis has one place and drops out of the shape.
    let h = kept.expanded(to: block.labels, eventRank: 0).broadcast(sizes)
    let total = h.sumAll().sumPlate()
    let gradient = builder.gradient(of: total, with: [centre])[0]
    builder.setOutput("h\(i)", h)
    builder.setOutput("g\(i)", gradient)
    for j in 0..<block.dimension {
      let entry = gradient.slice(axis: sizes.count, start: j, count: 1).sumAll().sumPlate()
      builder.setOutput("H\(i).\(j)", builder.gradient(of: entry, with: [centre])[0])
    }
    guard let (place, width) = try lowered.context.kink(of: block),
      Set(place.axes + width.axes).isSubset(of: block.labels)
    else { return false }
    let ones = lowered.context.ones(block.plate).reshape(
      [Int](repeating: 1, count: sizes.count))
    for (name, value) in [("k", place), ("w", width)] {
      let wide = value.reshape(event: []).expanded(to: block.labels, eventRank: 0)
      builder.setOutput("\(name)\(i)", wide.broadcast(sizes) * ones)
    }
    return true
  }

  /// Columns of centres and scales at some parameters.
  func columns(at parameters: [String: Tensor]) throws -> [String: [Double]] {
    var columns: [String: [Double]] = [:]
    for c in cells { columns[c.names.centre] = c.modes }
    let inner = cells.indices.filter { cells[$0].block.outer != nil }
    guard let outerExecutor else {
      try place(Array(cells.indices), executor, parameters, &columns)
      try panels?.place(parameters, &columns)
      return spread(columns)
    }
    let outer = cells.indices.filter { !inner.contains($0) }
    for _ in 0..<Self.rounds {
      let before = outer.map { cells[$0].modes }
      try place(inner, executor, parameters, &columns)
      try place(outer, outerExecutor, parameters, &columns)
      let moved = zip(outer, before).flatMap { i, old -> [Double] in
        let scale = columns[cells[i].names.scale] ?? []
        return zip(zip(cells[i].modes, old), scale).map { Swift.abs($0.0 - $0.1) / $1 }
      }
      if !moved.contains(where: { $0 > Self.rest }) { break }
    }
    for i in inner { try lean(i, parameters, &columns) }
    try place(inner, executor, parameters, &columns)
    return spread(columns)
  }

  private func spread(_ columns: [String: [Double]]) -> [String: [Double]] {
    var result = columns
    for c in cells where c.block.spread != 1 {
      result[c.names.scale] = columns[c.names.scale]?.map { $0 * c.block.spread }
    }
    return result
  }

  /// How inner modes move with the outer latent: where they are one scale to either side of its mode.
  private func lean(
    _ i: Int, _ parameters: [String: Tensor], _ columns: inout [String: [Double]]
  ) throws {
    guard let o = cells.firstIndex(where: { $0.block.members.first == cells[i].block.outer }),
      let scale = columns[cells[o].names.scale]
    else { return }
    let modes = cells[i].modes
    var ends: [[Double]] = []
    for side in [1.0, -1] {
      var moved = columns
      moved[cells[o].names.centre] = zip(cells[o].modes, scale).map { $0 + side * $1 }
      cells[i].modes = modes
      try place([i], executor, parameters, &moved)
      ends.append(cells[i].modes)
    }
    cells[i].modes = modes
    columns[cells[i].names.slope] = modes.indices.map { c in
      let slope = (ends[0][c] - ends[1][c]) / (2 * scale[cells[i].parents[c]])
      return slope.isFinite ? slope : 0
    }
  }

  /// Newton's method for the modes of some blocks, the others where the columns say.
  private func place(
    _ chosen: [Int], _ executor: Executor, _ parameters: [String: Tensor],
    _ columns: inout [String: [Double]]
  ) throws {
    var found = chosen.map {
      Found(search: ModeSearch(modes: cells[$0].modes, dimension: cells[$0].block.dimension))
    }
    for round in 0..<limit {
      for (i, f) in zip(chosen, found) { columns[cells[i].names.centre] = f.search.trial }
      let out = try executor.run(parameters, varied: columns)
      for (k, i) in chosen.enumerated() {
        found[k].search.take(
          value: out["h\(i)"]?.values ?? [], gradient: out["g\(i)"]?.values ?? [],
          hessian: (0..<cells[i].block.dimension).map { out["H\(i).\($0)"]?.values ?? [] },
          isFirst: round == 0)
        if cells[i].hasKink {
          found[k].kinks = out["k\(i)"]?.values ?? []
          found[k].widths = out["w\(i)"]?.values ?? []
        }
      }
      if found.allSatisfy(\.search.isDone) { break }
    }
    for (i, f) in zip(chosen, found) {
      cells[i].modes = f.search.modes
      columns[cells[i].names.centre] = f.search.modes
      var scales = f.search.scales
      var finest = scales
      if cells[i].hasKink {
        finest = f.widths
        for c in scales.indices {
          // Panels begin at the kink and find the mode; a rule goes from the kink to beyond the mode.
          scales[c] =
            cells[i].block.rule == .panels
            ? f.widths[c]
            : Swift.abs(f.search.modes[c] - f.kinks[c]) + Swift.min(scales[c], f.widths[c])
        }
        if cells[i].block.rule == .panels { columns[cells[i].names.centre] = f.kinks }
      }
      let isLost = unresolved(finest, of: cells[i], modes: f.search.modes)
      columns[cells[i].names.scale] = zip(scales, isLost).map { $1 ? .nan : $0 }
    }
  }

  /// Where doubles do not tell nodes apart: sums over such have no meaning.
  private func unresolved(_ scales: [Double], of cells: Cells, modes: [Double]) -> [Bool] {
    let d = cells.block.dimension
    var result = [Bool](repeating: false, count: scales.count)
    for c in 0..<cells.count {
      for j in 0..<d {
        let at = (c * d + j) * d + j
        // A number that is a function of the node keeps the digits of 1.
        let size = Swift.max(Swift.abs(modes[c * d + j]), cells.isReal ? 0 : 1)
        result[at] = scales[at] < 0x1p-38 * size
      }
    }
    return result
  }
}

extension ModelData {
  /// States of each of a block's own labels.
  func states(of block: QuadratureBlock, _ model: ModelGraph) -> [Int] {
    block.labels.map { axis -> Int in
      switch model[axis.variable].type.kind {
      case .category(let size, _): size.constant ?? 1
      case .binary: 2
      case .real, .positive, .unit, .count, .integer, .simplex, .covariance, .correlation,
        .cholesky, .orthonormal:
        1
      }
    }
  }

  /// The data with columns for the centres and scales of a plan's nodes, about 0 until they are placed.
  func withNodes(_ plan: InferencePlan) -> ModelData {
    var copy = self
    for block in plan.quadrature {
      let sizes = states(of: block, plan.model)
      let d = block.dimension
      let cells = columns.layout.count(block.plate) * sizes.reduce(1, *)
      copy.columns.columns[block.centreColumn(plan.model)] = DataColumn(
        plate: block.plate, dims: sizes + [d], values: [Double](repeating: 0, count: cells * d))
      copy.columns.columns[block.scaleColumn(plan.model)] = DataColumn(
        plate: block.plate, dims: sizes + [d, d],
        values: (0..<cells).flatMap { _ in d == 2 ? [1.0, 0, 0, 1] : [1.0] })
      if block.rule == .panels {
        copy.columns.columns[block.pointColumn(plan.model)] = DataColumn(
          plate: block.plate,
          dims: block.nodeAxes.map { axis in
            axis == block.axis
              ? block.nodes : sizes[block.labels.firstIndex(of: axis) ?? 0]
          } + [1], values: [Double](repeating: 0, count: cells * block.nodes))
        copy.columns.columns[block.weightColumn(plan.model)] = DataColumn(
          plate: block.plate,
          dims: block.nodeAxes.map { axis in
            axis == block.axis
              ? block.nodes : sizes[block.labels.firstIndex(of: axis) ?? 0]
          }, values: [Double](repeating: 0, count: cells * block.nodes))
      }
      if block.outer != nil {
        copy.columns.columns[block.slopeColumn(plan.model)] = DataColumn(
          plate: block.plate, dims: [1], values: [Double](repeating: 0, count: cells))
      }
    }
    return copy
  }
}
