import LVMCompute
import LVMModel

/// Finds, at given parameters, where each unit's integrand has its mode and how wide it is there: the
/// centres and scales of adaptive quadrature (Naylor & Smith 1982; Pinheiro & Bates 1995).
///
/// One program evaluates every unit's log integrand at a point with its gradient and Hessian; Newton
/// steps of all units are taken together, each damped by itself. Calls start from the last modes.
final class NodePlacement {
  /// The cells of one block: a unit's labels each have a mode.
  private struct Cells {
    var block: QuadratureBlock
    var names: (centre: String, scale: String)
    var count: Int
    var modes: [Double]
    /// Whether a kink's place and width come with the program.
    var hasKink = false
  }

  private let executor: Executor
  private var cells: [Cells] = []
  private let limit = 80

  /// `prepare` must be that of the program whose nodes are placed.
  init(
    _ plan: Plan, data: ModelData, threads: Int, prepare: (LoweringContext) -> Void = { _ in }
  ) throws {
    let lowered = try LoweredModel(
      plan, masked: data.masked, nodes: .centre, prepare: prepare)
    let builder = lowered.builder
    for (i, placed) in lowered.blocks.enumerated() {
      let block = placed.block
      let d = block.dimension
      let sizes = block.labels.map {
        lowered.context.states(of: plan.model[$0.variable].type) ?? 1
      }
      guard let integrand = lowered.integrands[i] else { continue }
      let kept = integrand.logSummed(keeping: Set(block.labels + [block.axis]))
      // The block's own axis has one place and drops out of the shape.
      let h = kept.expanded(to: block.labels, eventRank: 0).broadcast(sizes)
      let total = h.sumAll().sumPlate()
      let gradient = builder.gradient(of: total, with: [placed.centre])[0]
      builder.setOutput("h\(i)", h)
      builder.setOutput("g\(i)", gradient)
      for j in 0..<d {
        let entry = gradient.slice(axis: sizes.count, start: j, count: 1).sumAll().sumPlate()
        builder.setOutput("H\(i).\(j)", builder.gradient(of: entry, with: [placed.centre])[0])
      }
      var hasKink = false
      if let (place, width) = try lowered.context.kink(of: block),
        Set(place.axes + width.axes).isSubset(of: block.labels)
      {
        let ones = lowered.context.ones(block.plate).reshape(
          [Int](repeating: 1, count: sizes.count))
        for (name, value) in [("k", place), ("w", width)] {
          let wide = value.reshape(event: []).expanded(to: block.labels, eventRank: 0)
          builder.setOutput("\(name)\(i)", wide.broadcast(sizes) * ones)
        }
        hasKink = true
      }
      let count = data.columns.layout.count(block.plate) * sizes.reduce(1, *)
      cells.append(
        Cells(
          block: block, names: (block.centreColumn(plan.model), block.scaleColumn(plan.model)),
          count: count, modes: [Double](repeating: 0, count: count * d),
          hasKink: hasKink))
    }
    executor = Executor(
      Program(builder.finish()), data: data.withNodes(plan).columns, threads: threads,
      varying: Set(cells.map(\.names.centre)))
  }

  /// Columns of centres and scales at some parameters.
  func columns(at parameters: [String: Tensor]) throws -> [String: [Double]] {
    var searches = cells.map { ModeSearch(modes: $0.modes, dimension: $0.block.dimension) }
    var kinks = [[Double]](repeating: [], count: cells.count)
    var widths = kinks
    for round in 0..<limit {
      var varied: [String: [Double]] = [:]
      for (c, s) in zip(cells, searches) { varied[c.names.centre] = s.trial }
      let out = try executor.run(parameters, varied: varied)
      for i in searches.indices {
        let d = cells[i].block.dimension
        searches[i].take(
          value: out["h\(i)"]?.values ?? [], gradient: out["g\(i)"]?.values ?? [],
          hessian: (0..<d).map { out["H\(i).\($0)"]?.values ?? [] }, isFirst: round == 0)
      }
      for i in cells.indices where cells[i].hasKink {
        kinks[i] = out["k\(i)"]?.values ?? []
        widths[i] = out["w\(i)"]?.values ?? []
      }
      if searches.allSatisfy(\.isDone) { break }
    }
    var result: [String: [Double]] = [:]
    for i in cells.indices {
      cells[i].modes = searches[i].modes
      result[cells[i].names.centre] = searches[i].modes
      var scales = searches[i].scales
      if cells[i].hasKink {
        // From the kink to beyond the mode.
        for c in scales.indices {
          scales[c] =
            Swift.abs(searches[i].modes[c] - kinks[i][c]) + Swift.min(scales[c], widths[i][c])
        }
      }
      result[cells[i].names.scale] = scales
    }
    return result
  }
}

extension ModelData {
  /// The data with columns for the centres and scales of a plan's nodes, about 0 until they are placed.
  func withNodes(_ plan: Plan) -> ModelData {
    var copy = self
    for block in plan.quadrature {
      let sizes = block.labels.map { axis -> Int in
        switch plan.model[axis.variable].type.kind {
        case .category(let size, _): size.constant ?? 1
        case .binary: 2
        case .real, .positive, .unit, .count, .integer, .simplex, .covariance, .correlation,
          .cholesky, .orthonormal:
          1
        }
      }
      let d = block.dimension
      let cells = columns.layout.count(block.plate) * sizes.reduce(1, *)
      copy.columns.columns[block.centreColumn(plan.model)] = DataColumn(
        plate: block.plate, dims: sizes + [d], values: [Double](repeating: 0, count: cells * d))
      copy.columns.columns[block.scaleColumn(plan.model)] = DataColumn(
        plate: block.plate, dims: sizes + [d, d],
        values: (0..<cells).flatMap { _ in d == 2 ? [1.0, 0, 0, 1] : [1.0] })
    }
    return copy
  }
}
