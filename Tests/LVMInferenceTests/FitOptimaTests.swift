import Foundation
import LVM
import Testing

/// Optima that an ascent from a poor start does not find. Reference: Reference/optima.py.
@Suite struct FitOptimaTests {
  /// The maximum lies on kinks: four of the rows are fitted exactly.
  @Test func laplaceRegressionReachesItsVertex() throws {
    let fit = try Model(
      text: """
        model M
        param a : real
        param b : real[3]
        param s : positive
        each row {
          given x : real[3] from ("Sepal.Width", "Petal.Length", "Petal.Width")
          observe y : real from "Sepal.Length" ~ Laplace(a + dot(b, x), s)
        }
        """
    ).fit(try BundledData.table("iris"))
    #expect(abs(fit.objective.value + 46.482490172134106) < 1e-7, "\(fit.objective.value)")
    #expect(fit.converged)
  }

  private func countTable() throws -> Table {
    let n = 240
    var (x, t, y) = ([Double](), [Double](), [Double]())
    let lines = [(1.0, 0.8), (1.0, -0.8), (2.2, 0.1), (-0.5, 0.2)]
    for i in 0..<n {
      x.append(-2 + 4 * Double(i) / Double(n - 1))
      t.append(1 + Double(i * 5 % 7) / 2)
      let (a, b) = lines[(i * i + i / 3) % 4]
      let rate = t[i] * exp(a + b * x[i])
      y.append(
        max(0, (rate + (2 * rate).squareRoot() * sin(12.9898 * Double(i)) + 0.5).rounded(.down)))
    }
    return try Table(columns: [Column("x", x), Column("t", t), Column("y", y)])
  }

  @Test(arguments: 1...5) func mixturesOfPoissonRegressions(_ seed: Int) throws {
    let fit = try Model(
      text: """
        model M(K = 4)
        param share : simplex[K]
        param a : real[K]
        param b : real[K]
        each row {
          given x : real
          given t : positive
          latent z : category[K] ~ Categorical(share)
          observe y : count ~ Poisson(t * exp(a[z] + b[z] * x))
        }
        """
    ).fit(try countTable(), options: FitOptions(seed: UInt64(seed)))
    #expect(fit.plan.strategy == .gradient)
    #expect(abs(fit.objective.value + 769.9468083692477) < 1e-6, "\(fit.objective.value)")
    #expect(fit.converged)
  }

  /// Kinds of eruptions, some of them of few rows. Reference: Reference/starts.py, the best of many starts.
  @Test(arguments: [(3, -1114.4399), (4, -1106.0302), (5, -1098.9754)], 1...6)
  func kindsOfEruptions(_ known: (kinds: Int, optimum: Double), _ seed: Int) throws {
    let fit = try Model(
      text: """
        model M(K = \(known.kinds), D)
        param w : simplex[K]
        param m : real[K, D]
        param S : covariance[K, D]
        each row {
          latent k : category[K] ~ Categorical(w)
          observe x : real[D] ~ MultivariateNormal(m[k], S[k])
        }
        """
    ).fit(try BundledData.table("faithful"), options: FitOptions(seed: UInt64(seed)))
    // A seed may come to more than the reference does.
    #expect(fit.objective.value > known.optimum - 1e-3, "\(fit.objective.value)")
    #expect(fit.converged)
  }
}
