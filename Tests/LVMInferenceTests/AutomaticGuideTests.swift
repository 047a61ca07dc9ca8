import Foundation
import LVM
import Testing

/// The encoder that the compiler writes: which network it mirrors, and what of images stays an image.
@Suite struct AutomaticGuideTests {
  private func arrays(_ text: String, _ table: Table) throws -> [String: [Int]] {
    let plan = try Model(text: text).plan(for: table)
    return Dictionary(uniqueKeysWithValues: plan.networkWeights.map { ($0.name, $0.dims) })
  }

  /// The network that leads to most observed numbers, wherever it stands.
  @Test func theOrderOfDeclarationsDoesNotMatter() throws {
    let label = "  latent k : category[3] ~ Categorical(prior(z))\n"
    let data = "  observe p : binary[64] from \"p*\" ~ Bernoulli(decoder(z, k))\n"
    let weights = "  observe y : real from digit ~ Normal(line(z), 1)\n"
    let nets = [
      "network prior(z : real[2]) -> w : simplex[3] { dense(8) tanh }\n",
      "network decoder(z : real[2], k : category[3]) -> pixel : unit[64] { dense(24) gelu }\n",
      "network line(z : real[2]) -> m : real { dense(40) tanh }\n",
    ]
    let table = try Table(
      columns: (0..<64).map { Column("p\($0)", [0.0, 1, 1]) } + [Column("digit", [0.5, 2, 1])])
    func text(_ parts: [String], _ networks: [String]) -> String {
      "model After\n" + networks.joined() + "each row {\n  latent z : real[2] ~ Normal(0, 1)\n"
        + parts.joined() + "}\n"
    }
    for parts in [[label, data, weights], [data, label, weights], [weights, label, data]] {
      for networks in [nets, nets.reversed()] {
        let own = try arrays(text(parts, networks), table)
        #expect(own["guide.z.1.weight"]?.last == 24)
      }
    }
  }

  /// A label beside an image enters as channels of it, and the encoder stays one of convolutions.
  @Test func aLabelBesideAnImageIsAChannel() throws {
    func text(_ given: String, _ input: String, _ argument: String) -> String {
      """
      model Images
      network decoder(z : real[2]\(input)) -> pixel : unit[8, 8, 1] {
        dense(32) relu
        reshape(4, 4, 2)
        deconv(6, 3, 2) relu
      }
      each row {
        \(given)
        latent  z : real[2] ~ Normal(0, 1)
        observe p : binary[8, 8, 1] from "p*" ~ Bernoulli(decoder(z\(argument)))
      }
      """
    }
    let table = try Table(
      columns: (0..<64).map { Column("p\($0)", [0.0, 1, 1, 0]) }
        + [Column("digit", ["a", "b", "c", "a"])]
        + (0..<70).map { Column("g\($0)", [0.0, 1, 2, 4]) }
    )
    let plain = try arrays(text("", "", ""), table)
    #expect(plain["guide.z.1.weight"] == [3, 3, 1, 6])
    let beside = try arrays(
      text("given digit : category[3]", ", digit : category[3]", ", digit"), table)
    #expect(beside["guide.z.1.weight"] == [3, 3, 4, 6])
    #expect(Set(beside.keys).subtracting(plain.keys) == [])
    // What is too much for channels enters flat, and no layer is as wide as an image.
    let wide = try arrays(
      text("given g : real[70] from \"g*\"", ", g : real[70]", ", g"), table)
    #expect(wide["guide.z.1.weight"] == [134, 32])
    let fit = try Model(
      text: text("given digit : category[3]", ", digit : category[3]", ", digit")
    ).fit(
      table,
      options: {
        var options = FitOptions()
        options.training = [.epochs: .number(2)]
        return options
      }())
    #expect(fit.objective.value.isFinite)
  }

  /// A latent is guided where its prior lets it be, whatever its type is called.
  @Test(arguments: [GuideKind.encoder, .local, .point])
  func thePriorSaysWhereALatentLies(_ guide: GuideKind) throws {
    let table = try BundledData.table("iris")
    func bound(_ latent: String, _ argument: String) throws -> Double {
      let text = """
        model Range(D)
        network decoder(z : real[2]) -> mean : real[D] { dense(6) tanh }
        param sigma : positive
        each row {
          latent  z : \(latent)
          observe x : real[D] from not species ~ Normal(decoder(\(argument)), sigma)
        }
        """
      var options = FitOptions()
      options.training = [.epochs: .number(3)]
      return try Model(text: text).fit(table, options: options, model: .init(guide: guide))
        .objective.value
    }
    #expect(
      try bound("real[2] ~ LogNormal(0, 1)", "z") == bound("positive[2] ~ LogNormal(0, 1)", "z"))
    #expect(try bound("real[2] ~ Beta(2, 1)", "z") == bound("unit[2] ~ Beta(2, 1)", "z"))
    // Stretched to limits: an ELBO is the same in any units, a density is not.
    let shift = guide == .point ? 150 * 2 * log(2.0) : 0
    let wide = try bound("real[2] ~ Uniform(-1, 1)", "z")
    let unit = try bound("unit[2] ~ Uniform(0, 1)", "2 * z - 1")
    #expect(abs(wide + shift - unit) < 1e-3 * abs(unit))
  }
}
