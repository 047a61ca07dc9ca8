import CLVMKernels

/// What is left after the tiles of a phase: products over the whole minibatch, and merging.
extension StepCompiler {
  /// Tasks in an order in which each half, quarter and so on has about the same to do: workers begin
  /// with equal shares, one after the other.
  private static func dealt(_ tasks: [StepPlan.Task]) -> [StepPlan.Task] {
    let ranked = tasks.enumerated().sorted {
      ($1.element.cost, $0.offset) < ($0.element.cost, $1.offset)
    }
    func reversed(_ rank: Int) -> UInt {
      var (bits, result) = (UInt(rank), UInt(0))
      for _ in 0..<UInt.bitWidth {
        result = result << 1 | bits & 1
        bits >>= 1
      }
      return result
    }
    return ranked.enumerated().sorted { reversed($0.offset) < reversed($1.offset) }
      .map(\.element.element)
  }

  /// Panels of large products, and the tiles' sums.
  func tasks(
    _ phase: StepSchedule.Phase, _ sums: [StepPlan.TileSum], _ targets: [Int: Int], isLast: Bool
  ) -> [StepPlan.Task] {
    let nodes = graph.nodes
    // A parameter may change as soon as nothing more reads it.
    let completes = isLast && phase.free.allSatisfy { schedule.aliases[$0] != nil }
    var tasks: [StepPlan.Task] = []
    for i in phase.panels {
      guard case .contract(let spec) = nodes[i].op else { continue }
      let (a, b) = (nodes[i].inputs[0], nodes[i].inputs[1])
      guard let product = PanelProduct(ContractLayout(spec, nodes[a].shape, nodes[b].shape)) else {
        continue
      }
      let type = nodes[i].dtype
      for panel in product.panels {
        var range: Range<Int>?
        if completes, let place = targets[i] {
          let start = place + panel.lowerBound * product.leading
          range = start..<(start + panel.count * product.leading)
        }
        tasks.append(
          .init(
            run: { frame in
              let n = frame.counts[1]
              switch type {
              case .f32:
                product.compute(
                  panel, frame.input(a, Float.self), frame.input(b), frame.output(i), instances: n)
              case .f64:
                product.compute(
                  panel, frame.input(a, Double.self), frame.input(b), frame.output(i), instances: n)
              }
            }, completes: range, cost: panel.count * product.columns * tileRows))
      }
    }
    let (partials, bytes, tileRows) = (partials, sumBytes, tileRows)
    for sum in sums {
      let (i, count) = (sum.node, nodes[sum.node].shape.count)
      func merge<T: Element>(_: T.Type) -> Kernel {
        { frame in
          let tiles = (frame.counts[1] + tileRows - 1) / tileRows
          let out: UnsafeMutablePointer<T> = frame.output(i)
          for tile in 0..<tiles {
            let part = (partials + tile * bytes + sum.offset).assumingMemoryBound(to: T.self)
            T.sum(UnsafePointer(part), out, 1, 1, count, adding: tile > 0)
          }
          if tiles == 0 { out.update(repeating: 0, count: count) }
        }
      }
      let range = completes ? targets[i].map { $0..<($0 + count) } : nil
      switch nodes[i].dtype {
      case .f32: tasks.append(.init(run: merge(Float.self), completes: range))
      case .f64: tasks.append(.init(run: merge(Double.self), completes: range))
      }
    }
    return StepCompiler.dealt(tasks)
  }
}
