import Foundation
import LVM
import Testing

/// Cells of models whose latents are drawn, against exact answers at the same parameters.
@Suite struct TrainedQueryTests {
  private static let rows = """
    Sepal.Length,Sepal.Width,Petal.Length,Petal.Width,species
    5.1,3.5,1.4,,1
    7.0,,4.7,,2
    ,,5.8,,3
    ,,,,1
    6.3,3.3,6.0,2.5,3
    ,3.0,5.1,1.8,3

    """

  /// A linear network on iris, and PPCA with the numbers that it was trained to.
  private static func twins() throws -> (trained: Fit, exact: Fit) {
    let table = try BundledData.table("iris")
    var options = FitOptions()
    options.training[.epochs] = .number(300)
    let trained = try Model(text: VariationalTests.linear(2)).fit(table, options: options)
    var exact = try Model(text: FitTests.ppca(2)).fit(table, options: .init(restarts: 1))
    let decoder = try LinearDecoder(trained)
    exact.parameters["W"] = decoder.loadings
    exact.parameters["mu"] = Tensor([decoder.mean.count], decoder.mean)
    exact.parameters["sigma"] = trained["sigma"]
    return (trained, exact)
  }

  private static func table(_ text: String) throws -> Table {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("lvmc-rows-\(UUID().uuidString).csv")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try Table(csv: url)
  }

  private struct Numbers {
    var predicted: [Bool]
    /// Mean, deviation, 5% and 95% quantiles.
    var values: [[Double]]

    init(_ prediction: Prediction) throws {
      let x = try #require(prediction["x"])
      predicted = x.isPredicted
      guard case .numbers(let mean, let sd, let q5, let q95, nil) = x.content else {
        throw QueryError.noDraw(variable: "x", reason: "numbers in closed form were expected")
      }
      values = [mean, sd, q5, q95]
    }
  }

  /// The mean over seeds lies within five of its standard errors of the exact number, whether the guide is
  /// the trained one or looks beside it: weights make up for where draws come from.
  @Test(arguments: [0, 0.3]) func predictionsAgreeWithTheExactModel(_ shift: Double) throws {
    var (trained, exact) = try Self.twins()
    let bias = try #require(trained["guide.z.mean.bias"])
    trained.parameters["guide.z.mean.bias"] = Tensor(bias.dims, bias.values.map { $0 + shift })
    let table = try Self.table(Self.rows)
    let truth = try Numbers(try exact.predict(table))
    let seeds = 16
    var sums = truth.values.map { $0.map { _ in (0.0, 0.0) } }
    for seed in 1...seeds {
      trained.seed = UInt64(seed)
      let prediction = try trained.predict(table, samples: 1000)
      #expect(try #require(prediction["x"]?.estimate).samples == 1000)
      let own = try Numbers(prediction)
      #expect(own.predicted == truth.predicted)
      for (q, values) in own.values.enumerated() {
        for (i, x) in values.enumerated() {
          if !truth.predicted[i] { #expect(x == truth.values[q][i]) }
          sums[q][i].0 += x / Double(seeds)
          sums[q][i].1 += x * x / Double(seeds)
        }
      }
    }
    #expect(truth.predicted.count { $0 } == 11)
    for (q, expected) in truth.values.enumerated() {
      for (i, x) in expected.enumerated() where truth.predicted[i] {
        let (mean, square) = sums[q][i]
        let error = (max(0, square - mean * mean) / Double(seeds - 1)).squareRoot()
        #expect(error < 0.1)
        #expect(abs(mean - x) < 5 * error + 1e-4, "\(q) of cell \(i): \(mean), not \(x) ± \(error)")
      }
    }
  }

  @Test func imputedCellsAreThePredictedOnes() throws {
    let (trained, _) = try Self.twins()
    let table = try Self.table(Self.rows)
    let numbers = try Numbers(try trained.predict(table))
    let imputed = try #require(try trained.impute(table)["x"])
    #expect(imputed.values == numbers.values[0])
    #expect(imputed.sd == numbers.values[1])
    // The same bits again, for any number of threads, and others for another seed.
    #expect(try trained.impute(table, runtime: Runtime(threads: 3))["x"]?.values == imputed.values)
    var other = trained
    other.seed += 1
    #expect(try other.impute(table)["x"]?.values != imputed.values)
  }

  /// A row's answer is its own, whatever stands beside it.
  @Test func rowsDoNotSeeOneAnother() throws {
    let (trained, _) = try Self.twins()
    let lines = Self.rows.split(separator: "\n").map(String.init)
    let alone = try Self.table(lines.prefix(2).joined(separator: "\n") + "\n")
    let all = try #require(try trained.impute(try Self.table(Self.rows))["x"]).values
    #expect(try #require(try trained.impute(alone)["x"]).values == Array(all.prefix(4)))
  }

  /// E[x | z] at the guide's draws is, for a linear decoder, its value at the guide's mean.
  @Test func reconstructionIsTheDecodedMean() throws {
    let (trained, _) = try Self.twins()
    let table = try BundledData.table("iris")
    let means = try #require(try trained.posterior(of: "z", given: table))
    guard case .moments(let z, let sd, 2) = means.content else {
      Issue.record("`z` has two numbers")
      return
    }
    let decoder = try LinearDecoder(trained)
    let (w, b) = (decoder.weights, decoder.mean)
    let draws = 400
    let found = try #require(try trained.reconstruct(table, samples: draws)["x"]).values
    for i in 0..<150 {
      for j in 0..<4 {
        let expected = b[j] + z[2 * i] * w[j] + z[2 * i + 1] * w[4 + j]
        let (s, t) = (sd[2 * i] * w[j], sd[2 * i + 1] * w[4 + j])
        let error = ((s * s + t * t) / Double(draws)).squareRoot()
        #expect(abs(found[4 * i + j] - expected) < 5 * error + 1e-4)
      }
    }
  }

  /// Latents of one row, drawn again and again, have the moments of its posterior: from a guide, and exactly
  /// where linear-Gaussian latents are moved from prior draws.
  @Test func aggregatedDrawsHaveThePosteriorOfTheirRow() throws {
    let (trained, exact) = try Self.twins()
    let row = try Self.table(Self.rows.split(separator: "\n").prefix(3).joined(separator: "\n"))
    let one = try Self.table(
      Self.rows.split(separator: "\n").enumerated().filter { [0, 2].contains($0.offset) }
        .map { String($0.element) }.joined(separator: "\n") + "\n")
    #expect(row.rowCount == 2 && one.rowCount == 1)
    let n = 4000
    for fit in [trained, exact] {
      guard case .moments(let mean, let sd, 2)? = try fit.posterior(of: "z", given: one)?.content
      else {
        Issue.record("`z` has two numbers")
        return
      }
      let samples = try fit.sampleAggregated(count: n, rows: one)
      #expect(samples.rows == n)
      for (j, name) in ["z1", "z2"].enumerated() {
        let z = try #require(samples[name]).values
        let centre = z.reduce(0, +) / Double(n)
        let variance = z.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(n)
        #expect(abs(centre - mean[j]) < 5 * sd[j] / Double(n).squareRoot())
        #expect(abs(variance / (sd[j] * sd[j]) - 1) < 5 * (2 / Double(n)).squareRoot())
      }
      // Both rows are drawn.
      let both = try #require(try fit.sampleAggregated(count: 200, rows: row)["z1"]).values
      #expect(Set(both).count == 200)
    }
  }

  /// A line between two rows decodes to a line where the decoder is one.
  @Test func interpolationIsStraight() throws {
    let (trained, exact) = try Self.twins()
    let table = try BundledData.table("iris")
    for fit in [trained, exact] {
      let line = try fit.interpolate(table, from: 1, to: 101, steps: 5)
      #expect(line.rows == 5)
      guard case .moments(let z, _, 2)? = try fit.posterior(of: "z", given: table)?.content else {
        Issue.record("`z` has two numbers")
        return
      }
      let decoder = try LinearDecoder(trained)
      let (w, b) = (decoder.weights, decoder.mean)
      for (j, column) in line.columns.enumerated() {
        for (step, x) in column.values.enumerated() {
          let t = Double(step) / 4
          let a = (1 - t) * z[0] + t * z[200]
          let c = (1 - t) * z[1] + t * z[201]
          #expect(abs(x - (b[j] + a * w[j] + c * w[4 + j])) < 1e-5)
        }
      }
    }
    #expect(throws: QueryError.noRow(151, rows: 150)) {
      try exact.interpolate(table, from: 151, to: 1)
    }
  }

  /// A label that the guide reads is still predicted: where it is missing the guide is told what is likely.
  @Test func labelsBesideANetworkArePredicted() throws {
    let text = """
      model Semi(L = 2, D, C = 3)
      network decoder(z : real[L], y : category[C]) -> mean : real[D] { dense(16) tanh }
      param share : simplex[C]
      param sigma : positive
      each row {
        latent z : real[L] ~ Normal(0, 1)
        observe y : category[C] from species ~ Categorical(share)
        observe x : real[D] from standardize(not species) ~ Normal(decoder(z, y), sigma)
      }
      fit { epochs = 200, batch = 50, optimizer = Adam(0.01) }
      """
    let table = try BundledData.table("iris")
    let fit = try Model(text: text).fit(table)
    let prediction = try #require(try fit.predict(table, of: "y")["y"])
    guard case .labels(let best, let p, 3, _) = prediction.content else {
      Issue.record("`y` is a label")
      return
    }
    // The first fifty flowers are of the first species, and so on. Nearest centres get 139 right.
    #expect(best.indices.count { best[$0] == $0 / 50 } >= 139)
    for i in 0..<150 { #expect(abs(p[(3 * i)..<(3 * i + 3)].reduce(0, +) - 1) < 1e-5) }
  }

  /// Zeros beyond a Poisson's own: mean (1 − π)λ, variance (1 − π)λ(1 + πλ), wherever they are asked for.
  @Test func zeroInflatedCountsHaveMoments() throws {
    let text = """
      model Deaths
      network f(z : real) -> rate : positive, extra : unit { dense(3) tanh }
      each row {
        latent z : real ~ Normal(0, 1)
        observe deaths : count ~ ZeroInflated(Poisson(f(z).rate), f(z).extra)
      }
      guide { z = 0.7 }
      fit { epochs = 1, batch = 64 }
      """
    let table = try BundledData.table("prussian")
    let fit = try Model(text: text).fit(table)
    func head(_ name: String) throws -> Double {
      let w1 = try #require(fit["f.1.weight"]).values
      let b1 = try #require(fit["f.1.bias"]).values
      let w = try #require(fit["f.\(name).weight"]).values
      let b = try #require(fit["f.\(name).bias"]).values
      return b[0] + (0..<3).reduce(0) { $0 + w[$1] * tanh(0.7 * w1[$1] + b1[$1]) }
    }
    let rate = log1p(exp(try head("rate")))
    let extra = 1 / (1 + exp(-(try head("extra"))))
    let mean = (1 - extra) * rate
    let sd = ((1 - extra) * rate * (1 + extra * rate)).squareRoot()
    let shown = try #require(try fit.reconstruct(table)["deaths"]).values
    #expect(shown.allSatisfy { abs($0 - mean) < 1e-6 })
    let prediction = try #require(try fit.predict(table, of: "deaths")["deaths"])
    guard case .numbers(let means, let deviations, let low, _, nil) = prediction.content else {
      Issue.record("its quantiles are drawn although its latent is a point")
      return
    }
    #expect(means.allSatisfy { abs($0 - mean) < 1e-6 })
    #expect(deviations.allSatisfy { abs($0 - sd) < 1e-6 })
    #expect(low.allSatisfy { $0 == 0 })
    // Latents at two rows are the same point here, and so is what lies between.
    let line = try #require(try fit.interpolate(table, from: 1, to: 2, steps: 3).columns.first)
    #expect(line.values.allSatisfy { abs($0 - mean) < 1e-6 })
  }

  /// An output that nothing reads has no head; the fit is saved and loaded all the same.
  @Test func outputsThatNothingReadsAreNotAskedFor() throws {
    let text = """
      model Half(D, L = 2)
      network f(z : real[L]) -> mean : real[D], scale : positive[D] { }
      param sigma : positive
      each row {
        latent z : real[L] ~ Normal(0, 1)
        observe x : real[D] from standardize(not species) ~ Normal(f(z).mean, sigma)
      }
      fit { epochs = 1 }
      """
    let fit = try Model(text: text).fit(try BundledData.table("iris"))
    #expect(fit["f.mean.weight"] != nil && fit["f.scale.weight"] == nil)
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("lvmc-half-\(UUID().uuidString).fit")
    defer { try? FileManager.default.removeItem(at: url) }
    try fit.save(to: url)
    #expect(try Fit(contentsOf: url).parameters == fit.parameters)
  }
}
