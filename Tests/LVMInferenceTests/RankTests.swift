import Foundation
import LVM
import Testing

/// Fits whose units are divided among ranks, each computing sums of its own blocks alone: they have the bits
/// of one rank, whatever the number of ranks and threads.
@Suite struct RankTests {
  struct Case: CustomStringConvertible, Sendable {
    var description: String
    var strategy: MethodName
    var text: String
    var table: @Sendable () throws -> Table
  }

  /// Rows by a rule, with noise that is the same on every machine.
  private static func table(
    _ header: String, _ rows: Int, _ row: (Int, inout RandomStream) -> [Double]
  ) throws -> Table {
    var random = RandomStream(seed: 11, purpose: "ranks")
    let lines = (0..<rows).map { i in
      row(i, &random).map { "\($0)" }.joined(separator: ",")
    }
    return try Table(csv: ([header] + lines).joined(separator: "\n") + "\n")
  }

  static let cases = [
    Case(
      description: "EM", strategy: .em,
      text: """
        model M(K = 2)
        param share : simplex[K]
        param m : real[K]
        param s : positive[K]
        each row {
          latent k : category[K] ~ Categorical(share)
          observe x : real ~ Normal(m[k], s[k])
        }
        """,
      table: { try table("x", 5000) { i, r in [r.normal() + (i % 3 == 0 ? 4 : 0)] } }),
    Case(
      description: "ascent of the marginal likelihood", strategy: .gradient,
      text: """
        model M(K = 2)
        param share : simplex[K]
        param a : real[K]
        param b : real[K]
        each row {
          given x : real
          latent k : category[K] ~ Categorical(share)
          observe y : count ~ Poisson(exp(a[k] + b[k] * x))
        }
        """,
      table: {
        try table("x,y", 3000) { i, r in
          let x = r.normal()
          return [x, (2 + x * (i % 2 == 0 ? 0.5 : -0.5) + 0.3 * r.normal()).exponential.rounded()]
        }
      }),
    Case(
      description: "quadrature", strategy: .quadrature,
      text: """
        model M
        param a : real
        param s : positive
        each row {
          latent z : real ~ Normal(0, 1)
          observe y : count ~ Poisson(exp(a + s * z))
        }
        """,
      table: {
        try table("y", 3000) { _, r in [(1 + 0.6 * r.normal()).exponential.rounded()] }
      }),
    Case(
      description: "groups", strategy: .gradient,
      text: """
        model M
        param a : real
        param b : real
        param between : positive
        param within : positive
        each g by g {
          latent u : real ~ Normal(0, between)
          each row {
            given x : real
            observe y : real ~ Normal(a + b * x + u, within)
          }
        }
        """,
      table: {
        let level = (0..<600).map { Double(($0 * 37) % 101) / 50 - 1 }
        return try table("g,x,y", 6000) { i, r in
          let (g, x) = (i % 600, r.normal())
          return [Double(g), x, 1 + 2 * x + level[g] + 0.5 * r.normal()]
        }
      }),
    Case(
      description: "series", strategy: .gradient,
      text: """
        model M
        param drift : positive
        param noise : positive
        each row in order {
          latent level : real initially Normal(0, 10) then Normal(previous(level), drift)
          observe y : real ~ Normal(level, noise)
        }
        """,
      table: {
        try table("y", 3000) { i, r in [Double((i / 300) % 4) + 0.3 * r.normal()] }
      }),
    Case(
      description: "minibatches", strategy: .vi,  // of three tiles, one for each rank
      text: """
        model M(L = 1, D)
        network decoder(z : real[L]) -> mean : real[D] { dense(8) tanh }
        param s : positive
        each row {
          latent z : real[L] ~ Normal(0, 1)
          observe x : real[D] from standardize("*") ~ Normal(decoder(z), s)
        }
        fit { epochs = 6, batch = 300 }
        """,
      table: {
        try table("a,b,c", 300) { _, r in
          let z = r.normal()
          return [z + 0.2 * r.normal(), 0.3 * r.normal() - z, r.normal()]
        }
      }),
  ]

  @Test(arguments: cases) func ranksHaveTheBitsOfOne(_ c: Case) throws {
    let table = try c.table()
    @Sendable func fit(_ runtime: Runtime) throws -> Fit {
      try Model(text: c.text).fit(
        table, options: FitOptions(seed: 3, runtime: runtime, restarts: 2))
    }
    let one = try fit(.serial)
    #expect(one.plan.strategy == c.strategy)
    for (ranks, threads) in [(2, 1), (3, 2)] {
      let (fits, bytes) = try MeetingRanks.run(ranks, threads: threads) { try fit($0) }
      #expect(bytes.allSatisfy { $0 > 0 }, "every rank has units of its own")
      for fit in fits {
        #expect(fit.objective.value.bitPattern == one.objective.value.bitPattern)
        #expect(fit.parameters == one.parameters)
        #expect(fit.trace == one.trace)
        #expect(fit.warnings == one.warnings)
      }
    }
  }

  /// Sums over a long column, by blocks: the same bits for ranks and threads, and right.
  @Test func foldsHaveTheBitsOfOneRank() throws {
    let values = (0..<300_000).map { Double(($0 * 7919) % 10_007) * 0.1 }
    let column = DataColumn(dims: [3], values: values)
    @Sendable func sums(_ runtime: Runtime) -> [Double] {
      runtime.fold(column, Sums(count: 3)) { sums, values in
        for (i, x) in values.enumerated() { sums.numbers[i % 3] += x }
      }.numbers
    }
    let one = sums(.serial)
    for j in 0..<3 {
      let exact = stride(from: j, to: values.count, by: 3).reduce(0.0) { $0 + values[$1] }
      #expect(abs(one[j] - exact) < 1e-12 * exact)
    }
    #expect(sums(Runtime(threads: 3)) == one)
    for (ranks, threads) in [(2, 1), (3, 2)] {
      let (found, bytes) = try MeetingRanks.run(ranks, threads: threads) { sums($0) }
      #expect(found.allSatisfy { $0 == one })
      #expect(bytes.allSatisfy { $0 > 0 })
    }
  }
}
