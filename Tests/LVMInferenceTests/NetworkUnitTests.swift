import Foundation
import LVM
import Testing

/// What networks learn does not depend on the units of the data, and is what is used afterwards.
@Suite struct NetworkUnitTests {
  private static func model(_ columns: String, decoder: String = "dense(8) tanh") -> String {
    """
    model Units(D)
    network decoder(z : real[2]) -> mean : real[D], scale : positive[D] { \(decoder) }
    network encoder(x : real[D]) -> mean : real[2], scale : positive[2] { dense(8) tanh }
    each row {
      latent z : real[2] ~ Normal(0, 1)
      let o = decoder(z)
      observe x : real[D] from \(columns) ~ Normal(o.mean, o.scale)
    }
    guide { z ~ Normal(encoder(x).mean, encoder(x).scale) }
    fit { epochs = 40, batch = 50, optimizer = Adam(0.01) }
    """
  }

  private static func iris(times factor: Double, plus shift: Double) throws -> Table {
    let table = try BundledData.table("iris")
    let columns = try ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"].map {
      try #require(table.column(named: $0)).storage.doubles()
    }
    let lines = columns[0].indices.map { i in
      columns.map { "\(factor * $0[i] + shift)" }.joined(separator: ",")
    }
    return try Table(csv: "a,b,c,d\n" + lines.joined(separator: "\n") + "\n")
  }

  /// A density of factor · x + shift is that of x over the factor.
  @Test(arguments: [(1000, 0), (0.001, 0), (1, 300), (250, -4000)])
  func unitsOnlyShiftTheBound(_ factor: Double, _ shift: Double) throws {
    let model = try Model(text: Self.model("(a, b, c, d)"))
    let plain = try model.fit(Self.iris(times: 1, plus: 0)).objective.value
    let moved = try model.fit(Self.iris(times: factor, plus: shift)).objective.value
    // Weights are Float32, and their rounding differs.
    #expect(abs(moved + 600 * log(factor) - plain) < 0.02 * abs(plain))
  }

  /// Averages of a batchnorm beneath two outputs are those of training, though the table is sorted: the bound
  /// with them is the last epoch's.
  @Test func averagesBeneathTwoOutputsAreTrainings() throws {
    var options = FitOptions()
    options.training[.epochs] = .number(150)
    let text = Self.model("(a, b, c, d)", decoder: "dense(16) batchnorm tanh")
    let fit = try Model(text: text).fit(Self.iris(times: 1, plus: 0), options: options)
    let last = try #require(fit.epochs.last).bound
    #expect(abs(fit.objective.value / 150 - last) < 0.3)
  }

  /// Outputs of one call share what is dropped and averaged: one evaluation of the body for both.
  @Test func equalCallsAreOneEvaluation() throws {
    let two = try Model(text: Self.model("(a, b, c, d)", decoder: "dense(8) dropout(0.5) tanh"))
    let one = try Model(
      text: Self.model("(a, b, c, d)", decoder: "dense(8) dropout(0.5) tanh")
        .replacing("let o = decoder(z)", with: "let o = decoder(z)\n  let p = decoder(z)")
        .replacing("o.scale)", with: "p.scale)"))
    let table = try Self.iris(times: 1, plus: 0)
    #expect(try two.fit(table).objective == one.fit(table).objective)
  }

  /// With latents at points, the scores of rows are the log joint density that was maximised.
  @Test func scoresAtPointsAreTheJointDensity() throws {
    let table = try BundledData.table("iris")
    let fit = try Model(text: VariationalTests.linear(2)).fit(
      table, model: .init(guide: .point))
    let scores = try fit.logLikelihood(of: table).scores
    #expect(scores.isJoint && !scores.isExact && scores.estimate == nil)
    #expect(abs(scores.values.reduce(0, +) - fit.objective.value) < 0.5)
  }
}
