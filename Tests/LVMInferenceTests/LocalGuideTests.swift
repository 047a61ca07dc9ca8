import Foundation
import LVM
import Testing

/// Guides of each row's own, and latents at their most probable values, against what linear-Gaussian
/// models have in closed form.
@Suite struct LocalGuideTests {
  private func fit(
    _ text: String, _ table: Table, _ guide: GuideKind,
    _ settings: [FitEntry.Key: FitEntry.Setting] = [:]
  ) throws -> Fit {
    var options = FitOptions()
    options.training = settings
    return try Model(text: text).fit(table, options: options, model: .init(guide: guide))
  }

  private func moments(_ fit: Fit, _ table: Table) throws -> (mean: [Double], sd: [Double]) {
    guard case .moments(let mean, let sd, _)? = try fit.posterior(of: "z", given: table)?.content
    else {
      Issue.record("no moments")
      return ([], [])
    }
    return (mean, sd)
  }

  /// With one latent the local guide is the posterior: mean mᵀ(x − b)/(σ² + mᵀm), variance σ²/(σ² + mᵀm).
  @Test(arguments: [GuideKind.local, .point])
  func aLinearDecoderHasTheExactPosterior(_ guide: GuideKind) throws {
    let table = try BundledData.table("iris")
    let fit = try fit(VariationalTests.linear(1), table, guide)
    #expect(fit.plan.guide == guide)
    #expect(fit.plan.strategy == (guide == .local ? .vi : .map))
    #expect(fit.objective.name == (guide == .local ? .elbo : .logJoint))
    let z = try #require(fit.plan.entries.first { $0.variable == "z" })
    #expect(z.strategy == (guide == .local ? "sampled" : "point"))
    let decoder = try LinearDecoder(fit)
    let (weight, bias) = (decoder.weights, decoder.mean)
    let variance = pow(try #require(fit["sigma"]).values[0], 2)
    let precision = variance + weight.reduce(0) { $0 + $1 * $1 }
    let columns = try ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"].map {
      try #require(table.column(named: $0)).storage.doubles()
    }
    let (mean, sd) = try moments(fit, table)
    for i in 0..<150 {
      let dot = (0..<4).reduce(0) { $0 + weight[$1] * (columns[$1][i] - bias[$1]) }
      // Draws leave the guide's mean some noise; a point has none.
      #expect(abs(mean[i] - dot / precision) < (guide == .local ? 0.03 : 2e-4))
      let exact = guide == .local ? (variance / precision).squareRoot() : 0
      #expect(abs(sd[i] - exact) < 0.1 * exact + 1e-12)
    }
  }

  /// The free family holds the exact posterior, so that the bound is the likelihood.
  @Test func theLocalBoundReachesTheLikelihood() throws {
    let table = try BundledData.table("iris")
    let fit = try fit(VariationalTests.linear(1), table, .local)
    // −470.6695 is the maximum of PPCA's likelihood.
    #expect(fit.objective.value < -470.6695 + 1.2)
    #expect(fit.objective.value > -470.6695 - 3)
    let scores = try fit.logLikelihood(of: table, samples: 400).scores
    #expect(abs(scores.values.reduce(0, +) + 470.6695) < 1)
  }

  /// What a row's guide says does not depend on the rows beside it, or on whether it was trained on.
  @Test func aRowIsEncodedByItself() throws {
    let table = try BundledData.table("iris")
    let fit = try fit(
      VariationalTests.linear(2), table, .point, [.epochs: .number(200)])
    let (mean, _) = try moments(fit, table)
    let lines = try ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"].map {
      try #require(table.column(named: $0)).storage.doubles()
    }
    let rows = [149, 3, 77]
    let text =
      "Sepal.Length,Sepal.Width,Petal.Length,Petal.Width\n"
      + rows.map { i in lines.map { "\($0[i])" }.joined(separator: ",") }.joined(separator: "\n")
      + "\n"
    let (own, _) = try moments(fit, try Table(csv: text))
    for (k, i) in rows.enumerated() {
      for j in 0..<2 { #expect(abs(own[2 * k + j] - mean[2 * i + j]) < 1e-5) }
    }
  }

  @Test(arguments: [GuideKind.local, .point])
  func theKindOfGuideIsSaved(_ guide: GuideKind) throws {
    let table = try BundledData.table("iris")
    let fit = try fit(VariationalTests.linear(1), table, guide, [.epochs: .number(20)])
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "local-\(UUID().uuidString).fit")
    defer { try? FileManager.default.removeItem(at: folder) }
    try fit.save(to: folder)
    let again = try Fit(contentsOf: folder)
    #expect(again.plan.guide == guide)
    #expect(again.parameters == fit.parameters)
    #expect(try moments(again, table) == moments(fit, table))
    #expect(try again.sample(count: 3).rows == 3)
  }

  /// Latents of other kinds are most probable by the density of their own value: for a Gamma(a, b) prior and
  /// a Poisson count x, (a + x − 1)/(b + 1).
  @Test func thePointOfAPositiveLatentHasNoJacobian() throws {
    let text = """
      model Rates
      each row {
        latent z : positive ~ Gamma(3, 2)
        observe x : count ~ Poisson(z)
      }
      fit { epochs = 20 }
      """
    let table = try Table(csv: "x\n3\n0\n2\n5\n1\n1\n0\n7\n")
    let fit = try fit(text, table, .point)
    #expect(fit.plan.strategy == .map)
    let (mean, _) = try moments(fit, table)
    for (m, x) in zip(mean, [3, 0, 2, 5, 1, 1, 0, 7] as [Double]) {
      #expect(abs(m - (3 + x - 1) / 3) < 1e-3)
    }
  }

  /// Cells that are missing are left out of a row's own guide, and labels beside it are still summed.
  @Test func labelsAndEmptyCellsStayWhatTheyWere() throws {
    let text = """
      model Mixed(K = 2)
      param weights : simplex[K]
      param shift : real[K, 2]
      param sigma : positive
      network decoder(z : real) -> mean : real[2] { }
      each row {
        latent kind : category[K] ~ Categorical(weights)
        latent z : real ~ Normal(0, 1)
        observe x : real[2] from (a, b) ~ Normal(decoder(z) + shift[kind], sigma)
      }
      fit { epochs = 100, optimizer = Adam(0.01) }
      """
    var lines = ["a,b"]
    for i in 0..<40 {
      let c = i % 2 == 0 ? -3.0 : 3.0
      let t = Double(i % 7 - 3) / 3
      lines.append("\(c + t),\(i % 9 == 4 ? "" : "\(c - t)")")
    }
    let table = try Table(csv: lines.joined(separator: "\n") + "\n")
    for guide in [GuideKind.local, .point] {
      let fit = try fit(text, table, guide)
      let strategies = Dictionary(
        uniqueKeysWithValues: fit.plan.entries.map { ($0.variable, $0.strategy) })
      #expect(strategies["kind"] == "enumeration")
      #expect(fit.objective.value.isFinite)
      let (mean, _) = try moments(fit, table)
      #expect(mean.count == 40 && mean.allSatisfy(\.isFinite))
      guard case .probabilities(let p, _)? = try fit.posterior(of: "kind", given: table)?.content
      else {
        Issue.record("no probabilities")
        continue
      }
      #expect(p.count == 80 && p.allSatisfy(\.isFinite))
    }
  }

  @Test func sameBitsForAnyThreadsAndAfterAStop() throws {
    let table = try BundledData.table("iris")
    let model = try Model(text: VariationalTests.linear(2))
    let how = ModelOptions(guide: .local)
    var options = FitOptions(runtime: .serial)
    options.training[.epochs] = .number(30)
    let one = try model.fit(table, options: options, model: how)
    options.runtime = Runtime(threads: 2)
    let two = try model.fit(table, options: options, model: how)
    #expect(one.parameters == two.parameters && one.objective == two.objective)
    do {
      _ = try model.fit(table, options: options, model: how) {
        $0.iteration == 11 ? .stop : .continue
      }
      Issue.record("it was told to stop")
    } catch let stop as TrainingStopped { options.resume = stop.state }
    let three = try model.fit(table, options: options, model: how)
    #expect(one.parameters == three.parameters && one.objective == three.objective)
    #expect(one.epochs == three.epochs)
  }
}
