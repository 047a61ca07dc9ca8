import Foundation
import LVM
import Testing

/// Every bundled model runs on its data and reaches the value that other software finds.
@Suite struct BundledModelTests {
  struct Reference: Sendable, CustomTestStringConvertible {
    var model: String
    var data: String
    var options: [String] = []
    var objective: Double
    /// How far the value may be off: reference values are rounded.
    var tolerance: Double
    /// What the report says after the value.
    var accuracy = "exact"
    var testDescription: String { ([model, data] + options).joined(separator: " ") }
  }

  // Sources: scikit-learn (Gaussian mixtures, PPCA in closed form), R (latent classes), hmmlearn,
  // statsmodels (local level), and Scripts/reference-values.py for the last six.
  static let references: [Reference] =
    (1...3).map { seed in
      Reference(
        model: "gaussian-mixture", data: "faithful", options: ["--seed", "\(seed)"],
        objective: -1130.2640, tolerance: 1e-3)
    } + [
      Reference(
        model: "gaussian-mixture", data: "faithful", options: ["--set", "K=1"],
        objective: -1289.7967, tolerance: 1e-3),
      Reference(
        model: "gaussian-mixture", data: "iris", options: ["--bind", "x=not species"],
        objective: -214.3547, tolerance: 1e-3),
      Reference(model: "gaussian", data: "faithful", objective: -1289.7967, tolerance: 1e-4),
      Reference(model: "latent-class", data: "lsat6", objective: -2467.40552, tolerance: 1e-3),
      Reference(
        model: "hidden-markov", data: "earthquakes_annual", objective: -328.5275, tolerance: 1e-3),
      Reference(model: "local-level", data: "nile", objective: -640.3805, tolerance: 1e-3),
      Reference(model: "ppca", data: "iris", objective: -404.9628, tolerance: 1e-4),
      Reference(
        model: "ppca", data: "iris", options: ["--set", "L=1"], objective: -470.6695,
        tolerance: 1e-4),
      Reference(
        model: "random-intercept", data: "orthodont", objective: -221.694771, tolerance: 1e-5),
      Reference(model: "gamma-poisson", data: "prussian", objective: -312.325642, tolerance: 1e-5),
      Reference(
        model: "poisson-mixture", data: "prussian", objective: -313.534754, tolerance: 1e-5),
      Reference(
        model: "mixed-type-mixture", data: "iris", objective: -311.435165, tolerance: 1e-4),
      Reference(
        model: "item-response", data: "lsat6", objective: -2466.653377, tolerance: 1e-5,
        accuracy: "quadrature("),
      Reference(
        model: "random-effects", data: "prussian", objective: -311.126105, tolerance: 1e-5,
        accuracy: "quadrature("),
    ]

  @Test(arguments: references) func reachesTheReference(_ reference: Reference) throws {
    let scratch = try Scratch()
    let result = try Lvmc.run(
      ["run", Lvmc.model(reference.model), Lvmc.data(reference.data), "-o", "a.fit"]
        + reference.options, in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("strategy: "))
    #expect(result.output.contains("log likelihood: "))
    #expect(result.output.contains("nats in total, \(reference.accuracy)"))
    #expect(result.output.hasSuffix("written to a.fit\n"))
    let fit = try Fit(contentsOf: scratch.url("a.fit"))
    #expect(fit.converged)
    #expect(abs(fit.objective.value - reference.objective) < reference.tolerance)
  }

  @Test func everyModelHasAReference() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Lvmc.models)
    let models = files.filter { $0.hasSuffix(".lvm") }.map { String($0.dropLast(4)) }
    #expect(Set(models) == Set(Self.references.map(\.model)))
  }

  @Test func newCopiesModelAndData() throws {
    let scratch = try Scratch()
    let names = try Lvmc.run(["new", "--list"], in: scratch).output.split(separator: "\n")
    #expect(!names.isEmpty)
    for name in names {
      let own = try Scratch()
      let result = try Lvmc.run(["new", String(name)], in: own)
      #expect(result.status == 0, "\(result.errors)")
      #expect(own.entries.count == 2)
      let command = try #require(result.output.split(separator: "\n").last)
      #expect(command.hasPrefix("now run: lvmc run "))
      let words = command.split(separator: " ").dropFirst(3).map(String.init)
      #expect(try Lvmc.run(words + ["--quiet"], in: own).status == 0)
      // It overwrites nothing.
      #expect(try Lvmc.run(["new", String(name)], in: own).status == 2)
    }
  }

  @Test func everyModelIsLaidOut() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Lvmc.models)
    let models = files.filter { $0.hasSuffix(".lvm") }.map { Lvmc.models + "/" + $0 }
    let result = try Lvmc.run(["fmt", "--check"] + models, in: try Scratch())
    #expect(result.status == 0, "\(result.errors)")
  }
}
