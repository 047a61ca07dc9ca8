import Foundation
import LVM
import Testing

/// `--init FIT` of fits with networks: all arrays are taken, those that are only kept too.
@Suite struct InitialFitTests {
  private static let model = """
    model Start(L = 2, D)
    network decoder(z : real[L]) -> mean : real[D] { dense(6) tanh dropout(0.1) }
    param sigma : positive[D]
    each row {
      latent  z : real[L] ~ Normal(0, 1)
      observe x : real[D] from not species ~ Normal(decoder(z), sigma)
    }
    """

  private func run(_ scratch: Scratch, _ words: [String]) throws -> Lvmc.Result {
    try Lvmc.run(["run", "a.lvm", Lvmc.data("iris"), "--quiet"] + words, in: scratch)
  }

  @Test func aFitWithNetworksStartsWhereItEnded() throws {
    let scratch = try Scratch()
    try scratch.write("a.lvm", Self.model)
    #expect(
      try run(scratch, ["-o", "a.fit", "--fit", "epochs=200", "--fit", "batch=30"]).status == 0)
    let first = try Fit(contentsOf: scratch.url("a.fit"))
    // Steps too small to move anything.
    let still = ["--fit", "epochs=1", "--fit", "optimizer=SGD(1e-30)"]
    let result = try run(scratch, ["-o", "b.fit", "--init", "a.fit"] + still)
    #expect(result.status == 0, "\(result.errors)")
    let again = try Fit(contentsOf: scratch.url("b.fit"))
    #expect(again.objective.value == first.objective.value)
    #expect(Set(again.parameters.keys) == Set(first.parameters.keys))
    for (name, value) in first.parameters {
      let own = try #require(again[name])
      let gap = zip(own.values, value.values).map { abs($0 - $1) }.max() ?? 0
      #expect(gap <= 1e-6, "\(name)")
    }
    // Averages of batches are taken anew, at other draws of the latents.
    try scratch.write("a.lvm", Self.model.replacingOccurrences(of: "tanh", with: "batchnorm tanh"))
    #expect(try run(scratch, ["-o", "n.fit", "--fit", "epochs=100"]).status == 0)
    let normalised = try Fit(contentsOf: scratch.url("n.fit"))
    #expect(try run(scratch, ["-o", "m.fit", "--init", "n.fit"] + still).status == 0)
    let same = try Fit(contentsOf: scratch.url("m.fit"))
    #expect(abs(same.objective.value - normalised.objective.value) < 5)
    try scratch.write("a.lvm", Self.model)

    let anew = try run(scratch, ["-o", "c.fit"] + still)
    #expect(anew.status == 0)
    let other = try Fit(contentsOf: scratch.url("c.fit"))
    #expect(other.objective.value < first.objective.value - 50)

    // Parameters alone: networks start as usual.
    try scratch.write("sigma.json", #"{"sigma": [0.5, 0.25, 0.5, 0.25]}"#)
    let given = try run(scratch, ["-o", "d.fit", "--init", "sigma.json"] + still)
    #expect(given.status == 0, "\(given.errors)")
    let sigma = try #require(try Fit(contentsOf: scratch.url("d.fit"))["sigma"])
    #expect(zip(sigma.values, [0.5, 0.25, 0.5, 0.25]).allSatisfy { abs($0 - $1) < 1e-6 })
    // Guides of each row's own have no use for the encoder.
    let local = try run(scratch, ["-o", "e.fit", "--init", "a.fit", "--guide", "local"] + still)
    #expect(local.status == 0, "\(local.errors)")
  }

  @Test func aFitOfAnotherModelIsNamed() throws {
    let scratch = try Scratch()
    try scratch.write("a.lvm", Self.model)
    #expect(try run(scratch, ["-o", "a.fit", "--fit", "epochs=1"]).status == 0)
    try scratch.write("a.lvm", Self.model.replacingOccurrences(of: "dense(6)", with: "dense(7)"))
    let wider = try run(scratch, ["-o", "b.fit", "--init", "a.fit"])
    #expect(wider.status == 2)
    #expect(
      wider.errors.contains(
        "`decoder.1.bias` cannot be used: it is 6 numbers, and the model has 7 numbers"),
      "\(wider.errors)")
    try scratch.write("a.lvm", Self.model.replacingOccurrences(of: "decoder", with: "map"))
    let renamed = try run(scratch, ["-o", "b.fit", "--init", "a.fit"])
    #expect(renamed.status == 2)
    #expect(
      renamed.errors.contains("the model has no parameter or array of a network `decoder.1.bias`"),
      "\(renamed.errors)")
  }
}
