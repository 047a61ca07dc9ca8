import LVMCompute
import Testing

@Test func levelsAreOrderedAndNamed() throws {
  #expect(KernelLevel.available.first == .baseline && KernelLevel.available.last == .machine)
  #expect(KernelLevel.baseline < .v3 && .v3 < .v4)
  #expect(KernelLevel.current <= .machine)
  #expect(throws: KernelLevelError.unknown("avx2")) { try KernelLevel(named: "avx2") }
  for level in KernelLevel.allCases {
    if level <= .machine {
      #expect(try KernelLevel(named: level.rawValue) == level)
    } else {
      let refusal = KernelLevelError.notOfThisMachine(level, highest: .machine)
      #expect(throws: refusal) { try KernelLevel(named: level.rawValue) }
      #expect(throws: refusal) { try KernelLevel.use(level) }
    }
  }
  #expect(!BLAS.core.isEmpty)
  let covered = KernelLevel.available.map(\.rawValue).joined(separator: ", ")
  print("kernel levels: \(covered); in use: \(KernelLevel.current.rawValue); BLAS: \(BLAS.core)")
}

// A level is chosen for a whole process: a child's, for other tests run beside this one.
#if compiler(>=6.2) && !os(iOS)
  /// Every kernel of this package's own gives the same bits at each level that the machine has.
  @Test func everyLevelGivesTheSameBits() async {
    await #expect(processExitsWith: .success) {
      try KernelLevel.use(.machine)
      let expected = try kernelBattery()
      #expect(expected.count > 150)
      for level in KernelLevel.available where level != .machine {
        try KernelLevel.use(level)
        #expect(KernelLevel.current == level)
        let found = try kernelBattery()
        for (name, bits) in expected {
          #expect(found[name] == bits, "\(name) at \(level.rawValue)")
        }
      }
    }
  }
#endif

/// Bits of what the kernels make of the same numbers. One NaN is as good as another. Products of matrices
/// of single precision are left out where columns allow kernels that only one level has.
private func kernelBattery() throws -> [String: [UInt64]] {
  var battery: [String: [UInt64]] = [:]
  func add(_ name: String, _ values: [Double]) {
    battery[name] = values.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
  }
  func add(_ name: String, _ found: [String: Tensor]) {
    for (part, value) in found { add("\(name): \(part)", value.values) }
  }
  add("elementary", try elementaryBattery())
  add("reductions", try reductionBattery())
  add("ops", try opResults())
  for (d, states) in [(1, 2), (2, 3), (3, 1), (4, 2), (5, 3), (8, 1), (16, 3), (21, 2)] {
    add("quadratics \(d) \(states)", try quadratics(300, d, states))
  }
  for reference in GaussianChainCase.references {
    let chain = reference.example
    add("\(reference.name): log likelihood", [chain.logLikelihood()])
    add("\(reference.name): gradients", chain.gradients().flatMap { $0 })
    add("\(reference.name): smoothed", chain.smoothed())
  }
  for k in [2, 3, 9] {
    let chain = FiniteChainExample(
      states: k, logInitial: wobble(k, from: -3, to: 0),
      logTransition: wobble(k * k, from: -400, to: 0, salt: 1),
      logEmission: wobble(40 * k, from: -900, to: 2, salt: 2))
    add("finite chain \(k)", [chain.logNormalizer()] + chain.posterior())
  }
  for row in [convolutional, normalised] {
    let adam = try trained(row, runtime: .serial, .adam(.init()))
    let momentum = try trained(row, runtime: .serial, .momentum(.init(rate: 1e-3)), clip: 0.5)
    add("\(row), Adam", adam.flatMap { $0.map { Double($0) } })
    add("\(row), momentum", momentum.flatMap { $0.map { Double($0) } })
  }
  for distribution in [RandomRows.Distribution.normal, .uniform] {
    let input = StepInput.random(RandomRows(distribution, seed: 1, purpose: "a"))
    add("\(distribution)", try inputs(input, width: 37, rows: [3, 0, 77]))
  }
  add(
    "row factor", rowFactor(of: DataColumn(dims: [7], values: wobble(5000 * 7)), runtime: .serial))
  return battery
}

/// Every function of one and two numbers, in both precisions, at ordinary numbers and at the edges.
private func elementaryBattery() throws -> [String: Tensor] {
  let inf = Double.infinity
  let least = Double.leastNonzeroMagnitude
  let edges = [
    0, -0.0, 1, -1, inf, -inf, .nan, least, -least, 1e10 * least, 1e300, -1e300, 1e-40, 710,
  ]
  let x = wobble(203, from: -30, to: 30) + wobble(203, from: 0, to: 2, salt: 1) + edges
  let y = wobble(203, from: -3, to: 3, salt: 2) + wobble(203, from: 0, to: 40, salt: 3) + edges
  let data = DataColumns(
    layout: .rows(x.count),
    columns: ["x": DataColumn(values: x), "y": DataColumn(values: y.reversed())])
  let short = DataColumns(
    layout: .rows(60),
    columns: [
      "x": DataColumn(dims: [7], values: Array(x.prefix(420))),
      "y": DataColumn(values: Array(y.prefix(60))),
    ])
  var found: [String: Tensor] = [:]
  for type in [DType.f64, .f32] {
    let alone = try evaluate(data: data) { b in
      let (x, y) = (b.data("x", []).cast(type), b.data("y", []).cast(type))
      var values: [String: Value] = [:]
      for function in UnaryFunction.allCases { values["\(function)"] = x.apply(function) }
      for function in BinaryFunction.allCases {
        values["\(function)"] = x.apply(function, y)
        values["\(function) 2"] = x.apply(function, b.constant(Tensor(2), dtype: type))
      }
      values["select"] = b.add(.select, [x.apply(.less, y), x, y])
      return values
    }
    let rows = try evaluate(data: short) { b in
      let (x, y) = (b.data("x", [7]).cast(type), b.data("y", []).cast(type))
      var values: [String: Value] = [:]
      for function in BinaryFunction.allCases { values["\(function) a row"] = x.apply(function, y) }
      return values
    }
    for (name, value) in alone.merging(rows, uniquingKeysWith: { a, _ in a }) {
      found["\(name) \(type)"] = value
    }
  }
  return found
}

/// Sums, largest values and normalising constants along every axis, short and long.
private func reductionBattery() throws -> [String: Tensor] {
  var found: [String: Tensor] = [:]
  for dims in [[40, 3, 5], [7, 100, 2], [3, 9, 70], [2, 300, 1], [64, 4, 1]] {
    for type in [DType.f64, .f32] {
      let part = try evaluate(["x": tensor(dims, from: -20, to: 20, salt: 6)]) { b in
        let x = b.parameter("x", dims).cast(type)
        var values: [String: Value] = [:]
        for axis in 0..<3 {
          values["sum \(axis)"] = x.sum(axes: [axis])
          values["max \(axis)"] = x.max(axes: [axis])
          values["logSumExp \(axis)"] = x.logSumExp(axes: [axis])
          values["softmax \(axis)"] =
            b.gradient(of: weighed(x.logSumExp(axes: [axis]).cast(.f64)), with: [x])[0]
        }
        return values
      }
      for (name, value) in part { found["\(name) of \(dims) \(type)"] = value }
    }
  }
  return found
}
