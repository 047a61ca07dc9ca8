import Foundation
import LVM
import Testing

/// Integrands with kinks and with two modes, and numbers at the ends of what doubles hold: the values of
/// Reference/panels.py.
@Suite struct PanelTests {
  struct Kinked: Sendable, CustomTestStringConvertible {
    var observed: String
    var rows: Double
    var groups: Double
    var testDescription: String { observed }

    init(_ observed: String, _ rows: Double, _ groups: Double) {
      (self.observed, self.rows, self.groups) = (observed, rows, groups)
    }
  }

  private static let y = [
    0.3, 2.1, -0.7, 1.4, 3.9, 0.9, -0.2, 5.2, 1.1, 0.4, 2.7, -1.3, 0.8, 1.9, 0.1, 3.1,
  ]

  @Test(arguments: [
    Kinked("Laplace(m + z, s)", -31.115793738679, -32.963152411653),
    Kinked("Normal(m + z^2, s)", -30.530357719142, -31.900890716962),
    Kinked("Normal(m + abs(z), s)", -30.871448631605, -31.384078727307),
    Kinked("Normal(m + max([z, 0]), s)", -30.836919273221, -31.337920246655),
  ])
  func kinksAndModes(_ k: Kinked) throws {
    let group = (0..<16).map { Double($0 % 8 / 2) }
    let table = try Table(columns: [Column("g", group), Column("y", Self.y)])
    for (open, optimum) in [("each row {", k.rows), ("each g by g {", k.groups)] {
      let rows = open == "each row {" ? ("", "") : ("each row { ", " }")
      let fit = try Model(
        text: """
          model M
          param m : real param s : positive
          \(open) latent z : real ~ Normal(0, 1) \(rows.0)observe y : real ~ \(k.observed)\(rows.1) }
          """
      ).fit(table)
      #expect(abs(fit.objective.value - optimum) < 1e-6, "\(fit.objective)")
      #expect(fit.converged)
      #expect(fit.warnings.isEmpty, "\(fit.warnings)")
      // Loaded or not, posteriors are taken at the same nodes.
      let moments = try fit.logLikelihood(of: table).scores.values
      #expect(abs(moments.reduce(0, +) - optimum) < 1e-6)
    }
  }

  /// A square of the group's latent beside one of the row: two modes in the plane of both. The sum over a grid
  /// at the fit's own parameters.
  @Test func twoModesInAPlane() throws {
    let y = [
      1.4106, -0.7062, 1.1454, 1.5207, -2.6609, -3.0357, -3.5348, -2.1674, -1.9439, 0.5787, 0.2499,
      -0.3252,
    ]
    let fit = try Model(
      text: """
        model N
        param m : real param s : positive param t : positive
        each g by g {
          latent u : real ~ Normal(0, 1)
          each row { latent v : real ~ Normal(0, 1) observe y : real ~ StudentT(4, m + t * v - s * u^2, 0.5) }
        }
        """
    ).fit(
      try Table(columns: [Column("g", (0..<12).map { Double($0 / 4) }), Column("y", y)]))
    func number(_ name: String) throws -> Double { try #require(fit[name]).values[0] }
    let (m, s, t) = (try number("m"), try number("s"), try number("t"))
    let grid = (0...400).map { -8 + 0.04 * Double($0) }
    let logNorm = lgamma(2.5) - lgamma(2) - 0.5 * log(4 * Double.pi) - log(0.5)
    func prior(_ z: Double) -> Double { exp(-0.5 * z * z) * 0.04 / (2 * Double.pi).squareRoot() }
    var total = 0.0
    for g in 0..<3 {
      var sum = 0.0
      for u in grid {
        var product = prior(u)
        for i in (4 * g)..<(4 * g + 4) {
          product *= grid.reduce(0.0) { sum, v in
            let r = (y[i] - m - t * v + s * u * u) / 0.5
            return sum + prior(v) * exp(logNorm - 2.5 * log1p(r * r / 4))
          }
        }
        sum += product
      }
      total += log(sum)
    }
    #expect(abs(fit.objective.value - total) < 1e-6, "\(fit.objective) \(total)")
    #expect(fit.converged)
  }

  /// The same of waiting times, where nodes about one mode once made up 16 nats: the sum over a grid.
  @Test func twoModesOfWaitingTimes() throws {
    let y = [
      1.0743, 1.9781, 1.3129, 1.6640, 2.7534, 9.1532, 0.1938, 4.7662, 0.0956, 1.0903, 0.9752,
      1.0638,
    ]
    let fit = try Model(
      text: """
        model N
        param m : real param s : positive param t : positive
        each g by g {
          latent u : real ~ Normal(0, 1)
          each row { latent v : real ~ Normal(0, 1) observe y : positive ~ Exponential(exp(m + t * v - s * u^2)) }
        }
        """
    ).fit(
      try Table(columns: [Column("g", (0..<12).map { Double($0 / 4) }), Column("y", y)]))
    func number(_ name: String) throws -> Double { try #require(fit[name]).values[0] }
    let (m, s, t) = (try number("m"), try number("s"), try number("t"))
    let grid = (0...800).map { -8 + 0.02 * Double($0) }
    func prior(_ z: Double) -> Double { exp(-0.5 * z * z) * 0.02 / (2 * Double.pi).squareRoot() }
    var total = 0.0
    for g in 0..<3 {
      var sum = 0.0
      for u in grid {
        var product = prior(u)
        for i in (4 * g)..<(4 * g + 4) {
          product *= grid.reduce(0.0) { sum, v in
            let log = m + t * v - s * u * u
            return sum + prior(v) * exp(log - exp(log) * y[i])
          }
        }
        sum += product
      }
      total += log(sum)
    }
    #expect(abs(fit.objective.value - total) < 1e-5, "\(fit.objective) \(total)")
    #expect(fit.converged)
  }

  /// A large shape: terms of the density as large as 1e13 that cancel.
  @Test(arguments: [
    ("100000000", [1.0001, 0.9998], 14.332678658685494),
    ("1000000000000", [1.000001, 0.9999985], 24.230643768387453),
  ])
  func gammaOfLargeShape(_ shape: String, _ x: [Double], _ optimum: Double) throws {
    let fit = try Model(
      text: "model M\nparam r : positive\neach row { observe x : positive ~ Gamma(\(shape), r) }"
    ).fit(try Table(columns: [Column("x", x)]))
    #expect(abs(fit.objective.value - optimum) < 1e-6, "\(fit.objective.value)")
  }

  /// Times without frailty: the likelihood is highest where frailties are all the same, at D log(D / T) − D.
  @Test func frailtyThatIsNotThere() throws {
    let t = [0.4, 1.1, 0.9, 2.0, 0.7, 1.3, 0.2, 1.6, 0.8, 1.2]
    let e = [1.0, 1, 1, 0, 1, 1, 1, 0, 1, 1]
    let id = (0..<10).map { Double($0 / 2) }
    let fit = try Model(
      text: """
        model Frailty
        param k : positive param m : positive
        each id by id {
          latent f : positive ~ Gamma(k, k)
          each row { given e : binary observe t : positive ~ Censored(Exponential(f * m), right: 1 - e) }
        }
        """
    ).fit(try Table(columns: [Column("id", id), Column("e", e), Column("t", t)]))
    let (d, total) = (8.0, t.reduce(0, +))
    #expect(abs(fit.objective.value - (d * log(d / total) - d)) < 1e-5, "\(fit.objective)")
    #expect(fit.warnings.contains { $0.code == "boundary" && $0.text.contains("`k` is infinite") })
  }

  /// Responses far from zero, and far below one: least squares by sums about the mean.
  @Test func farOffAndTinyResponses() throws {
    let x = (0..<40).map { Double($0 * 7 % 40) / 10 }
    let noise = (0..<40).map { Double($0 * 11 % 7 - 3) }
    for (offset, unit, tolerance) in [(1e9, 1e-3, 0.02), (0, 1e-100, 1e-6)] {
      let y = zip(x, noise).map { offset + unit * (2 * $0 + $1) }
      let (mx, my) = (x.reduce(0, +) / 40, y.reduce(0) { $0 + ($1 - offset) } / 40)
      let sxx = x.reduce(0) { $0 + ($1 - mx) * ($1 - mx) }
      let sxy = zip(x, y).reduce(0) { $0 + ($1.0 - mx) * ($1.1 - offset - my) }
      let rss = zip(x, y).reduce(0) { sum, p in
        let r = (p.1 - offset - my - sxy / sxx * (p.0 - mx)) / unit
        return sum + r * r
      }
      let optimum = -20 * (log(2 * Double.pi * rss / 40) + 1) - 40 * log(unit)
      let fit = try Model(
        text: """
          model M
          param a : real param b : real param s : positive
          each row { given x : real observe y : real ~ Normal(a + b * x, s) }
          """
      ).fit(try Table(columns: [Column("x", x), Column("y", y)]))
      #expect(abs(fit.objective.value - optimum) < tolerance, "\(fit.objective.value) \(optimum)")
      #expect(abs(try #require(fit["b"]).values[0] - sxy / sxx) < 1e-4 * unit)
      #expect(fit.converged)
    }
  }

  /// A rate beyond all data puts r at 0, where x is standard normal; nodes beyond the least of doubles add
  /// nothing to that.
  @Test(arguments: [0.0026, 0.5])
  func aPriorAtZeroIsNoMoreThanItsLimit(_ shape: Double) throws {
    let x = [-1.2, 0.4, -0.3, -0.9, 0.1, -0.5, 0.8, -1.6]
    let table = try Table(columns: [Column("x", x)])
    var fit = try Model(
      text: """
        model Zero
        param a : positive param b : positive
        each row { latent r : positive ~ Gamma(a, b) observe x : real ~ Normal(r, 1) }
        """
    ).fit(table, options: FitOptions(restarts: 1))
    fit.parameters["a"] = Tensor([], [shape])
    fit.parameters["b"] = Tensor([], [1e13])
    let limit = x.reduce(0) { $0 - 0.5 * $1 * $1 - 0.5 * log(2 * Double.pi) }
    let found = try fit.logLikelihood(of: table).scores.values.reduce(0, +)
    #expect(found < limit + 1e-6)
    if shape == 0.5 { #expect(abs(found - limit) < 1e-6) }
  }
}
