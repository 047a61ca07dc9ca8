/// What an executor computes outside sweeps, prepared: values without a plate, and chains, which need
/// whole plates.
struct SerialSteps {
  private var kernels: [Int: PreparedKernel] = [:]
  private var chains: [Int: ChainStep] = [:]
  /// Work space that the largest of them needs.
  private(set) var scratchBytes = 64

  init(_ nodes: [Node], _ schedule: Schedule, _ layout: PlateLayout) {
    func operand(_ i: Int) -> Operand {
      Operand(slot: i, shape: nodes[i].shape, dtype: nodes[i].dtype)
    }
    let builder = KernelBuilder(layout: layout)
    let capacity = layout.counts.max() ?? 0
    for case .serial(let members) in schedule.steps {
      for i in members where schedule.aliases[i] == nil {
        if let chain = nodes[i].op.chain {
          let plate = nodes[i].inputs.lazy.compactMap { nodes[$0].shape.plate }.first ?? .rows
          let offsets =
            chain.segment.map { layout.offsets(of: $0, into: plate) } ?? [0, layout.count(plate)]
          let step = ChainStep(
            nodes[i].op, nodes[i].inputs.map(operand), operand(i),
            segments: zip(offsets, offsets.dropFirst()).map { $0..<$1 })
          scratchBytes = max(scratchBytes, step.workspaceCount * 8)
          chains[i] = step
        } else {
          let kernel = builder.prepare(
            nodes[i].op, nodes[i].inputs.map(operand), operand(i), accumulator: nil,
            capacity: capacity)
          scratchBytes = max(scratchBytes, kernel.scratchBytes)
          kernels[i] = kernel
        }
      }
    }
  }

  /// The steps of some nodes, in order: chains are steps of their own.
  func steps(_ members: [Int]) -> [Executor.PreparedStep] {
    var steps: [Executor.PreparedStep] = []
    var run: [Kernel] = []
    for i in members {
      if let chain = chains[i] {
        if !run.isEmpty { steps.append(.kernels(run)) }
        run = []
        steps.append(.chain(chain))
      } else if let kernel = kernels[i] {
        run.append(kernel.run)
      }
    }
    if !run.isEmpty { steps.append(.kernels(run)) }
    return steps
  }
}
