import Foundation
import LVM
import Testing

/// Factors common to all that is observed: one likelihood however the model is written down.
@Suite struct CommonFactorTests {
  static let columns = [
    "age", "bmi", "pressure", "cholesterol", "ldl", "hdl", "sugar", "progression",
  ]

  static func names(_ range: Range<Int>) -> String {
    "(" + range.map { columns[$0] }.joined(separator: ", ") + ")"
  }

  static let whole = """
    model M
    param W : real[8, 3] param mu : real[8] param psi : positive[8]
    each row {
      latent z : real[3] ~ Normal(0, 1)
      observe x : real[8] from \(names(0..<8)) ~ Normal(W * z + mu, psi)
    }
    """

  /// The same behind a scale that is not bare: quasi-Newton steps on loadings, means and scales.
  static let climbed = whole.replacingOccurrences(of: ", psi)", with: ", 1 * psi)")

  /// Latents split, blocks of columns apart, another order.
  static let parts = """
    model M
    param t : positive[3] param V : real[5, 1] param s : positive[5] param A : real[3, 2]
    param nu : real[3] param B : real[5, 2] param U : real[3, 1] param kappa : real[5]
    each row {
      latent b : real[1] ~ Normal(0, 1)
      observe y : real[3] from \(names(5..<8)) ~ Normal(nu + U * b + A * a, t)
      latent a : real[2] ~ Normal(0, 1)
      observe x : real[5] from \(names(0..<5)) ~ Normal(B * a + kappa + V * b, s)
    }
    """

  @Test(arguments: [1, 2, 3])
  func formsHaveOneMaximum(_ seed: Int) throws {
    let table = try BundledData.table("diabetes")
    let options = FitOptions(seed: UInt64(seed))
    let whole = try Model(text: Self.whole).fit(table, options: options)
    #expect(whole.converged)
    #expect(whole.plan.reason.contains("Newton's method"))
    let parts = try Model(text: Self.parts).fit(table, options: options)
    #expect(parts.converged)
    #expect(abs(whole.objective.value - parts.objective.value) < 1e-7)
    let climbed = try Model(text: Self.climbed).fit(table, options: options)
    #expect(!climbed.plan.reason.contains("Newton's method on"))
    #expect(climbed.objective.value < whole.objective.value + 1e-6)
    #expect(abs(whole.objective.value - climbed.objective.value) < 1e-4)
    // Nothing is left to gain.
    let bound = try Model(text: Self.whole).bound(to: table)
    let gradient = try MarginalLikelihood(try Planner.plan(bound.graph).inference, data: bound.data)
      .gradient(whole.parameters)
    for (name, slope) in gradient where whole.warnings.isEmpty {
      #expect(slope.values.allSatisfy { abs($0) < 1e-4 }, "\(name): \(slope.values)")
    }
  }

  /// Scales that several columns share are one number.
  @Test func sharedScales() throws {
    let text = """
      model M
      param W : real[4, 1] param V : real[4, 1] param mu : real[4] param nu : real[4]
      param s : positive param t : positive
      each row {
        latent z : real[1] ~ Normal(0, 1)
        observe x : real[4] from \(Self.names(0..<4)) ~ Normal(W * z + mu, s)
        observe y : real[4] from \(Self.names(4..<8)) ~ Normal(V * z + nu, t)
      }
      """
    let table = try BundledData.table("diabetes")
    let fit = try Model(text: text).fit(table)
    let climbed = try Model(text: text.replacingOccurrences(of: ", t)", with: ", 1 * t)")).fit(
      table)
    #expect(fit.converged)
    #expect(abs(fit.objective.value - climbed.objective.value) < 1e-6)
    for name in ["s", "t"] {
      let (a, b) = (try #require(fit[name]).values[0], try #require(climbed[name]).values[0])
      #expect(abs(a - b) < 1e-4)
    }
  }

  @Test func threadsDoNotChangeABit() throws {
    let table = try BundledData.table("diabetes")
    let fits = try [1, 2, 3].map {
      try Model(text: Self.whole).fit(
        table, options: FitOptions(seed: 4, runtime: Runtime(threads: $0)))
    }
    for other in fits.dropFirst() {
      #expect(other.parameters == fits[0].parameters)
      #expect(other.trace == fits[0].trace)
    }
  }
}
