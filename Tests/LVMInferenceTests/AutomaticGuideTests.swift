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

  /// Networks applied one after the other are mirrored as one, through names for expressions too.
  @Test func composedNetworksAreMirroredTogether() throws {
    let table = try BundledData.table("iris")
    func text(_ mean: String, _ name: String = "") -> String {
      """
      model Composed(D)
      network trunk(z : real[2]) -> h : real[10] { dense(24) tanh }
      network out(h : real[10]) -> mean : real[D] { silu }
      network deep(h : real[10]) -> mean : real[D] { dense(7) gelu }
      param sigma : positive
      each row {
        latent  z : real[2] ~ Normal(0, 1)
      \(name)
        observe x : real[D] from not species ~ Normal(\(mean), sigma)
      }
      """
    }
    for own in [
      try arrays(text("out(trunk(z))"), table),
      try arrays(text("out(h)", "  let h = trunk(z)"), table),
    ] {
      #expect(own["guide.z.1.weight"] == [4, 10])
      #expect(own["guide.z.3.weight"] == [10, 24])
      #expect(own["guide.z.mean.weight"] == [24, 2])
    }
    let deep = try arrays(text("deep(trunk(z))"), table)
    #expect(deep["guide.z.1.weight"] == [4, 7])
    #expect(deep["guide.z.3.weight"] == [7, 10])
    #expect(deep["guide.z.5.weight"] == [10, 24])
  }

  /// Where no layer works on images, a label beside one is not repeated at each pixel.
  @Test func aLabelBesideFlatLayersEntersOnce() throws {
    let text = """
      model Flat
      network decoder(z : real[2], digit : category[3]) -> pixel : unit[8, 8, 1] { dense(32) relu }
      each row {
        given   digit : category[3]
        latent  z : real[2] ~ Normal(0, 1)
        observe p : binary[8, 8, 1] from "p*" ~ Bernoulli(decoder(z, digit))
      }
      fit { epochs = 2 }
      """
    let table = try Table(
      columns: (0..<64).map { Column("p\($0)", [0.0, 1, 1, 0]) }
        + [Column("digit", ["a", "b", "c", "a"])])
    #expect(try arrays(text, table)["guide.z.1.weight"] == [67, 32])
    #expect(try Model(text: text).fit(table).objective.value.isFinite)
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
