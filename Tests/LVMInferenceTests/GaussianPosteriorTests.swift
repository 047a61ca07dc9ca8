import LVM
import Testing

/// A linear-Gaussian model, rows of it, and what its dense joint Gaussian says of them.
struct GaussianCase: Sendable, CustomTestStringConvertible {
  struct Row: Sendable {
    var x: [Double]
    /// The cell that is missing.
    var gap: Int?
    /// Of z and u together.
    var mean: [Double]
    var sd: [Double]
    /// Mean and deviation of the missing cell.
    var cell: [Double]
    var density: Double
  }

  let text: String
  let columns: [String]
  let widthOfZ: Int
  let rows: [Row]

  init(_ text: String, columns: [String], widthOfZ: Int, rows: [Row]) {
    self.text = text
    self.columns = columns
    self.widthOfZ = widthOfZ
    self.rows = rows
  }

  var testDescription: String { text }

  /// All rows, or only the one without a missing cell.
  func table(complete: Bool) throws -> Table {
    let rows = complete ? rows.filter { $0.gap == nil } : rows
    return try Table(
      columns: columns.enumerated().map { j, name in
        Column(name, rows.map { $0.gap == j ? .nan : $0.x[j] })
      })
  }
}

/// Posteriors, densities and missing cells where noise scales lie up to nine decades apart.
@Suite struct GaussianPosteriorTests {
  private func expect(
    _ found: Double, _ wanted: Double, _ what: String, tolerance: Double = 1e-8
  ) {
    #expect(
      abs(found - wanted) <= tolerance * max(1, abs(wanted)), "\(what): \(found), not \(wanted)")
  }

  private func expectScale(_ found: Double, _ wanted: Double, _ what: String) {
    #expect(abs(found - wanted) <= 1e-8 * wanted, "\(what): \(found), not \(wanted)")
  }

  @Test(arguments: gaussianReference, [true, false])
  func agreesWithTheDenseJointGaussian(_ c: GaussianCase, _ complete: Bool) throws {
    let rows = complete ? c.rows.filter { $0.gap == nil } : c.rows
    let data = try c.table(complete: complete)
    let fit = try knownFit(c.text, data, [:])
    let latents = try fit.posteriors(given: data).latents
    #expect(latents.map(\.variable) == ["z", "u"])
    for latent in latents {
      guard case .moments(let mean, let sd, let size) = latent.content else {
        Issue.record("moments expected")
        return
      }
      let first = latent.variable == "z" ? 0 : c.widthOfZ
      for (i, row) in rows.enumerated() {
        for j in 0..<size {
          expect(mean[i * size + j], row.mean[first + j], "mean of \(latent.variable)")
          expectScale(sd[i * size + j], row.sd[first + j], "sd of \(latent.variable)")
        }
      }
    }
    let scores = try fit.logLikelihood(of: data).scores.values
    for (score, row) in zip(scores, rows) {
      // Residuals in units of 10⁻⁹ keep seven digits: cells and means are rounded to 10⁻¹⁶.
      expect(score, row.density, "density", tolerance: 1e-4)
    }
    guard !complete else { return }
    let imputed = try fit.impute(data)
    let predicted = try fit.predict(data)
    for (i, row) in rows.enumerated() {
      guard let gap = row.gap else { continue }
      let name = c.columns[gap]
      let found = try #require(imputed.variables.first { $0.columns.contains(name) })
      let j = try #require(found.columns.firstIndex(of: name))
      let at = i * found.columns.count + j
      expect(found.values[at], row.cell[0], "imputed")
      expectScale(found.sd[at], row.cell[1], "sd of imputed")
      guard case .numbers(let mean, let sd, _, _, _)? = predicted[found.name]?.content else {
        Issue.record("numbers expected")
        return
      }
      expect(mean[at], row.cell[0], "predicted")
      expectScale(sd[at], row.cell[1], "sd of predicted")
    }
  }

  @Test func noiseOfZeroBesideOthersIsRefused() throws {
    let data = try Table(columns: [Column("x1", [0.5, 1]), Column("x2", [0.3, 2])])
    let text = """
      each row {
        latent  z : real[2] ~ Normal(0, 1)
        observe x : real[2] ~ Normal([[1, 0.5], [0.2, 1]] * z, s)
      }
      """
    let fit = try knownFit("param s : positive[2]\n" + text, data, ["s": [0, 1]])
    #expect(throws: QueryError.noFiniteValue(variable: "`z` (row 1)")) {
      try fit.posteriors(given: data)
    }
  }
}
