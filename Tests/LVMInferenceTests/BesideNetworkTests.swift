import Foundation
import LVM
import Testing

/// Latents that no network reads, in one factor with a latent that one does: integrated given its draws.
@Suite struct BesideNetworkTests {
  private func strategies(_ plan: Plan) -> [String: String] {
    Dictionary(uniqueKeysWithValues: plan.entries.map { ($0.variable, $0.strategy) })
  }

  /// With a linear decoder the whole is probabilistic PCA, whose numbers are known.
  @Test func aLinearBlockIsIntegrated() throws {
    let text = """
      model Beside(D)
      network decoder(z : real[1]) -> mean : real[D] { }
      param W : real[D, 1]
      param sigma : positive
      each row {
        latent f : real[1] ~ Normal(0, 1)
        latent z : real[1] ~ Normal(0, 1)
        observe x : real[D] from not species ~ Normal(W * f + decoder(z), sigma)
      }
      fit { epochs = 2000, batch = 50, optimizer = Adam(0.01) }
      """
    let table = try BundledData.table("iris")
    let fit = try Model(text: text).fit(table)
    #expect(strategies(fit.plan)["f"] == "gaussian")
    #expect(strategies(fit.plan)["z"] == "sampled")
    var twin = try Model(text: FitTests.ppca(2)).fit(table, options: .init(restarts: 1))
    let decoder = try LinearDecoder(fit)
    let own = try #require(fit["W"]).values
    twin.parameters["W"] = Tensor([4, 2], (0..<4).flatMap { [decoder.weights[$0], own[$0]] })
    twin.parameters["mu"] = Tensor([4], decoder.mean)
    twin.parameters["sigma"] = fit["sigma"]
    let truth = try twin.logLikelihood(of: table).scores.values
    let scores = try fit.logLikelihood(of: table, samples: 400).scores
    let errors = try #require(scores.estimate).errors
    for i in truth.indices {
      #expect(abs(scores.values[i] - truth[i]) < 6 * errors[i] + 1e-3)
    }
    // −404.9628 is the maximum of PPCA's likelihood.
    #expect(abs(truth.reduce(0, +) + 404.9628) < 3)
    guard case .moments(let mean, let sd, 1)? = try fit.posterior(of: "f", given: table)?.content,
      case .moments(let exact, let spread, 2)? = try twin.posterior(of: "z", given: table)?.content
    else {
      Issue.record("no moments")
      return
    }
    for i in 0..<150 {
      #expect(abs(mean[i] - exact[2 * i + 1]) < 0.35 * spread[2 * i + 1])
      #expect(abs(sd[i] / spread[2 * i + 1] - 1) < 0.2)
    }
  }

  /// A rate's own gamma factor stays conjugate beside a network's.
  @Test func aConjugateLatentIsIntegrated() throws {
    let text = """
      model Rates(D)
      network decoder(z : real[1]) -> rate : positive[D] { dense(6) tanh }
      param a : positive
      each row {
        latent z : real[1] ~ Normal(0, 1)
        latent g : positive ~ Gamma(a, a)
        observe x : count[D] ~ Poisson(g * decoder(z))
      }
      fit { epochs = 20 }
      """
    let table = try Table(
      csv: "p,q\n" + (0..<60).map { "\($0 * 7 % 11),\($0 * 5 % 13)" }.joined(separator: "\n") + "\n"
    )
    let fit = try Model(text: text).fit(table)
    #expect(strategies(fit.plan)["g"] == "conjugate")
    guard case .moments(let mean, let sd, 1)? = try fit.posterior(of: "g", given: table)?.content
    else {
      Issue.record("no moments")
      return
    }
    #expect(mean.allSatisfy { $0 > 0 && $0.isFinite } && sd.allSatisfy { $0 > 0 })
    // A gamma posterior has shape a + Σx: its mean over its deviation is the root of that, less what draws add.
    let a = try #require(fit["a"]).values[0]
    for i in 0..<60 {
      let total = Double(i * 7 % 11 + i * 5 % 13)
      #expect(mean[i] / sd[i] < (a + total).squareRoot() * 1.001)
    }
  }
}
