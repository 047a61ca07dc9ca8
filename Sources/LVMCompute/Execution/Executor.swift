import Foundation

/// Runs a program over a data set again and again.
///
/// Buffers, work space and threads are made once; a run allocates only its results. Results have the
/// same bits for any number of threads. Values f32 are handed in and out as doubles. One run at a time:
/// calls from several threads wait for each other.
public final class Executor: @unchecked Sendable {
  public let program: Program
  let layout: PlateLayout
  private let lock = NSLock()
  private let pool: ThreadPool
  private let whole: Frame
  private var steps: [PreparedStep] = []
  private let memory: ExecutorMemory
  private var parameters: [(name: String, node: Int, dims: [Int], dtype: DType)] = []
  private var results: [(name: String, node: Int)] = []
  private var columns: [String: (node: Int, count: Int, dtype: DType)] = [:]

  enum PreparedStep {
    case kernels([Kernel])
    case chain(ChainStep)
    case sweep(SweepRunner)
  }

  /// - Parameter data: columns with what depends on data alone already computed; see `Runtime.evaluator`.
  init(_ program: Program, hoisted data: DataColumns, runtime: Runtime) {
    BLAS.pinned
    self.program = program
    var layout = data.layout
    let nodes = program.graph.nodes
    let plates = (nodes.compactMap { $0.shape.plate?.index }.max() ?? -1) + 1
    precondition(plates <= max(layout.counts.count, 1), "the data lacks a plate of the program")
    if layout.counts.isEmpty { layout = PlateLayout(counts: [0]) }
    self.layout = layout
    pool = ThreadPool(threads: runtime.threads)
    let schedule = Schedule(program.graph, layout)
    let memory = ExecutorMemory(program.graph, schedule, data)
    self.memory = memory
    let serial = SerialSteps(nodes, schedule, layout)
    whole = Frame(
      nodes: nodes.count, accumulators: 0, plates: layout.counts.count,
      scratchBytes: serial.scratchBytes)
    for (p, count) in layout.counts.enumerated() { whole.counts[p + 1] = count }
    for i in nodes.indices { whole.slots[i] = memory.bases[i] }
    for step in schedule.steps {
      switch step {
      case .sweep(let sweep):
        steps.append(
          .sweep(
            SweepRunner(
              sweep, program.graph, schedule, memory, layout: layout, runtime: runtime)))
      case .serial(let members):
        steps += serial.steps(members)
      }
    }
    for (i, node) in nodes.enumerated() {
      if case .parameter(let name) = node.op {
        parameters.append((name, i, node.shape.dims, node.dtype))
      } else if case .data(let name) = node.op {
        let count = node.shape.count * whole.counts[(node.shape.plate?.index ?? -1) + 1]
        columns[name] = (i, count, node.dtype)
      }
    }
    results = program.graph.outputs.map { ($0.key, $0.value) }.sorted { $0.name < $1.name }
  }

  /// Evaluates every output.
  ///
  /// - Parameter varied: new values of varying columns, row-major; they stay for later runs.
  /// - Returns: outputs by name; one on a plate has the plate's instances as its first dimension.
  /// - Throws: `ExecutionError` for a parameter that is missing or of other dimensions; the error of a
  ///   column whose rows cannot be read.
  public func run(_ values: [String: Tensor], varied: [String: [Double]] = [:]) throws
    -> [String: Tensor]
  {
    lock.lock()
    defer { lock.unlock() }
    for (name, values) in varied {
      // A column that no output needs is not in the program.
      guard let column = columns[name] else { continue }
      precondition(values.count == column.count, "the column '\(name)' has another length")
      memory.load(values, into: column.node, column.dtype)
    }
    for parameter in parameters {
      guard let tensor = values[parameter.name] else {
        throw ExecutionError.missingParameter(parameter.name)
      }
      guard tensor.dims == parameter.dims else {
        throw ExecutionError.parameterShape(
          parameter.name, expected: parameter.dims, found: tensor.dims)
      }
      memory.load(tensor.values, into: parameter.node, parameter.dtype)
    }
    for step in steps {
      switch step {
      case .kernels(let kernels):
        for kernel in kernels { kernel(whole) }
      case .chain(let chain):
        run(chain)
      case .sweep(let sweep):
        sweep.run(pool)
      }
    }
    if let failure = memory.failure { throw failure }
    var outputs: [String: Tensor] = [:]
    outputs.reserveCapacity(results.count)
    for result in results { outputs[result.name] = read(result.node) }
    return outputs
  }

  private func run(_ chain: ChainStep) {
    let frame = whole
    let bytes = max(chain.workspaceCount, 8) * 8
    pool.run(tasks: chain.segments.count) { segment, worker in
      let work = worker == 0 ? frame.scratch : memory.chainScratch(worker, bytes: bytes)
      chain.scan(frame, segment, work.assumingMemoryBound(to: Double.self))
    }
  }

  private func read(_ i: Int) -> Tensor {
    let node = program.graph.nodes[i]
    let count = node.shape.count * whole.counts[(node.shape.plate?.index ?? -1) + 1]
    let dims = (node.shape.plate.map { [layout.count($0)] } ?? []) + node.shape.dims
    guard let base = memory.bases[i] else { return Tensor(repeating: .nan, dims) }
    switch node.dtype {
    case .f64:
      let source = UnsafeRawPointer(base).assumingMemoryBound(to: Double.self)
      return Tensor(dims, Array(UnsafeBufferPointer(start: source, count: count)))
    case .f32:
      let source = UnsafeRawPointer(base).assumingMemoryBound(to: Float.self)
      return Tensor(dims, UnsafeBufferPointer(start: source, count: count).map(Double.init))
    }
  }

  /// Bytes of plate values kept at full length between phases.
  public var storedBytes: Int { memory.storedBytes }
  /// Bytes of work memory of each thread.
  public var arenaBytes: Int {
    steps.reduce(0) { result, step in
      if case .sweep(let sweep) = step { return max(result, sweep.arenaBytes) }
      return result
    }
  }
}
