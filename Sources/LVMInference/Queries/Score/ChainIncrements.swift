import LVMCompute

/// What each row of one series adds to the log likelihood of a chain: log p(row | past).
enum ChainIncrements {
  /// An input of a chain as numbers: one value for all rows (stride 0) or one a row.
  struct Input {
    var values: [Double]
    var stride: Int
    var dims: [Int]
  }

  /// The forward recursion in logs: log initial [K], log transition [K, K] (from, to), log emission [K].
  static func finite(_ inputs: [Input], rows: Int) -> [Double] {
    guard inputs.count == 3, rows > 0 else { return [] }
    let k = inputs[2].dims.last ?? 1
    let (initial, transition, emission) = (inputs[0], inputs[1], inputs[2])
    var state = [Double](repeating: 0, count: k)
    var next = state
    var terms = state
    var result: [Double] = []
    result.reserveCapacity(rows)
    for t in 0..<rows {
      for j in 0..<k {
        if t == 0 {
          next[j] = initial.values[j]
        } else {
          let at = t * transition.stride
          for i in 0..<k { terms[i] = state[i] + transition.values[at + i * k + j] }
          next[j] = logSumExp(terms)
        }
        next[j] += emission.values[t * emission.stride + j]
      }
      let total = logSumExp(next)
      result.append(total)
      for j in 0..<k { state[j] = total == -.infinity ? -.infinity : next[j] - total }
    }
    return result
  }

  /// The filter's log predictive densities.
  static func gaussian(_ inputs: [Input], rows: Int) -> [Double] {
    guard inputs.count == 10 else { return [] }
    let kept = inputs.map { input -> UnsafeMutableBufferPointer<Double> in
      let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: max(1, input.values.count))
      _ = buffer.initialize(from: input.values + (input.values.isEmpty ? [0] : []))
      return buffer
    }
    defer { for buffer in kept { buffer.deallocate() } }
    let chain = zip(kept, inputs).compactMap { buffer, input in
      buffer.baseAddress.map { ChainInput(UnsafePointer($0), stride: input.stride) }
    }
    guard chain.count == 10 else { return [] }
    let kernel = GaussianChainKernel(
      states: inputs[0].dims.last ?? 1, observations: inputs[6].dims.last ?? 0,
      inputs: .init(
        m0: chain[0], p0: chain[1], a: chain[2], b: chain[3], q: chain[4], c: chain[5], d: chain[6],
        r: chain[7], y: chain[8], mask: chain[9]))
    return kernel.rowLogLikelihoods(rows: 0..<rows)
  }

  private static func logSumExp(_ x: [Double]) -> Double {
    var top = -Double.infinity
    for value in x where value > top { top = value }
    guard top > -.infinity else { return top }
    var sum = 0.0
    for value in x { sum += (value - top).exponential }
    return top + sum.logarithm
  }
}
