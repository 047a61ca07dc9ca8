import LVMCompute
import Testing

/// Values of an input, through a program that passes it on.
func inputs(
  _ input: StepInput, width: Int, rows: [Int], epoch: Int = 0, dtype: DType = .f32
) throws -> [Double] {
  let builder = GraphBuilder()
  let x = builder.data("x", [width], dtype: dtype)
  builder.setOutput("x", x)
  let program = try Runtime(threads: 2).minibatchEvaluator(builder.finish(), batch: rows.count)
  try program.set("x", input)
  return try program.evaluate(rows: rows[...], epoch: epoch)["x"]?.values ?? []
}

@Test(arguments: [DType.f32, .f64])
func rowsAreGathered(dtype: DType) throws {
  let values = wobble(7 * 11).map { Float($0) }
  let rows = [3, 0, 6, 6, 2]
  let expected = rows.flatMap { row in values[(row * 11)..<(row * 11 + 11)].map { Double($0) } }
  func found(_ source: any MinibatchRows) throws -> [Double] {
    try inputs(.rows(source), width: 11, rows: rows, dtype: dtype)
  }
  #expect(try found(FloatRows(values, width: 11)) == expected)
  #expect(try found(DoubleRows(values.map { Double($0) }, width: 11)) == expected)
  let bits = values.map { $0 > 0 ? 1.0 : 0 }
  let expectedBits = rows.flatMap { row in bits[(row * 11)..<(row * 11 + 11)] }
  #expect(try found(BitRows(bits, width: 11)) == expectedBits)
  let bytes = (0..<77).map { UInt8($0 * 3) }
  let expectedBytes = rows.flatMap { row in
    bytes[(row * 11)..<(row * 11 + 11)].map { Double($0) * 0.5 + 1 }
  }
  #expect(try found(ByteRows(bytes, width: 11, scale: 0.5, shift: 1)) == expectedBytes)
}

@Test(arguments: [RandomRows.Distribution.normal, .uniform])
func randomNumbersBelongToRows(distribution: RandomRows.Distribution) throws {
  func numbers(_ rows: [Int], epoch: Int = 0, seed: UInt64 = 1, purpose: String = "a") throws
    -> [[Double]]
  {
    let flat = try inputs(
      .random(RandomRows(distribution, seed: seed, purpose: purpose)), width: 5, rows: rows,
      epoch: epoch)
    return (0..<rows.count).map { Array(flat[($0 * 5)..<($0 * 5 + 5)]) }
  }
  let whole = try numbers(Array(0..<60))
  let part = try numbers([59, 7, 7])
  #expect(part == [whole[59], whole[7], whole[7]])
  #expect(Set(whole.flatMap { $0 }).count == 300)
  #expect(try numbers([7], epoch: 1) != [whole[7]])
  #expect(try numbers([7], seed: 2) != [whole[7]])
  #expect(try numbers([7], purpose: "b") != [whole[7]])
}

/// Frequencies of many numbers against the distribution's probabilities, within five standard errors.
@Test(arguments: [RandomRows.Distribution.normal, .uniform])
func randomNumbersHaveTheirDistribution(distribution: RandomRows.Distribution) throws {
  let x = try inputs(
    .random(RandomRows(distribution, seed: 5, purpose: "moments")), width: 1001,
    rows: Array(0..<500))
  let n = Double(x.count)
  func check(_ share: Double, _ probability: Double) {
    let error = (probability * (1 - probability) / n).squareRoot()
    #expect(abs(share - probability) < 5 * error, "\(share) for \(probability)")
  }
  for k in 1..<16 {
    let edge = distribution == .uniform ? Double(k) / 16 : Double(k - 8) / 2.5
    let probability =
      distribution == .uniform ? edge : 0.5 * (-edge / 2.0.squareRoot()).complementaryError
    check(Double(x.count { $0 < edge }) / n, probability)
  }
  // Neighbours within a row do not depend on each other.
  let middle = distribution == .uniform ? 0.5 : 0
  for lag in 1...3 {
    let both = x.indices.dropLast(lag).count { (x[$0] < middle) == (x[$0 + lag] < middle) }
    check(Double(both) / (n - Double(lag)), 0.5)
  }
}

@Test func epochsVisitEveryRowOnce() {
  let first = epochOrder(count: 1000, seed: 1, epoch: 0)
  let second = epochOrder(count: 1000, seed: 1, epoch: 1)
  #expect(first.sorted() == Array(0..<1000))
  #expect(second.sorted() == Array(0..<1000))
  #expect(first != second)
  #expect(first == epochOrder(count: 1000, seed: 1, epoch: 0))
  #expect(epochOrder(count: 1, seed: 1, epoch: 0) == [0])
  #expect(epochOrder(count: 0, seed: 1, epoch: 0).isEmpty)
}

/// Functions in Float32, as fused kernels compute them, against the executor in f64.
@Test(arguments: UnaryFunction.allCases)
func fusedFunctionsAreAccurate(_ function: UnaryFunction) throws {
  let positive: Bool
  switch function {
  case .log, .sqrt, .lgamma, .digamma, .trigamma: positive = true
  case .negate, .exp, .expm1, .log1p, .square, .reciprocal, .abs, .sign, .floor, .tanh, .sigmoid,
    .softplus, .relu, .step, .normalCDF, .logNormalCDF:
    positive = false
  }
  let sizes = wobble(4000, from: -8, to: 4.3).map { Float(($0 * 2).exponential) }
  var x = zip(sizes, wobble(4000, salt: 1)).map { $1 < 0 && !positive ? -$0 : $0 }
  if function == .log1p { x = x.map { max($0, -0.999) } }
  x += [0.5, 1, 2, 1e-20, 1e-38, 100]
  let padded = x + [Float](repeating: 1, count: 16 - x.count % 16)
  let width = padded.count / 2
  let builder = GraphBuilder()
  let y = builder.data("x", [width], dtype: .f32).apply(function)
  builder.setOutput("y", y)
  let program = try Runtime.serial.minibatchEvaluator(builder.finish(), batch: 2)
  try program.set("x", .rows(FloatRows(padded, width: width)))
  let found = try program.evaluate(rows: [0, 1])["y"]?.values ?? []
  let expected =
    try evaluate(["x": Tensor([padded.count], padded.map { Double($0) })]) { b in
      ["y": b.parameter("x", [padded.count]).apply(function)]
    }["y"]?.values ?? []
  #expect(found.count == expected.count && !found.isEmpty)
  for (x, (a, b)) in zip(padded, zip(found, expected)) {
    let rounded = Float(b)
    let close =
      rounded.isFinite
      ? abs(a - b) <= 4e-7 * abs(b) + 1.3e-38 : a == Double(rounded) || (a.isNaN && b.isNaN)
    #expect(close, "\(function)(\(x)) = \(a), not \(b)")
  }
}
