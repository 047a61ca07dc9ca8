import Foundation
import LVM
import Testing

/// Spreads and loadings start in the units of the columns that they speak of, and of no others. Reference:
/// Reference/starts.py.
@Suite struct ColumnScaleTests {
  /// Two kinds along a line in units a thousand times apart.
  private func twoUnits() throws -> Table {
    var d = ReferenceDraws(state: 11)
    var (a, b) = ([Double](), [Double]())
    for _ in 0..<300 {
      let k = d.choice([0.4, 0.6])
      a.append([0.0, 3][k] + [1, 0.5][k] * d.normal())
      b.append(2000 * a[a.count - 1] + 100 * d.normal())
    }
    return try Table(columns: [Column("a", a), Column("b", b)])
  }

  /// Loadings of labelled factors, and a spread that the columns share.
  @Test(arguments: 1...3) func spreadOfAKind(_ seed: Int) throws {
    let fit = try Model(
      text: """
        model M(K = 2)
        param w : simplex[K]
        param m : real[K, 2]
        param W : real[K, 2]
        param s : positive[K]
        each row {
          latent kind : category[K] ~ Categorical(w)
          latent z : real ~ Normal(0, 1)
          observe x : real[2] from ("a", "b") ~ Normal(m[kind] + W[kind] * z, s[kind])
        }
        """
    ).fit(try twoUnits(), options: FitOptions(seed: UInt64(seed)))
    #expect(abs(fit.objective.value + 2268.4240172470) < 1e-5, "\(fit.objective.value)")
    #expect(fit.converged)
  }

  /// Σ log Normal(x; mean, sd) at the data's own means and deviations, in closed form.
  private static func apart(_ sd: [Double], rows: Int) -> Double {
    -Double(rows) * sd.reduce(0) { $0 + log($1) + 0.5 * log(2 * .pi) + 0.5 }
  }

  /// Columns of units 1, 10³ and 10⁶: training does not cross such distances.
  @Test(arguments: [
    "s", "[s[1], s[2], s[3]]", "[u, v, w]", "concat([u, v], w)", "concat(s[1..2], w)",
    "[u, s[2], exp(r)]",
  ])
  func everyColumnItsUnit(_ scale: String) throws {
    var d = ReferenceDraws(state: 3)
    let x = (0..<300).map { _ in d.normal() }
    let units = [1.0, 1e3, 1e6]
    let columns = units.map { unit in x.map { unit * ($0 + 0.3 * d.normal()) } }
    let sd = columns.map { c -> Double in
      let mean = c.reduce(0, +) / Double(c.count)
      return (c.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(c.count)).squareRoot()
    }
    let fit = try Model(
      text: """
        model M
        param s : positive[3] param u : positive param v : positive param w : positive param r : real
        network net(z : real[1]) -> mean : real[3] { dense(4) tanh }
        each row {
          latent z : real[1] ~ Normal(0, 1)
          observe x : real[3] from ("a", "b", "c") ~ Normal(net(z), \(scale))
        }
        fit { epochs = 40, batch = 50 }
        """
    ).fit(try Table(columns: zip(["a", "b", "c"], columns).map { Column($0, $1) }))
    // The bound of so short a training, a few nats below what no latent at all would say.
    #expect(fit.objective.value > Self.apart(sd, rows: 300) - 10, "\(fit.objective.value)")
  }

  /// Three of the pixels are blank in every image. A spread for all begins at that of all, one for each
  /// where a network can show a blank.
  @Test(arguments: ["positive", "positive[D]"], ["map(z)", "map(z) + B * y"])
  func blankColumns(_ type: String, _ mean: String) throws {
    let fit = try Model(
      text: """
        model M(R = 2, D)
        fit { epochs = 20, batch = 64 }
        each row {
          observe img : real[D] from standardize("p*") ~ Normal(\(mean), s)
          latent y : real[R] ~ Normal(0, 1)
          latent z : real[2] ~ Normal(0, 1)
        }
        param s : \(type)
        param B : real[D, R]
        network map(v : real[2]) -> mu : real[D] { dense(32) tanh }
        """
    ).fit(try BundledData.table("digits8x8"))
    let sd = [Double](repeating: 1, count: 61) + [Double](repeating: 0.5, count: 3)
    #expect(fit.objective.value > Self.apart(sd, rows: 1797), "\(fit.objective.value)")
  }
}
