import LVM
import Testing

/// Names for expressions in long chains, and used twice at each link: work grows with the text, not with
/// the number of ways through it.
@Suite struct NamedExpressionTests {
  private func plan(_ start: String, _ count: Int, _ link: (Int) -> String) throws -> Plan {
    let lets = (0..<count).map { "  let a\($0 + 1) = \(link($0))\n" }.joined()
    return try Model(
      text: "model M\nparam p : real\nparam s : positive\neach row {\n\(start)\n\(lets)"
        + "  observe y : real ~ Normal(a\(count), s)\n}\n"
    ).plan()
  }

  @Test func longChainsHaveAPlan() throws {
    let link = { (i: Int) in "a\(i) + 1" }
    #expect(
      try plan("  let a0 = p", 400, link).strategy == plan("  let a0 = p", 3, link).strategy)
    _ = try plan("  let a0 = p", 10_000, link)
    _ = try plan("  latent a0 : real ~ Normal(0, 1)", 1_000, link)
  }

  @Test func namesUsedTwiceHaveAPlan() throws {
    _ = try plan("  let a0 = p", 100) { "0.5 * (a\($0) * a\($0) + exp(a\($0)))" }
    _ = try plan("  latent a0 : real ~ Normal(0, 1)", 60) { "0.5 * a\($0) + 0.5 * a\($0)" }
    _ = try plan("  latent k : binary ~ Bernoulli(0.5)\n  let a0 = p * k", 60) {
      "0.5 * a\($0) + 0.5 * a\($0)"
    }
  }
}
