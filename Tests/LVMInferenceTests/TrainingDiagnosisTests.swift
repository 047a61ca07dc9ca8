import Foundation
import LVM
import Testing

/// What training says of itself: epochs, whether it settled, latents that are not used, scales that run off,
/// and steps that lose the bound.
@Suite struct TrainingDiagnosisTests {
  private func fit(
    _ text: String, _ table: Table, _ settings: [FitEntry.Key: FitEntry.Setting] = [:]
  ) throws -> Fit {
    var options = FitOptions()
    options.training = settings
    return try Model(text: text).fit(table, options: options)
  }

  private func warning(_ code: String, _ fit: Fit) -> String? {
    fit.warnings.first { $0.code == code }?.text
  }

  @Test func everyEpochSaysWhatItsBoundIsMadeOf() throws {
    let fit = try fit(
      VariationalTests.linear(2), BundledData.table("iris"), [.epochs: .number(30)])
    #expect(fit.epochs.map(\.epoch) == Array(1...30))
    for report in fit.epochs {
      let (r, kl) = (try #require(report.reconstruction), try #require(report.divergence))
      #expect(abs(report.bound - (r - kl)) < 1e-9 * (1 + abs(report.bound)))
      #expect(kl >= 0)
      #expect(report.units == 2 && report.heldOut == nil)
    }
    #expect(fit.trace.count == 30)
    #expect(abs(fit.trace[29] - 150 * fit.epochs[29].bound) < 1e-6 * abs(fit.trace[29]))
  }

  /// The weight of the divergence is in what is maximised, never in the bound that is told.
  @Test func aWeightedDivergenceStaysOutOfTheBound() throws {
    let table = try BundledData.table("iris")
    let plain = try fit(VariationalTests.linear(2), table, [.epochs: .number(1)])
    let heavy = try fit(
      VariationalTests.linear(2), table,
      [.epochs: .number(1), .kl: .number(50), .batch: .number(150)])
    let same = try fit(
      VariationalTests.linear(2), table, [.epochs: .number(1), .batch: .number(150)])
    // One minibatch: both tell the bound before any step.
    #expect(abs(heavy.trace[0] - same.trace[0]) < 1e-6 * abs(same.trace[0]))
    #expect(plain.trace[0] != same.trace[0])
    let long = try fit(
      VariationalTests.linear(2), table, [.epochs: .number(200), .kl: .number(50)])
    let free = try fit(VariationalTests.linear(2), table, [.epochs: .number(200)])
    #expect(try #require(long.epochs.last?.divergence) < #require(free.epochs.last?.divergence))
  }

  @Test func aTrainingThatStillRisesSaysHowManyMoreEpochsHelp() throws {
    let short = try fit(
      VariationalTests.linear(1), BundledData.table("iris"), [.epochs: .number(60)])
    #expect(!short.converged)
    let text = try #require(warning("not-converged", short))
    #expect(text.contains("60 epochs") && text.contains("nats a row"))
    #expect(!text.contains("iterations"))
    let long = try fit(VariationalTests.linear(1), BundledData.table("iris"))
    #expect(long.converged)
    #expect(warning("not-converged", long) == nil)
  }

  /// Gains that halve whenever the epochs double, which is what the outlook supposes.
  @Test func theOutlookExtrapolatesGainsThatShrink() {
    let bounds = (1...600).map { -10 - 6 / Double($0) }
    let settled = TrainingOutlook(bounds: bounds, warmup: 0, planned: 600)
    #expect(settled.hasSettled)
    let slow = (1...600).map { -10 - 60 / Double($0).squareRoot() }
    let outlook = TrainingOutlook(bounds: slow, warmup: 0, planned: 600)
    #expect(!outlook.hasSettled)
    // Of the constant part, 400 epochs, doubled: 60 / √400 − 60 / √800.
    #expect(abs(outlook.gain - 0.879) < 0.09)
    let flat = (1...600).map { -10 + 0.3 * sin(Double($0 * $0)) }
    #expect(TrainingOutlook(bounds: flat, warmup: 0, planned: 600).hasSettled)
  }

  @Test func latentsThatNothingReadsAreNamed() throws {
    let text = """
      model Idle(D)
      network decoder(z : real) -> mean : real[D] { dense(4) tanh }
      param sigma : positive[D]
      each row {
        latent z : real[2] ~ Normal(0, 1)
        observe x : real[D] from standardize(not species) ~ Normal(decoder(z[1]), sigma)
      }
      fit { epochs = 200, optimizer = Adam(0.01) }
      """
    let table = try BundledData.table("iris")
    let some = try #require(warning("posterior-collapse", try fit(text, table)))
    #expect(some.contains("1 of the 2") && some.contains("z[2]") && some.contains("line 5"))
    let deaf = text.replacingOccurrences(
      of: "decoder(z[1])", with: "0.000001 .* decoder(z[1])")
    let all = try #require(warning("posterior-collapse", try fit(deaf, table)))
    #expect(all.contains("`z`") && all.contains("line 5") && all.contains("every row"))
    let used = try fit(VariationalTests.linear(1), table)
    #expect(warning("posterior-collapse", used) == nil)
  }

  /// Rows with t > 1 are all zero: the scale there has no lower end.
  private static func spread() throws -> Table {
    var lines = ["t,y"]
    for i in 0..<60 {
      let t = Double(i % 30 - 15) / 5 + 0.1
      lines.append("\(t),\(t > 1 ? 0 : (i % 2 == 0 ? 1 : -1) * (1 + 0.1 * Double(i % 7)))")
    }
    return try Table(csv: lines.joined(separator: "\n") + "\n")
  }

  private static let spreadModel = """
    model Spread
    network f(t : real) -> scale : positive { dense(8) relu }
    each row {
      given t : real
      observe y : real ~ Normal(0, f(t))
    }
    """

  @Test func aScaleThatRunsToZeroIsNamedWithItsRows() throws {
    let fit = try fit(
      Self.spreadModel, Self.spread(),
      [.epochs: .number(90), .optimizer: .named("Adam", [0.02])])
    let text = try #require(warning("exploding-scale", fit))
    #expect(text.contains("`y`") && text.contains("line 5") && text.contains("fell to"))
    #expect(text.contains("rows ("))
    #expect(fit.objective.value.isFinite)
  }

  /// Going on until numbers end: the last good state comes back with the error.
  @Test func aBoundThatIsLostLeavesTheLastGoodState() throws {
    do {
      _ = try fit(
        Self.spreadModel, Self.spread(),
        [.epochs: .number(600), .optimizer: .named("Adam", [0.02])])
      Issue.record("the likelihood has no maximum")
    } catch let failure as TrainingFailed {
      #expect(failure.description.hasPrefix("training-diverged"))
      #expect(failure.fault.contains("`y`") && failure.fault.contains("line 5"))
      #expect(failure.state.epoch > 50)
      #expect(failure.state.values.values.allSatisfy { $0.allSatisfy(\.isFinite) })
      #expect(failure.state.trace.count == failure.state.epoch)
    }
  }

  @Test func stepsThatAreTooLongAreTakenBack() throws {
    let table = try BundledData.table("iris")
    let settings: [FitEntry.Key: FitEntry.Setting] = [
      .epochs: .number(20), .optimizer: .named("SGD", [3]),
    ]
    let fit = try fit(VariationalTests.linear(2), table, settings)
    let text = try #require(warning("training-diverged", fit))
    #expect(text.contains("went back"))
    #expect(fit.parameters.values.allSatisfy { $0.values.allSatisfy(\.isFinite) })
    #expect(fit.objective.value.isFinite)
    #expect(throws: TrainingFailed.self) {
      try self.fit(
        VariationalTests.linear(2), table,
        [.epochs: .number(20), .optimizer: .named("SGD", [1e9])])
    }
  }

  /// With rows held out the state that was best there is the one kept.
  @Test func theBestStateOnRowsHeldOutIsKept() throws {
    let text = """
      model Eager(D)
      network decoder(z : real[3]) -> mean : real[D], scale : positive[D] { dense(32) tanh }
      each row {
        latent z : real[3] ~ Normal(0, 1)
        observe x : real[D] from standardize(not species) ~ Normal(decoder(z).mean, decoder(z).scale)
      }
      fit { epochs = 1000, batch = 25, optimizer = Adam(0.005), patience = 10 }
      """
    let table = try BundledData.table("iris")
    let stopped = try fit(text, table)
    let held = try stopped.epochs.map { try #require($0.heldOut) }
    let best = try #require(held.indices.max { held[$0] < held[$1] })
    #expect(stopped.converged && held.count < 1000)
    #expect(held.count == best + 11)
    // The state after that epoch of the same training.
    do {
      _ = try Model(text: text).fit(table) {
        !$0.isPart && $0.iteration == best + 1 ? .stop : .continue
      }
      Issue.record("it was told to stop")
    } catch let stop as TrainingStopped {
      let weights = stop.state.values.filter { stopped.parameters[$0.key] != nil }
      #expect(weights.count > 4)
      for (name, own) in weights {
        #expect(stopped.parameters[name]?.values == own.map { Double($0) })
      }
    }
  }

  /// A cell that is far from all others, beside a scale that cannot follow it, is named rather than a step size.
  @Test func aCellOutOfAllProportionIsNamed() throws {
    var cells = (0..<40).map { Double($0 % 7) }
    cells[11] = 1e30
    let table = try Table(columns: [
      Column("a", (0..<40).map { Double($0 % 5) }), Column("b", cells),
    ])
    let error = #expect(throws: TrainingFailed.self) {
      try fit(
        VariationalTests.linear(1).replacingOccurrences(of: " from not species", with: "")
          .replacingOccurrences(of: "param sigma : positive", with: "")
          .replacingOccurrences(of: "decoder(z), sigma", with: "decoder(z), 1"), table,
        [.epochs: .number(3)])
    }
    #expect(error?.cell?.hasPrefix("`x[2]` in row 12 is ") == true, "\(error?.cell ?? "none")")
  }

  /// Rows held out are judged by networks as they are used: nothing is dropped.
  @Test func heldOutRowsSeeNetworksAsTheyAreUsed() throws {
    func bound(_ layers: String) throws -> Double {
      let text = """
        model Held
        network f(y : real) -> m : real { dense(8) tanh \(layers) }
        param s : positive
        each row {
          given y : real from "Sepal.Length"
          observe x : real from "Sepal.Width" ~ Normal(f(y), s)
        }
        """
      let fit = try fit(
        text, BundledData.table("iris"),
        [.epochs: .number(2), .patience: .number(5), .optimizer: .named("SGD", [1e-30])])
      return try #require(fit.epochs.last?.heldOut)
    }
    let plain = try bound("")
    #expect(try bound("dropout(0.5)") == plain)
  }
}
