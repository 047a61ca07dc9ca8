import LVMCompute

/// Numbers that are neither round nor alike, the same on every machine.
func wobble(_ count: Int, from low: Double = -1, to high: Double = 1, salt: Int = 0) -> [Double] {
  (0..<count).map { i in
    let x = Double((i + 1) * 7919 + salt * 104_729) * 0.618_033_988_749_894_9
    return low + (high - low) * (x - x.rounded(.down))
  }
}

func tensor(_ dims: [Int], from low: Double = -1, to high: Double = 1, salt: Int = 0) -> Tensor {
  Tensor(dims, wobble(dims.reduce(1, *), from: low, to: high, salt: salt))
}

/// A symmetric positive definite matrix.
func positiveDefinite(_ n: Int, salt: Int = 0) -> Tensor {
  let a = wobble(n * n, salt: salt)
  var values = [Double](repeating: 0, count: n * n)
  for i in 0..<n {
    for j in 0..<n {
      for k in 0..<n { values[i * n + j] += a[i * n + k] * a[j * n + k] }
    }
    values[i * n + i] += 0.5
  }
  return Tensor([n, n], values)
}

func isClose(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  if a.isNaN || b.isNaN { return a.isNaN && b.isNaN }
  if a == b { return true }
  return abs(a - b) <= tolerance * max(1, abs(a), abs(b))
}

/// Runs a graph once; outputs of `build` by name.
func evaluate(
  _ parameters: [String: Tensor] = [:], data: DataColumns = .none, runtime: Runtime = .serial,
  _ build: (GraphBuilder) -> [String: Value]
) throws -> [String: Tensor] {
  let builder = GraphBuilder()
  for (name, value) in build(builder) { builder.setOutput(name, value) }
  let executor = runtime.evaluator(Program(builder.finish()), data: data)
  return try executor.run(parameters)
}

/// A scalar that weighs every number of a value differently: what gradients are tested on.
func weighed(_ value: Value) -> Value {
  let builder = value.builder
  let weights = builder.constant(tensor(value.shape.dims, from: 0.3, to: 1.7, salt: 5))
  return (value * weights).sumAll().sumPlate()
}

/// The largest disagreement of the gradient with central differences, relative to max(1, |value|).
func gradientError(
  _ parameters: [String: Tensor], data: DataColumns = .none, step: Double = 1e-5,
  symmetric: Set<String> = [],
  _ build: (GraphBuilder, [String: Value]) -> Value
) throws -> Double {
  let builder = GraphBuilder()
  var values: [String: Value] = [:]
  for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
    values[name] = builder.parameter(name, value.dims)
  }
  let root = weighed(build(builder, values))
  builder.setOutput("root", root)
  let names = parameters.keys.sorted()
  let gradients = builder.gradient(of: root, with: names.compactMap { values[$0] })
  for (name, gradient) in zip(names, gradients) { builder.setOutput("d " + name, gradient) }
  let executor = Runtime.serial.evaluator(Program(builder.finish()), data: data)
  let found = try executor.run(parameters)
  var worst = 0.0
  for name in names {
    guard let tensor = parameters[name], let gradient = found["d " + name] else {
      return .infinity
    }
    precondition(gradient.dims == tensor.dims, "the gradient has the shape of its input")
    for i in tensor.values.indices {
      var places = [i]
      if symmetric.contains(name) {
        // Moves both entries of a symmetric matrix; the gradient is the sum of both.
        let n = tensor.dims[tensor.dims.count - 1]
        let (r, c) = (i / n % n, i % n)
        let j = i - r * n - c + c * n + r
        if j != i { places.append(j) }
      }
      func root(_ delta: Double) throws -> Double {
        var moved = parameters
        for place in places { moved[name]?.values[place] += delta }
        return try executor.run(moved)["root"]?.values[0] ?? .nan
      }
      let difference = (try root(step) - root(-step)) / (2 * step)
      let own = places.reduce(0) { $0 + gradient.values[$1] }
      let error = abs(difference - own) / max(1, abs(difference))
      worst = error.isNaN ? .infinity : max(worst, error)
    }
  }
  return worst
}
