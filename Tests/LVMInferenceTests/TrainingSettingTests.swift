import Foundation
import LVM
import Testing

/// Settings of the `fit` block do what the language says of them, and so does `binarize`.
@Suite struct TrainingSettingTests {
  private func fit(
    _ text: String, _ table: Table, _ settings: [FitEntry.Key: FitEntry.Setting]
  ) throws -> Fit {
    var options = FitOptions()
    options.training = settings
    return try Model(text: text).fit(table, options: options)
  }

  /// The weight of the divergence rises evenly to `kl` over the epochs of the warm-up.
  @Test func theWarmUpIsAWeightThatRises() throws {
    let table = try BundledData.table("iris")
    let text = VariationalTests.linear(2)
    let first = try fit(text, table, [.epochs: .number(1), .warmup: .number(4)])
    let quarter = try fit(text, table, [.epochs: .number(1), .kl: .number(0.25)])
    #expect(first.parameters == quarter.parameters)
    let beta = try fit(
      text, table, [.epochs: .number(1), .warmup: .number(2), .kl: .number(0.5)])
    #expect(beta.parameters == quarter.parameters)
    let plain = try fit(text, table, [.epochs: .number(3)])
    let done = try fit(text, table, [.epochs: .number(3), .warmup: .number(1)])
    #expect(plain.parameters == done.parameters)
    #expect(plain.parameters != first.parameters)
  }

  /// A warm-up that training does not see the end of is told.
  @Test func aWarmUpLongerThanTrainingIsWarnedOf() throws {
    let table = try BundledData.table("iris")
    let text = VariationalTests.linear(1)
    let long = try fit(text, table, [.epochs: .number(2), .warmup: .number(8)])
    #expect(long.warnings.contains { $0.hasPrefix("long-warmup: ") && $0.contains("25 %") })
    let whole = try fit(text, table, [.epochs: .number(2), .warmup: .number(2)])
    #expect(!whole.warnings.contains { $0.hasPrefix("long-warmup") })
  }

  /// The step size is constant for two thirds of the epochs and then falls.
  @Test func theStepSizeFallsInTheLastThird() throws {
    let table = try BundledData.table("iris")
    let text = VariationalTests.linear(1)
    let short = try fit(text, table, [.epochs: .number(30)])
    let long = try fit(text, table, [.epochs: .number(60)])
    #expect(Array(short.trace.prefix(21)) == Array(long.trace.prefix(21)))
    #expect(Array(short.trace.prefix(25)) != Array(long.trace.prefix(25)))
  }

  /// An epoch draws each cell anew; afterwards its chance stands for it.
  @Test func inkIsDrawnAfreshInTrainingAndAveragedInScores() throws {
    let text = """
      model Ink
      network f(t : real) -> chance : unit { }
      each row {
        given t : real
        observe x : binary from binarize(ink, 255) ~ Bernoulli(f(t))
      }
      """
    let inks = [0.0, 51, 128, 204, 255]
    let table = try Table(
      csv: "t,ink\n"
        + inks.enumerated().map { "\($0.offset),\($0.element)" }.joined(separator: "\n") + "\n")
    // Steps too small to move anything: what differs between epochs is the draw.
    let fit = try fit(text, table, [.epochs: .number(60), .optimizer: .named("SGD", [1e-30])])
    #expect(Set(fit.trace.map { ($0 * 1e6).rounded() }).count > 2)
    let w = try #require(fit["f.chance.weight"]).values[0]
    let b = try #require(fit["f.chance.bias"]).values[0]
    let chances = inks.indices.map { 1 / (1 + exp(-(w * Double($0) + b))) }
    let expected = zip(inks, chances).map { ink, p in
      ink / 255 * log(p) + (1 - ink / 255) * log(1 - p)
    }
    // Cells with 0 or 255 never change; of the others an epoch takes one end.
    let lowest = zip(inks, chances).reduce(0) { sum, cell in
      sum
        + (cell.0 == 0
          ? log(1 - cell.1)
          : cell.0 == 255 ? log(cell.1) : min(log(cell.1), log(1 - cell.1)))
    }
    #expect(fit.trace.allSatisfy { $0 > lowest - 1e-4 })
    let mean = fit.trace.reduce(0, +) / 60
    let spread = fit.trace.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 60
    #expect(abs(mean - expected.reduce(0, +)) < 4.5 * (spread / 60).squareRoot())
    let scores = try fit.logLikelihood(of: table).scores.values
    for (a, e) in zip(scores, expected) { #expect(abs(a - e) < 1e-5) }
    #expect(try fit.logLikelihood(of: table).scores.values == scores)
  }

  @Test func codesOfBinarizedCellsDoNotDependOnADraw() throws {
    let text = """
      model Codes
      network decoder(z : real) -> chance : unit[2] { dense(3) tanh }
      each row {
        latent z : real ~ Normal(0, 1)
        observe x : binary[2] from binarize((a, b), 255) ~ Bernoulli(decoder(z))
      }
      fit { epochs = 20, optimizer = Adam(0.01) }
      """
    let table = try Table(csv: "a,b\n0,255\n128,128\n255,0\n20,200\n64,70\n")
    let fit = try Model(text: text).fit(table)
    guard case .moments(let one, _, _)? = try fit.posterior(of: "z", given: table)?.content,
      case .moments(let two, _, _)? = try fit.posterior(of: "z", given: table)?.content
    else {
      Issue.record("no moments")
      return
    }
    #expect(one == two && Set(one).count == 5)
  }
}
