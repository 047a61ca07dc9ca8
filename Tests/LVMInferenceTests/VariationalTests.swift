import Foundation
import LVM
import Testing

/// Models with networks: bounds against exact answers, the same bits again, and what composes with them.
@Suite struct VariationalTests {
  static func linear(_ l: Int) -> String {
    """
    model LinearVAE(L = \(l), D)
    network decoder(z : real[L]) -> mean : real[D] { }
    param sigma : positive
    each row {
      latent z : real[L] ~ Normal(0, 1)
      observe x : real[D] from not species ~ Normal(decoder(z), sigma)
    }
    fit { epochs = 1200, batch = 50, optimizer = Adam(0.01) }
    """
  }

  /// The exact model with the numbers that a linear decoder was trained to.
  private func exact(_ fit: Fit, _ table: Table, l: Int) throws -> Fit {
    var twin = try Model(text: FitTests.ppca(l)).fit(table, options: .init(restarts: 1))
    let decoder = try LinearDecoder(fit)
    twin.parameters["W"] = decoder.loadings
    twin.parameters["mu"] = Tensor([decoder.mean.count], decoder.mean)
    twin.parameters["sigma"] = fit["sigma"]
    return twin
  }

  @Test(arguments: [(1, -470.6695), (2, -404.9628)])
  func linearNetworkReachesPPCA(_ l: Int, _ optimum: Double) throws {
    let table = try BundledData.table("iris")
    let fit = try Model(text: Self.linear(l)).fit(table)
    #expect(fit.plan.strategy == .vi)
    #expect(fit.objective.name == .elbo && !fit.objective.exact)
    let twin = try exact(fit, table, l: l)
    let truth = try twin.logLikelihood(of: table).scores.values
    let total = truth.reduce(0, +)
    #expect(abs(total - optimum) < 0.5)
    // The bound is an average over draws: its standard error here is about 0.3.
    #expect(fit.objective.value < total + 1.2)
    #expect(fit.objective.value > optimum - 1.5)
    let scores = try fit.logLikelihood(of: table, samples: 400).scores
    let errors = try #require(scores.estimate).errors
    #expect(abs(scores.values.reduce(0, +) - total) < 0.5)
    for i in truth.indices {
      #expect(scores.values[i] < truth[i] + 6 * errors[i] + 1e-3)
    }
  }

  @Test func moreDrawsTightenTheBound() throws {
    let table = try BundledData.table("iris")
    var options = FitOptions()
    options.training[.epochs] = .number(300)
    let fit = try Model(text: Self.linear(1)).fit(table, options: options)
    let truth = try exact(fit, table, l: 1).logLikelihood(of: table).scores.values.reduce(0, +)
    let few = try fit.logLikelihood(of: table, samples: 2).scores.values.reduce(0, +)
    let many = try fit.logLikelihood(of: table, samples: 2000).scores.values.reduce(0, +)
    #expect(few < many)
    #expect(many < truth + 0.05 * abs(truth))
    #expect(fit.objective.value < many + 1.2)
  }

  static let digits = """
    model Digits(L = 4, H = 24, D)
    network decoder(z : real[L]) -> pixel : unit[D] { dense(H) relu }
    each row {
      latent z : real[L] ~ Normal(0, 1)
      observe x : binary[D] from "Q*" ~ Bernoulli(decoder(z))
    }
    fit { epochs = 5, batch = 64 }
    """

  @Test func sameBitsForAnyThreads() throws {
    let table = try BundledData.table("lsat6")
    let model = try Model(text: Self.digits)
    let one = try model.fit(table, options: .init(seed: 3, runtime: .serial))
    let two = try model.fit(table, options: .init(seed: 3, runtime: Runtime(threads: 2)))
    #expect(one.parameters == two.parameters)
    #expect(one.objective == two.objective)
    let other = try model.fit(table, options: .init(seed: 4, runtime: .serial))
    #expect(one.parameters != other.parameters)
  }

  @Test func savedAndLoadedAlike() throws {
    let table = try BundledData.table("lsat6")
    let fit = try Model(text: Self.digits).fit(table)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "vae-\(UUID().uuidString).fit")
    defer { try? FileManager.default.removeItem(at: folder) }
    try fit.save(to: folder)
    let again = try Fit(contentsOf: folder)
    #expect(again.parameters == fit.parameters)
    #expect(
      try again.logLikelihood(of: table, samples: 3).scores.values
        == fit.logLikelihood(of: table, samples: 3).scores.values)
    guard case .moments(let a, _, _) = try fit.posterior(of: "z", given: table)?.content,
      case .moments(let b, _, _) = try again.posterior(of: "z", given: table)?.content
    else {
      Issue.record("no moments")
      return
    }
    #expect(a == b)
    #expect(try again.sample(count: 3).rows == 3)
  }

  /// A label inside a model with a network is summed, not drawn.
  @Test func aLabelBesideANetworkIsSummed() throws {
    let text = """
      model MixtureVAE(K = 2, L = 1, D)
      network decoder(z : real[L]) -> mean : real[D] { }
      param weights : simplex[K]
      param shift : real[K, D]
      param sigma : positive
      each row {
        latent kind : category[K] ~ Categorical(weights)
        latent z : real[L] ~ Normal(0, 1)
        observe x : real[D] from not species ~ Normal(decoder(z) + shift[kind], sigma)
      }
      fit { epochs = 300, optimizer = Adam(0.01) }
      """
    let table = try BundledData.table("iris")
    let fit = try Model(text: text).fit(table)
    let strategies = Dictionary(
      uniqueKeysWithValues: fit.plan.entries.map { ($0.variable, $0.strategy) })
    #expect(strategies["kind"] == "enumeration")
    #expect(strategies["z"] == "sampled")
    // More freedom than one component: better than its optimum.
    #expect(fit.objective.value > -470)
    guard case .probabilities(let p, let k) = try fit.posterior(of: "kind", given: table)?.content
    else {
      Issue.record("no probabilities")
      return
    }
    #expect(k == 2)
    for i in 0..<150 { #expect(abs(p[2 * i] + p[2 * i + 1] - 1) < 1e-5) }
  }

  @Test func emptyCellsAreLeftOutAndTold() throws {
    let text = """
      model Gaps(L = 1)
      network decoder(z : real[L]) -> mean : real[4] { dense(8) tanh }
      param sigma : positive[4]
      each row {
        latent z : real[L] ~ Normal(0, 1)
        observe x : real[4] from standardize((a, b, c, d)) ~ Normal(decoder(z), sigma)
      }
      fit { epochs = 200, optimizer = Adam(0.01) }
      """
    // Iris with every thirteenth cell taken out.
    let columns = try ["Sepal.Length", "Sepal.Width", "Petal.Length", "Petal.Width"].map {
      try #require(try BundledData.table("iris").column(named: $0)).storage.doubles()
    }
    var lines = ["a,b,c,d"]
    for i in columns[0].indices {
      lines.append(
        columns.enumerated().map { j, column in
          (4 * i + j) % 13 == 0 ? "" : "\(column[i])"
        }.joined(separator: ","))
    }
    let table = try Table(csv: lines.joined(separator: "\n") + "\n")
    let fit = try Model(text: text).fit(table)
    #expect(fit["guide.z.x.indicated"] != nil)
    let scores = try fit.logLikelihood(of: table, samples: 50).scores.values
    #expect(scores.allSatisfy { $0.isFinite })
    // Independent columns have log likelihood of about -1.42 a cell.
    #expect(fit.objective.value > -1.42 * 553)
    let codes = try #require(try fit.posterior(of: "z", given: table))
    guard case .moments(let mean, let sd, _) = codes.content else {
      Issue.record("moments expected")
      return
    }
    #expect(mean.allSatisfy { $0.isFinite } && sd.allSatisfy { $0 > 0 })
  }

  @Test func latentsOfOtherKindsGoThroughTheirTransforms() throws {
    let text = """
      model Rates
      param a : positive
      param s : positive
      each row {
        latent r : positive ~ LogNormal(a, s)
        observe accidents : count ~ Poisson(r)
      }
      fit { epochs = 5 }
      """
    let table = try Table(csv: "accidents\n3\n0\n2\n5\n1\n1\n0\n7\n")
    let fit = try Model(text: text).fit(table)
    #expect(fit.objective.value.isFinite)
  }

  @Test func deepChainsAreGuidedFromTheDataUpwards() throws {
    let text = """
      model Deep(D)
      network top(u : real[2]) -> mean : real[3], scale : positive[3] { dense(8) tanh }
      network decoder(z : real[3]) -> pixel : unit[D] { dense(8) tanh }
      each row {
        latent u : real[2] ~ Normal(0, 1)
        latent z : real[3] ~ Normal(top(u).mean, top(u).scale)
        observe x : binary[D] from "Q*" ~ Bernoulli(decoder(z))
      }
      fit { epochs = 20 }
      """
    let table = try BundledData.table("lsat6")
    let fit = try Model(text: text).fit(table)
    // No model of these answers exceeds the saturated one; independence is -2493.4.
    #expect(fit.objective.value < -2400)
    #expect(fit.objective.value > -2700)
  }

  @Test func aPointGuideIsAnAutoencoder() throws {
    let text = """
      model Auto(D)
      network decoder(z : real[2]) -> mean : real[D] { dense(8) tanh }
      network encoder(x : real[D]) -> code : real[2] { dense(8) tanh }
      param sigma : positive
      each row {
        latent z : real[2] ~ Normal(0, 1)
        observe x : real[D] from not species ~ Normal(decoder(z), sigma)
      }
      guide { z = encoder(x) }
      fit { epochs = 50, optimizer = Adam(0.01) }
      """
    let fit = try Model(text: text).fit(try BundledData.table("iris"))
    #expect(fit.plan.strategy == .map)
    #expect(fit.objective.name == .logJoint)
  }
}
