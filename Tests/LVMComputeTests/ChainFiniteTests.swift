import Foundation
import LVMCompute
import Testing

/// One segment of a finite chain held in arrays; transitions are row-free if they have K² numbers.
struct FiniteChainExample {
  var states: Int
  var logInitial: [Double]
  var logTransition: [Double]
  var logEmission: [Double]

  var rows: Int { logEmission.count / states }

  func run<Result>(_ body: (FiniteChainKernel, UnsafeMutablePointer<Double>) -> Result) -> Result {
    let k = states
    return logInitial.withUnsafeBufferPointer { initial in
      logTransition.withUnsafeBufferPointer { transition in
        logEmission.withUnsafeBufferPointer { emission in
          let kernel = FiniteChainKernel(
            states: k, logInitial: ChainInput(initial.baseAddress!, stride: 0),
            logTransition: ChainInput(
              transition.baseAddress!, stride: logTransition.count == k * k ? 0 : k * k),
            logEmission: ChainInput(emission.baseAddress!, stride: k))
          var workspace = [Double](repeating: .nan, count: kernel.workspaceCount)
          return workspace.withUnsafeMutableBufferPointer { body(kernel, $0.baseAddress!) }
        }
      }
    }
  }

  func logNormalizer() -> Double { run { $0.logNormalizer(rows: 0..<rows, workspace: $1) } }

  func posterior() -> [Double] {
    var out = [Double](repeating: .nan, count: rows * (states + states * states))
    run { kernel, workspace in
      _ = out.withUnsafeMutableBufferPointer {
        kernel.posterior(rows: 0..<rows, into: $0.baseAddress!, workspace: workspace)
      }
    }
    return out
  }

  /// Log normaliser and packed posterior by enumerating all paths.
  func enumerate() -> (Double, [Double]) {
    let k = states
    let width = k + k * k
    var paths: [([Int], Double)] = []
    let total = Int(pow(Double(k), Double(rows)).rounded())
    for code in 0..<total {
      var path: [Int] = []
      var rest = code
      for _ in 0..<rows {
        path.append(rest % k)
        rest /= k
      }
      var value = logInitial[path[0]]
      for t in 0..<rows {
        value += logEmission[t * k + path[t]]
        if t > 0 {
          let start = logTransition.count == k * k ? 0 : t * k * k
          value += logTransition[start + path[t - 1] * k + path[t]]
        }
      }
      paths.append((path, value))
    }
    let top = paths.map(\.1).max()!
    var out = [Double](repeating: 0, count: rows * width)
    guard top > -.infinity else { return (top, out) }
    let sum = paths.reduce(0) { $0 + exp($1.1 - top) }
    for (path, value) in paths {
      let weight = exp(value - top) / sum
      for t in 0..<rows {
        out[t * width + path[t]] += weight
        if t > 0 { out[t * width + k + path[t - 1] * k + path[t]] += weight }
      }
    }
    return (top + log(sum), out)
  }

  func checkByEnumeration(sourceLocation: SourceLocation = #_sourceLocation) {
    let (value, posterior) = enumerate()
    let computed = logNormalizer()
    #expect(
      computed == value || abs(computed - value) <= 1e-13 * max(1, abs(value)),
      "log normaliser \(computed), not \(value)", sourceLocation: sourceLocation)
    for (index, (p, q)) in zip(self.posterior(), posterior).enumerated() {
      #expect(abs(p - q) <= 1e-12, "place \(index): \(p), not \(q)", sourceLocation: sourceLocation)
    }
  }
}

/// SplitMix64: the tests' own source of numbers.
struct ChainTestRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func uniform(_ low: Double, _ high: Double) -> Double {
    Double.random(in: low..<high, using: &self)
  }

  mutating func uniforms(_ count: Int, _ low: Double, _ high: Double) -> [Double] {
    (0..<count).map { _ in uniform(low, high) }
  }
}

@Suite struct ChainFiniteTests {
  @Test func agreesWithEnumeration() {
    var random = ChainTestRandom(state: 1)
    for (k, n) in [(2, 1), (2, 8), (3, 6), (4, 5), (1, 4)] {
      for perRow in [false, true] {
        FiniteChainExample(
          states: k, logInitial: random.uniforms(k, -3, 3),
          logTransition: random.uniforms(k * k * (perRow ? n : 1), -4, 2),
          logEmission: random.uniforms(n * k, -20, 5)
        ).checkByEnumeration()
      }
    }
  }

  /// Factors far outside what the linear domain holds, with structural zeros among them.
  @Test func agreesWithEnumerationWhereFactorsUnderflow() {
    var random = ChainTestRandom(state: 2)
    for trial in 0..<60 {
      let k = 2 + trial % 3
      let n = 2 + trial % 5
      let perRow = trial % 2 == 0
      func factors(_ count: Int) -> [Double] {
        (0..<count).map { _ in
          let kind = random.uniform(0, 1)
          if kind < 0.25 { return -.infinity }
          return kind < 0.6 ? random.uniform(-2000, 0) : random.uniform(-3, 0)
        }
      }
      FiniteChainExample(
        states: k, logInitial: factors(k), logTransition: factors(k * k * (perRow ? n : 1)),
        logEmission: factors(n * k)
      ).checkByEnumeration()
    }
  }

  /// The unlikely state takes over: the forward pass alone sees it underflow and later needs it.
  @Test func revivesAnUnderflowedState() {
    let zero = -Double.infinity
    let chain = FiniteChainExample(
      states: 2, logInitial: [0, -900], logTransition: [0, zero, zero, 0],
      logEmission: [0, 0, 0, -50, -1200, 0, zero, 0])
    #expect(chain.logNormalizer() == -950)
    chain.checkByEnumeration()
  }

  @Test func impossibleDataGivesZeros() {
    let zero = -Double.infinity
    let chain = FiniteChainExample(
      states: 2, logInitial: [0, zero], logTransition: [0, zero, zero, 0],
      logEmission: [0, 0, zero, 0])
    #expect(chain.logNormalizer() == zero)
    #expect(chain.posterior().allSatisfy { $0 == 0 })
  }

  @Test func nanAndEmpty() {
    var chain = FiniteChainExample(
      states: 2, logInitial: [0, 0], logTransition: [0, 0, 0, 0], logEmission: [0, 0, .nan, 0])
    #expect(chain.logNormalizer().isNaN)
    #expect(chain.posterior().contains { $0.isNaN })
    chain.logEmission = [0, 0, .infinity, 0]
    #expect(chain.logNormalizer().isNaN)
    chain.logEmission = []
    #expect(chain.run { $0.logNormalizer(rows: 0..<0, workspace: $1) } == 0)
  }

  /// A Poisson HMM of a million rows: the normaliser of uniform factors is known, memory stays linear.
  @Test func longChain() {
    let n = 1_000_000
    var random = ChainTestRandom(state: 3)
    let rates = [1.0, 4.0, 11.0]
    let emission = (0..<n).flatMap { _ in
      let count = Double(Int(random.uniform(0, 12)))
      return rates.map { count * log($0) - $0 - lgamma(count + 1) }
    }
    let chain = FiniteChainExample(
      states: 3, logInitial: [log(0.2), log(0.3), log(0.5)],
      logTransition: [0.8, 0.1, 0.1, 0.2, 0.7, 0.1, 0.25, 0.25, 0.5].map { log($0) },
      logEmission: emission)
    let value = chain.logNormalizer()
    // The same by plain scaled recursion.
    var alpha = [0.2, 0.3, 0.5]
    var expected = 0.0
    for t in 0..<n {
      if t > 0 {
        alpha = (0..<3).map { j in
          (0..<3).reduce(0) { $0 + alpha[$1] * exp(chain.logTransition[$1 * 3 + j]) }
        }
      }
      for j in 0..<3 { alpha[j] *= exp(emission[t * 3 + j]) }
      let sum = alpha.reduce(0, +)
      expected += log(sum)
      for j in 0..<3 { alpha[j] /= sum }
    }
    #expect(abs(value - expected) <= 1e-12 * abs(expected))
    let posterior = chain.posterior()
    for t in stride(from: 0, to: n, by: 9973) {
      #expect(abs(posterior[(t * 12)..<(t * 12 + 3)].reduce(0, +) - 1) < 1e-12)
    }
  }

  /// Marginals are the gradient in the emissions, pooled pairs that in a shared transition; segments
  /// inside a plate see their own rows only.
  @Test func pooledPairsAreSumsOfPairs() {
    var random = ChainTestRandom(state: 4)
    let k = 5
    let n = 20
    let chain = FiniteChainExample(
      states: k, logInitial: random.uniforms(k, -1, 0),
      logTransition: random.uniforms(k * k, -2, 0), logEmission: random.uniforms(n * k, -3, 0))
    var packed = [Double](repeating: .nan, count: n * (k + k * k))
    var marginals = [Double](repeating: .nan, count: n * k)
    var pairs = [Double](repeating: 0, count: k * k)
    chain.run { kernel, workspace in
      for rows in [0..<7, 7..<8, 8..<20] {
        let value = packed.withUnsafeMutableBufferPointer {
          kernel.posterior(rows: rows, into: $0.baseAddress!, workspace: workspace)
        }
        #expect(value == kernel.logNormalizer(rows: rows, workspace: workspace))
        marginals.withUnsafeMutableBufferPointer { m in
          _ = pairs.withUnsafeMutableBufferPointer {
            kernel.pooledPosterior(
              rows: rows, marginals: m.baseAddress!, addingPairsTo: $0.baseAddress!,
              workspace: workspace)
          }
        }
      }
    }
    let width = k + k * k
    for t in 0..<n {
      for j in 0..<k { #expect(packed[t * width + j] == marginals[t * k + j]) }
    }
    for e in 0..<(k * k) {
      let sum = (0..<n).reduce(0) { $0 + packed[$1 * width + k + e] }
      #expect(abs(sum - pairs[e]) < 1e-13)
    }
    #expect(abs(pairs.reduce(0, +) - 17) < 1e-12)
  }
}
