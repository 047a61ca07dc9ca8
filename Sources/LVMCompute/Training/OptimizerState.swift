import CLVMKernels

/// What an optimizer remembers between steps: with it and the parameters, training goes on to the same
/// bits.
public struct OptimizerState: Sendable, Equatable {
  /// Steps taken.
  public var steps: Int
  /// First moments (Adam), or the velocity (momentum), in the layout of the parameters.
  public var first: [Float]
  /// Second moments (Adam).
  public var second: [Float]

  public init(steps: Int, first: [Float], second: [Float]) {
    self.steps = steps
    self.first = first
    self.second = second
  }
}

/// What an optimizer remembers of one group of parameters.
final class OptimizerMemory {
  /// Runs of the parameters' arena, in order, with their place here.
  let runs: [(arena: Range<Int>, start: Int)]
  let count: Int
  private(set) var steps = 0
  let first: UnsafeMutablePointer<Float>
  let second: UnsafeMutablePointer<Float>

  init(_ ranges: [Range<Int>]) {
    var runs: [(arena: Range<Int>, start: Int)] = []
    var count = 0
    for range in ranges {
      runs.append((range, count))
      count += range.count
    }
    func numbers() -> UnsafeMutablePointer<Float> {
      let bytes = max(count, 16) * MemoryLayout<Float>.stride
      let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      return raw.initializeMemory(as: Float.self, repeating: 0, count: max(count, 16))
    }
    self.runs = runs
    self.count = count
    first = numbers()
    second = numbers()
  }

  deinit {
    first.deallocate()
    second.deallocate()
  }

  /// Where a number of the arena has its moments.
  func place(_ at: Int) -> Int {
    for run in runs where run.arena.contains(at) { return run.start + at - run.arena.lowerBound }
    preconditionFailure("a parameter of another group")
  }

  func countStep() { steps += 1 }

  var state: OptimizerState {
    get {
      OptimizerState(
        steps: steps, first: Array(UnsafeBufferPointer(start: first, count: count)),
        second: Array(UnsafeBufferPointer(start: second, count: count)))
    }
    set {
      precondition(
        newValue.first.count == count && newValue.second.count == count,
        "the state of another program")
      steps = newValue.steps
      for (target, source) in [(first, newValue.first), (second, newValue.second)] {
        source.withUnsafeBufferPointer {
          if let base = $0.baseAddress { target.update(from: base, count: $0.count) }
        }
      }
    }
  }
}

/// One step's update, its constants worked out: applies to any run of the parameters by itself.
struct Update {
  private let arena: ParameterArena
  private let memory: OptimizerMemory
  private let optimizer: Optimizer
  private let scale: Float
  private let rate: Float
  private let root: Float
  private let shared: Int32

  /// - Parameters:
  ///   - step: 1 for the first.
  ///   - scale: multiplies the gradient.
  ///   - shared: whether several workers read the parameters.
  init(
    _ optimizer: Optimizer, _ arena: ParameterArena, _ memory: OptimizerMemory, step: Int,
    scale: Double, shared: Bool
  ) {
    self.arena = arena
    self.memory = memory
    self.optimizer = optimizer
    self.scale = Float(scale)
    self.shared = shared ? 1 : 0
    switch optimizer {
    case .adam(let adam):
      let (c1, c2) = (
        1 - adam.beta1.raised(to: Double(step)), 1 - adam.beta2.raised(to: Double(step))
      )
      rate = Float(adam.rate / c1)
      root = Float(1 / c2.squareRoot())
    case .momentum(let momentum):
      rate = Float(momentum.rate)
      root = 1
    }
  }

  func apply(_ range: Range<Int>) {
    let at = range.lowerBound
    let place = memory.place(at)
    switch optimizer {
    case .adam(let adam):
      lvm_adam(
        arena.values + at, memory.first + place, memory.second + place, arena.gradient + at,
        range.count, scale, Float(adam.beta1), Float(adam.beta2), rate, root, Float(adam.epsilon),
        Float(adam.rate * adam.weightDecay), shared)
    case .momentum(let momentum):
      lvm_momentum(
        arena.values + at, memory.first + place, arena.gradient + at, range.count, scale,
        Float(momentum.momentum), rate, Float(momentum.rate * momentum.weightDecay),
        shared)
    }
  }
}
