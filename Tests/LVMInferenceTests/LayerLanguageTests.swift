import Foundation
import LVM
import Testing

/// Gradients of the training program through every layer, from the text of a model: against central
/// differences in Float64, and as a step computes them in Float32.
@Suite struct LayerLanguageTests {
  struct Body: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var rows = 5

    /// A decoder of a latent vector with some layers.
    init(_ name: String, decoder layers: String, rows: Int = 5) {
      testDescription = name
      self.rows = rows
      text = """
        model Case
        network decoder(z : real[3]) -> mean : real[4] { \(layers) }
        param sigma : positive
        each row {
          latent z : real[3] ~ Normal(0, 1)
          observe x : real[4] from (p1, p2, p3, p4) ~ Normal(decoder(z), sigma)
        }
        """
    }

    /// A decoder that ends in an image of 4 by 4.
    init(_ name: String, image layers: String) {
      testDescription = name
      text = """
        model Case
        network decoder(z : real[3]) -> mean : real[4, 4, 1] { \(layers) }
        param sigma : positive
        each row {
          latent z : real[3] ~ Normal(0, 1)
          observe x : real[4, 4, 1] from "p*" ~ Normal(decoder(z), sigma)
        }
        """
    }

    /// An encoder of an image of 4 by 4 with some layers.
    init(_ name: String, encoder layers: String) {
      testDescription = name
      text = """
        model Case
        network decoder(z : real[2]) -> mean : real[4, 4, 1] { }
        network encoder(x : real[4, 4, 1]) -> mean : real[2], scale : positive[2] { \(layers) }
        param sigma : positive
        each row {
          latent z : real[2] ~ Normal(0, 1)
          observe x : real[4, 4, 1] from "p*" ~ Normal(decoder(z), sigma)
        }
        guide { z ~ Normal(encoder(x).mean, encoder(x).scale) }
        """
    }

    init(_ name: String, model: String) {
      testDescription = name
      text = model
    }
  }

  static let activations = ["relu", "leaky_relu", "gelu", "silu", "tanh", "softplus"].map {
    Body($0, decoder: "dense(5) \($0)")
  }

  static let layers: [Body] = [
    Body("no layer", decoder: ""),
    Body("dense without bias", decoder: "dense(5, bias: false) tanh dense(3) tanh"),
    Body("batchnorm", decoder: "dense(5) batchnorm tanh", rows: 7),
    Body("layernorm", decoder: "dense(5) layernorm tanh"),
    Body("dropout", decoder: "dense(6) tanh dropout(0.4)"),
    Body("residual", decoder: "dense(5) tanh residual { dense(5) tanh }"),
    Body("residual in residual", decoder: "dense(4) residual { tanh residual { dense(4) gelu } }"),
    Body("reshape and conv", image: "dense(16) tanh reshape(4, 4, 1) conv(2, 3) tanh"),
    Body("conv, valid", encoder: "conv(2, 3, padding: valid) tanh"),
    Body("conv, stride", encoder: "conv(3, 3, stride: 2) tanh"),
    Body("conv without bias", encoder: "conv(2, 2, bias: false) softplus"),
    Body("deconv", image: "dense(8) tanh reshape(2, 2, 2) deconv(2, 3, stride: 2) tanh"),
    Body(
      "deconv, valid", image: "dense(8) tanh reshape(2, 2, 2) deconv(2, 3, padding: valid) tanh"),
    Body("pool", encoder: "conv(2, 3) tanh pool(2)"),
    Body("batchnorm of images", encoder: "conv(2, 3) batchnorm tanh"),
    Body("layernorm of images", encoder: "conv(2, 3) layernorm tanh pool(2)"),
    Body("residual of images", encoder: "conv(2, 3) residual { conv(2, 3) tanh }"),
  ]

  static let networks: [Body] = [
    Body(
      "several inputs",
      model: """
        model Case
        network decoder(z : real[2], label : category[3], t : real) -> mean : real[3] { dense(4) tanh }
        param sigma : positive
        each row {
          given label : category[3]
          given t : real from p1
          latent z : real[2] ~ Normal(0, 1)
          observe x : real[3] from (p2, p3, p4) ~ Normal(decoder(z, label, t), sigma)
        }
        """),
    Body(
      "several outputs",
      model: """
        model Case
        network decoder(z : real[2]) -> mean : real[3], scale : positive[3], chance : simplex[3], share : unit
        { dense(4) tanh }
        each row {
          latent z : real[2] ~ Normal(0, 1)
          observe x : real[3] from (p2, p3, p4) ~ Normal(decoder(z).mean, decoder(z).scale)
          observe label : category[3] ~ Categorical(decoder(z).chance)
          observe y : real from p1 ~ Normal(decoder(z).share, 1)
        }
        """),
    Body(
      "networks of networks",
      model: """
        model Case
        network features(z : real[2]) -> h : real[4] { dense(4) tanh }
        network decoder(h : real[4], z : real[2]) -> mean : real[4] { dense(3) silu }
        param sigma : positive[4]
        each row {
          latent z : real[2] ~ Normal(0, 1)
          observe x : real[4] from (p1, p2, p3, p4) ~ Normal(decoder(features(z), z), sigma)
        }
        """),
    Body(
      "a chain of latents under a label that is summed",
      model: """
        model Case
        network upper(u : real, kind : category[2]) -> mean : real[2], scale : positive[2] { dense(3) tanh }
        network decoder(z : real[2]) -> mean : real[4] { dense(3) tanh }
        param weights : simplex[2]
        param sigma : positive
        each row {
          latent kind : category[2] ~ Categorical(weights)
          latent u : real ~ Normal(0, 1)
          latent z : real[2] ~ Normal(upper(u, kind).mean, upper(u, kind).scale)
          observe x : real[4] from (p1, p2, p3, p4) ~ Normal(decoder(z), sigma)
        }
        """),
    Body(
      "latents of other kinds",
      model: """
        model Case
        network decoder(s : simplex[3], r : positive, u : unit) -> mean : real[4] { dense(3) tanh }
        param sigma : positive
        each row {
          latent s : simplex[3] ~ Dirichlet([1.5, 2, 1])
          latent r : positive ~ Gamma(2, 1)
          latent u : unit ~ Beta(2, 3)
          observe x : real[4] from (p1, p2, p3, p4) ~ Normal(decoder(s, r, u), sigma)
        }
        """),
  ]

  @Test(arguments: activations + layers + networks)
  func gradientAgreesWithDifferences(_ body: Body) throws {
    let own = try TrainingGraphCase(
      body.text, TrainingGraphCase.table(rows: body.rows, width: 16))
    let (found, loss) = try own.gradients()
    let narrow = try own.stepGradients()
    #expect(!found.isEmpty)
    var moved = false
    for (name, gradient) in found {
      let scale = max(1, gradient.values.map(abs).max() ?? 0)
      for i in gradient.values.indices {
        func at(_ delta: Double) throws -> Double {
          var parameters = own.parameters
          parameters[name]?.values[i] += delta
          return try loss(parameters)
        }
        let h = 1e-5
        let difference = (try at(h) - at(-h)) / (2 * h)
        #expect(
          abs(difference - gradient.values[i]) < 2e-7 * scale, "\(name)[\(i)]: \(difference)")
        if gradient.values[i] != 0 { moved = true }
        let step = try #require(narrow[name])
        #expect(
          abs(Double(step[i]) - gradient.values[i]) < 2e-4 * scale, "\(name)[\(i)] in a step")
      }
    }
    #expect(moved)
  }
}
