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

  private static let digits = """
    model Digits(L = 3)
    network decoder(z : real[L]) -> pixel : unit[64] { dense(16) relu }
    each row {
      latent  z : real[L] ~ Normal(0, 1)
      observe x : binary[64] from threshold("p*", 7) ~ Bernoulli(decoder(z))
    }
    fit { batch = 100, optimizer = Adam(0.005) }
    """

  /// While the divergence has little weight the bound of rows held out falls as it should: patience begins
  /// where the weight is whole.
  @Test func patienceWaitsForTheWarmUp() throws {
    let table = try BundledData.table("digits8x8")
    let settings: [FitEntry.Key: FitEntry.Setting] = [
      .epochs: .number(80), .warmup: .number(60), .patience: .number(3),
    ]
    let fit = try fit(Self.digits, table, settings)
    let held = fit.epochs.compactMap(\.heldOut)
    // Three epochs in a row below the one before, long before the weight is whole.
    #expect(held[2...4].allSatisfy { $0 < held[1] })
    #expect(fit.iterations > 60)
    #expect(fit.objective.value > -21 * 1797)
  }

  /// Which state is kept is judged by what is maximised: with `kl = 0`, by the reconstruction.
  @Test func aWeightedModelIsJudgedByItsOwnObjective() throws {
    let table = try BundledData.table("digits8x8")
    for (weight, least) in [(0.0, -19.0), (0.1, -20)] {
      let fit = try fit(
        Self.digits, table,
        [.epochs: .number(60), .patience: .number(5), .kl: .number(weight)])
      let judged = try fit.epochs.map { try #require($0.judged) }
      let held = try fit.epochs.map { try #require($0.heldOut) }
      // The bound itself only falls, and would have ended training at once.
      #expect(held.prefix(10).dropFirst(4).allSatisfy { $0 < held.prefix(4).max() ?? 0 })
      #expect(fit.iterations > 20)
      #expect(try #require(judged.max()) > least)
      #expect(zip(judged, held).allSatisfy { $0 > $1 })
    }
    let plain = try fit(Self.digits, table, [.epochs: .number(3), .patience: .number(5)])
    #expect(plain.epochs.allSatisfy { $0.judged == $0.heldOut && $0.judged != nil })
  }

  /// Too few rows to hold any out are trained on whole, and that is said.
  @Test func patienceWithFewRowsIsToldOf() throws {
    let table = try Table(csv: "a,b\n1,2\n2,1\n0,4\n3,3\n")
    let text = """
      model Few(D)
      network decoder(z : real) -> mean : real[D] { dense(3) tanh }
      each row {
        latent  z : real ~ Normal(0, 1)
        observe x : real[D] ~ Normal(decoder(z), 1)
      }
      """
    let fit = try fit(text, table, [.epochs: .number(6), .patience: .number(1)])
    #expect(fit.iterations == 6)
    #expect(
      fit.warnings.contains { $0.text.hasPrefix("`patience` holds out") && $0.text.contains("20") })
    // A setting against which something else speaks says what.
    var options = ModelOptions()
    options.guide = .local
    let plan = try Model(text: text + "\nfit { patience = 3 }").plan(for: table, options: options)
    #expect(
      plan.settingsWithoutMeaning.map(\.warning.text) == [
        "`patience` in the fit block has no meaning where each row has a guide of its own, for rows that are "
          + "held out have none; it is ignored"
      ])
  }

  /// More draws than the machine has memory for are refused before any is taken.
  @Test(arguments: [1e8, 1e18])
  func drawsWithoutMemoryAreRefused(_ count: Double) throws {
    let table = try BundledData.table("digits8x8")
    let error = #expect(throws: FitError.self) {
      try fit(Self.digits, table, [.epochs: .number(1), .samples: .number(count)])
    }
    #expect(error?.description.contains("fewer `samples`") == true)
  }

  /// A warm-up that training does not see the end of is told.
  @Test func aWarmUpLongerThanTrainingIsWarnedOf() throws {
    let table = try BundledData.table("iris")
    let text = VariationalTests.linear(1)
    let long = try fit(text, table, [.epochs: .number(2), .warmup: .number(8)])
    #expect(long.warnings.contains { $0.code == "long-warmup" && $0.text.contains("25 %") })
    let whole = try fit(text, table, [.epochs: .number(2), .warmup: .number(2)])
    #expect(!whole.warnings.contains { $0.code == "long-warmup" })
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
