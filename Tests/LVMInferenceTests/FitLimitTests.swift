import Foundation
import LVM
import Testing

/// Where a likelihood has no maximum, or has it at an edge: a finite fit, and a warning by name.
@Suite struct FitLimitTests {
  private func fit(
    _ text: String, _ columns: [(String, [Double])], _ options: FitOptions = FitOptions()
  ) throws -> Fit {
    try Model(text: "model M\n" + text).fit(
      try Table(columns: columns.map { Column($0.0, $0.1) }), options: options)
  }

  private func has(_ fit: Fit, _ name: String, _ parameter: String) -> Bool {
    fit.warnings.contains { $0.code == name && $0.text.contains("`\(parameter)`") }
  }

  static let constant = [Double](repeating: 4, count: 12)
  static let spread: [Double] = (0..<40).map { (i: Int) -> Double in
    let base = Double((i * 17) % 40) / 10
    return i % 2 == 0 ? base + 8 : base
  }

  @Test func constantColumnOfAFactorModelHasAFloor() throws {
    let found = try fit(
      """
      param W : real[3, 1] param mu : real[3] param psi : positive[3]
      each row {
        latent z : real[1] ~ Normal(0, 1)
        observe x : real[3] from (a, b, c) ~ Normal(W * z + mu, psi)
      }
      """,
      [
        ("a", [1, 2, 3, 4, 6, 2]), ("b", [2, 3, 5, 4, 1, 2]), ("c", [3, 3, 3, 3, 3, 3]),
      ])
    #expect(has(found, "unbounded-likelihood", "psi"), "\(found.warnings)")
    // 0.0001 of a thousandth of the column's size.
    let psi = try #require(found.parameters["psi"]).values
    #expect(abs(psi[2] - 3e-7) < 1e-12, "\(psi)")
    // The free normal of the other columns, −n/2 (2 log 2π + log|S| + 2) by numpy, and the six values at
    // the peak of a normal of that scale.
    let peak = 6 * (-0.5 * log(2 * Double.pi) - log(3e-7))
    #expect(abs(found.objective.value - peak + 21.67231305981886) < 1e-6)
  }

  @Test(arguments: ["Normal(m, s)", "StudentT(3, m, s)", "Laplace(m, s)"])
  func constantColumnHasAFloor(_ family: String) throws {
    let found = try fit(
      "param m : real\nparam s : positive\neach row { observe x : real ~ \(family) }",
      [("x", Self.constant)])
    #expect(found.objective.value.isFinite)
    #expect(has(found, "unbounded-likelihood", "s"), "\(found.warnings)")
    #expect((found.parameters["s"]?.values[0] ?? 0) > 0)
  }

  /// One value many times over among others: a component would shrink onto it.
  @Test(arguments: ["Normal(m[k], s[k])", "StudentT(4, m[k], s[k])"])
  func repeatedValueDoesNotTakeTheFitToInfinity(_ family: String) throws {
    let x = Self.spread + [Double](repeating: 2.5, count: 30)
    let found = try fit(
      """
      param w : simplex[3]
      param m : real[3]
      param s : positive[3]
      each row { latent k : category[3] ~ Categorical(w) observe x : real ~ \(family) }
      """, [("x", x)])
    #expect(found.objective.value.isFinite)
    let smallest = found.parameters["s"]?.values.min() ?? 0
    #expect(smallest > 1e-5)
  }

  @Test func separationIsNamed() throws {
    let x: [Double] = (0..<20).map { (i: Int) -> Double in Double(i) - 9.5 }
    let split: [Double] = x.map { $0 > 0 ? 1 : 0 }
    let overlapping: [Double] = (0..<20).map { (i: Int) -> Double in
      i % 3 == 0 ? 0 : (x[i] > -3 ? 1 : 0)
    }
    let found = try fit(
      "param a : real\nparam b : real\n"
        + "each row { given x : real observe y : binary ~ Bernoulli(logit: a + b * x) }",
      [("x", x), ("y", split)])
    #expect(found.objective.value > -1e-3)
    #expect(has(found, "separation", "b"), "\(found.warnings)")
    let mixed = try fit(
      "param a : real\nparam b : real\n"
        + "each row { given x : real observe y : binary ~ Bernoulli(logit: a + b * x) }",
      [("x", x), ("y", overlapping)])
    #expect(mixed.warnings == [])
  }

  /// Groups that differ less than chance: the maximum has no variance between them.
  @Test func varianceAtZeroIsABoundary() throws {
    // Every group has the same mean, and much variance within.
    let within: [Double] = [-1.5, 0.4, 1.6, -0.5]
    let groups: [Double] = (0..<24).map { (i: Int) -> Double in Double(i / 4) }
    let y: [Double] = (0..<24).map { (i: Int) -> Double in within[i % 4] }
    let found = try fit(
      """
      param m : real
      param t : positive
      param s : positive
      each g by g {
        latent u : real ~ Normal(0, t)
        each row { observe y : real ~ Normal(m + u, s) }
      }
      """, [("g", groups), ("y", y)])
    #expect(has(found, "boundary", "t"), "\(found.warnings) \(found.parameters)")
    #expect((found.parameters["t"]?.values[0] ?? 1) < 1e-3)
    #expect(found.converged)
  }

  @Test func certainProbabilityIsABoundary() throws {
    let found = try fit(
      "param p : unit\neach row { observe y : binary ~ Bernoulli(p) }",
      [("y", [Double](repeating: 1, count: 9))])
    #expect(has(found, "boundary", "p"), "\(found.warnings)")
    #expect(found.converged)
  }

  /// Starts on a part of the table, finished on the whole: the gradient is zero there.
  @Test func largeTableEndsWhereTheGradientIsZero() throws {
    let n = 21_000
    var d = Draws("large table")
    var x: [Double] = []
    for i in 0..<n {
      let centre: Double = i % 3 == 0 ? -1 : 1.2
      x.append(centre + 0.8 * d.spread())
    }
    let text = """
      param w : simplex[2]
      param m : real[2]
      param s : positive[2]
      each row { latent k : category[2] ~ Categorical(w) observe x : real ~ Normal(m[k], s[k]) }
      """
    let one = try fit(text, [("x", x)], FitOptions(restarts: 1))
    let other = try fit(text, [("x", x)], FitOptions(seed: 5, restarts: 2))
    #expect(one.converged && other.converged)
    #expect(abs(one.objective.value - other.objective.value) < 1e-2)
    for (a, b) in zip(one.trace, one.trace.dropFirst()) {
      #expect(b >= a - 1e-10 * (abs(a) + Double(n)))
    }
    let bound = try Model(text: "model M\n" + text).bound(
      to: try Table(columns: [Column("x", x)]))
    let gradient = try MarginalLikelihood(one.plan.inference, data: bound.data).gradient(
      one.parameters)
    for g in gradient["m"]?.values ?? [.infinity] { #expect(abs(g) < 1e-3 * Double(n)) }
  }
}
