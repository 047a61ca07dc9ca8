import LVM
import Testing

private func table(_ columns: [(String, [Double])]) throws -> Table {
  try Table(columns: columns.map { Column($0.0, $0.1) })
}

private func isClose(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
  a.count == b.count && !zip(a, b).contains { abs($0 - $1) > tolerance * (1 + abs($1)) }
}

/// Means that are linear in parameters. Reference: Reference/regression.py.
@Suite struct FitRegressionTests {
  static let iris = """
    given x : real[3] from ("Sepal.Width", "Petal.Length", "Petal.Width")
    """

  private func values(_ fit: Fit, _ names: [String]) -> [Double] {
    names.flatMap { fit.parameters[$0]?.values ?? [] }
  }

  @Test func leastSquaresIsOneStep() throws {
    let fit = try Model(
      text: """
        model M
        param a : real
        param b : real[3]
        param s : positive
        each row {
          \(Self.iris)
          observe y : real from "Sepal.Length" ~ Normal(a + dot(b, x), s)
        }
        """
    ).fit(try BundledData.table("iris"))
    let wanted = [1.855997492918, 0.6508371593132, 0.7091319591367, -0.556482660167]
    #expect(isClose(values(fit, ["a", "b"]), wanted, 1e-8), "\(values(fit, ["a", "b"]))")
    #expect(isClose(values(fit, ["s"]), [0.3103267623403], 1e-8))
    #expect(abs(fit.objective.value + 37.32136029349) < 1e-8)
    #expect(fit.plan.strategy == .closedForm)
    #expect(fit.converged && fit.iterations <= 5)
  }

  @Test func gaussianPriorIsRidge() throws {
    let fit = try Model(
      text: """
        model M
        param a : real ~ Normal(0, 0.5)
        param b : real[3] ~ Normal(0, 0.5)
        each row {
          \(Self.iris)
          observe y : real from "Sepal.Length" ~ Normal(a + dot(b, x), 1)
        }
        """
    ).fit(try BundledData.table("iris"))
    let wanted = [0.806443510177, 0.9422955891507, 0.6977360687683, -0.4065752068731]
    #expect(isClose(values(fit, ["a", "b"]), wanted, 1e-8), "\(values(fit, ["a", "b"]))")
    #expect(fit.plan.strategy == .closedForm)
  }

  /// Unequal noise of places that share a coefficient: generalised least squares, upwards only.
  @Test func sharedSlopeUnderUnequalNoise() throws {
    let fit = try Model(
      text: """
        model M
        param a : real
        param d : real
        param c : real
        param s : positive
        param t : positive
        each row {
          given x : real from "Petal.Length"
          observe y : real from "Sepal.Length" ~ Normal(a + c * x, s)
          observe z : real from "Petal.Width" ~ Normal(d + x * c, t)
        }
        """
    ).fit(try BundledData.table("iris"))
    let wanted = [
      4.286177676451, -0.3578223235494, 0.4143575457378, 0.4044646744602, 0.2051179122798,
    ]
    #expect(isClose(values(fit, ["a", "d", "c", "s", "t"]), wanted, 1e-6))
    #expect(abs(fit.objective.value + 52.27738580936) < 1e-8)
    for (a, b) in zip(fit.trace, fit.trace.dropFirst()) { #expect(b >= a - 1e-9) }
  }

  static func lines(_ b: String, _ slope: String) -> String {
    """
    model M(K = 2)
    param w : simplex[K]
    param a : real\(b)
    param b : real\(b)
    param s : positive[K]
    each row {
      given waiting : real
      latent k : category[K] ~ Categorical(w)
      observe eruptions : real ~ Normal(\(slope), s[k])
    }
    """
  }

  @Test(arguments: 1...5) func mixturesOfRegressions(_ seed: Int) throws {
    for (text, optimum) in [
      (Self.lines("[K]", "a[k] + b[k] * waiting"), -187.4438665709),
      (Self.lines("", "a + b * waiting"), -194.5079445522),
    ] {
      let fit = try Model(text: text).fit(
        try BundledData.table("faithful"), options: FitOptions(seed: UInt64(seed)))
      #expect(fit.plan.strategy == .em)
      #expect(abs(fit.objective.value - optimum) < 1e-5, "\(fit.objective.value)")
      #expect(fit.converged)
    }
  }

  /// A covariate that repeats another: the fit is that without it, and the warning names both.
  @Test func repeatedCovariateIsNamed() throws {
    let x: [Double] = (0..<20).map { (i: Int) -> Double in Double(i % 7) }
    let y: [Double] = (0..<20).map { (i: Int) -> Double in Double((i * 13) % 11) + 0.5 * x[i] }
    let doubled: [Double] = x.map { 2 * $0 }
    let once = try Model(
      text: """
        model M
        param a : real
        param b : real
        param s : positive
        each row { given x : real observe y : real ~ Normal(a + b * x, s) }
        """
    ).fit(try table([("x", x), ("y", y)]))
    let twice = try Model(
      text: """
        model M
        param a : real
        param b : real
        param c : real
        param s : positive
        each row { given x : real given z : real observe y : real ~ Normal(a + b * x + c * z, s) }
        """
    ).fit(try table([("x", x), ("z", doubled), ("y", y)]))
    #expect(abs(once.objective.value - twice.objective.value) < 1e-8)
    #expect(once.warnings == [])
    #expect(twice.warnings.contains { $0.code == "not-identified" && $0.text.contains("`b`") })
    #expect(twice.warnings.contains { $0.code == "not-identified" && $0.text.contains("`c`") })
  }

  /// A far-off covariate: normal equations about the current mean lose nothing that steps do not regain.
  @Test func farOffCovariate() throws {
    let x: [Double] = (0..<50).map { (i: Int) -> Double in 1e6 + Double((i * 7) % 50) / 10 }
    let y: [Double] = (0..<50).map { (i: Int) -> Double in
      let noise = 0.01 * Double((i * 11) % 7 - 3)
      return 3 + 2 * (x[i] - 1e6) + noise
    }
    let fit = try Model(
      text: """
        model M
        param a : real
        param b : real
        param s : positive
        each row { given x : real observe y : real ~ Normal(a + b * x, s) }
        """
    ).fit(try table([("x", x), ("y", y)]))
    // The slope by centred sums.
    let mx = x.reduce(0, +) / 50
    let my = y.reduce(0, +) / 50
    var sxy = 0.0
    var sxx = 0.0
    for (u, v) in zip(x, y) {
      sxy += (u - mx) * (v - my)
      sxx += (u - mx) * (u - mx)
    }
    #expect(isClose(values(fit, ["b"]), [sxy / sxx], 1e-7), "\(fit.parameters)")
  }
}

/// Priors that join an update in closed form, against the formula of each mode.
@Suite struct FitPriorTests {
  private func fit(_ text: String, _ columns: [(String, [Double])]) throws -> Fit {
    try Model(text: "model M\n" + text).fit(try table(columns))
  }

  static let counts: [Double] = [3, 0, 2, 5, 1, 4, 2, 2, 7, 3]
  static let reals: [Double] = [0.3, -1.2, 2.5, 0.7, 1.1, -0.4]

  @Test func modesHaveTheirFormulas() throws {
    let n = Double(Self.counts.count)
    let total = Self.counts.reduce(0, +)
    let poisson = try fit(
      "param l : positive ~ Gamma(3, 2)\neach row { observe x : count ~ Poisson(l) }",
      [("x", Self.counts)])
    #expect(isClose(poisson.parameters["l"]?.values ?? [], [(total + 2) / (n + 2)], 1e-12))
    let exponential = try fit(
      "param l : positive ~ Gamma(3, 2)\neach row { observe x : positive ~ Exponential(l) }",
      [("x", Self.counts.map { $0 + 1 })])
    #expect(
      isClose(exponential.parameters["l"]?.values ?? [], [(n + 2) / (total + n + 2)], 1e-12))
    let ones: [Double] = [1, 0, 0, 1, 1, 1, 0, 1]
    let bernoulli = try fit(
      "param p : unit ~ Beta(2, 4)\neach row { observe x : binary ~ Bernoulli(p) }", [("x", ones)])
    #expect(isClose(bernoulli.parameters["p"]?.values ?? [], [(5.0 + 1) / (8 + 4)], 1e-12))
    let categorical = try fit(
      "param w : simplex[3] ~ Dirichlet([2, 3, 1.5])\n"
        + "each row { observe x : category[3] ~ Categorical(w) }", [("x", [1, 1, 2, 1, 3, 1])])
    #expect(
      isClose(
        categorical.parameters["w"]?.values ?? [], [5 / 9.5, 3 / 9.5, 1.5 / 9.5], 1e-12))
    let m = Double(Self.reals.count)
    let sum = Self.reals.reduce(0, +)
    let normal = try fit(
      "param m : real ~ Normal(1, 2)\neach row { observe x : real ~ Normal(m, 0.5) }",
      [("x", Self.reals)])
    #expect(
      isClose(normal.parameters["m"]?.values ?? [], [(4 * sum + 0.25) / (4 * m + 0.25)], 1e-12))
    let squares: Double = Self.reals.reduce(0) { $0 + $1 * $1 }
    let covariance = try fit(
      "param S : covariance[1] ~ InverseWishart(5, [[1.5]])\n"
        + "each row { observe x : real[1] ~ MultivariateNormal([0], S) }", [("x", Self.reals)])
    #expect(
      isClose(covariance.parameters["S"]?.values ?? [], [(squares + 1.5) / (m + 7)], 1e-12))
    for f in [poisson, exponential, bernoulli, categorical, normal, covariance] {
      #expect(f.plan.strategy == .closedForm)
      #expect(f.warnings == [])
    }
  }

  /// A prior of another shape than the likelihood's: the same mode by steps on Q.
  @Test func otherPriorsAreClimbed() throws {
    // log joint in l: −l/2 (half-normal: −l²/2) + Σx log l − n l; its root of a quadratic.
    let n = Double(Self.counts.count)
    let total = Self.counts.reduce(0, +)
    let found = try fit(
      "param l : positive ~ HalfNormal(1)\neach row { observe x : count ~ Poisson(l) }",
      [("x", Self.counts)])
    let mode = (-n + (n * n + 4 * total).squareRoot()) / 2
    #expect(isClose(found.parameters["l"]?.values ?? [], [mode], 1e-6))
  }
}
