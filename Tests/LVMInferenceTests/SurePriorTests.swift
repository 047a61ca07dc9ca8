import Foundation
import LVM
import Testing

/// A prior that wants to be infinitely sure: its likelihood tends to that of one common value.
@Suite struct SurePriorTests {
  private func objective(_ text: String, _ columns: [Column]) throws -> Double {
    try Model(text: "model M\n" + text + "\n").fit(Table(columns: columns)).objective.value
  }

  @Test func evenGroupsHaveTheLikelihoodOfOneChance() throws {
    // Six truth values a group, three of them true: less scatter than chance would have.
    let truth = (0..<60).map { Double($0 % 2) }
    let groups = (0..<60).map { Double($0 / 6) }
    let value = try objective(
      """
      param a : positive
      param b : positive
      each g by g {
        latent chance : unit ~ Beta(a, b)
        each row { observe y : binary ~ Bernoulli(chance) }
      }
      """, [Column("g", groups), Column("y", truth)])
    #expect(value <= 60 * Foundation.log(0.5))
    #expect(value > 60 * Foundation.log(0.5) - 1e-3)
  }

  /// Shape and rate grow together; neither could alone.
  @Test func bothNumbersOfASurePriorAreNamed() throws {
    let fit = try Model(
      text: """
        model M
        param a : positive param b : positive
        each row { latent rate : positive ~ Gamma(a, b) observe n : count ~ Poisson(rate) }
        """
    ).fit(Table(columns: [Column("n", [1, 2, 0, 1, 2, 1])]))
    for name in ["a", "b"] {
      #expect(
        fit.warnings.contains {
          $0.code == "boundary" && $0.text.contains("`\(name)` is infinite")
        },
        "\(fit.warnings)")
    }
  }

  @Test func evenCountsHaveTheLikelihoodOfOneRate() throws {
    let counts = (0..<40).map { [2.0, 3, 2, 1][$0 % 4] }
    let groups = (0..<40).map { Double($0 / 4) }
    let value = try objective(
      """
      param a : positive
      param b : positive
      each g by g {
        latent rate : positive ~ Gamma(a, b)
        each row { observe n : count ~ Poisson(rate) }
      }
      """, [Column("g", groups), Column("n", counts)])
    let limit = counts.reduce(0) { $0 + $1 * Foundation.log(2) - 2 - lgamma($1 + 1) }
    #expect(value <= limit + 1e-9)
    #expect(value > limit - 1e-3)
  }
}
