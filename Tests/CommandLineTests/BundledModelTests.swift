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
    var name = "log likelihood"
    /// What the report says after the value.
    var accuracy = "exact"
    var testDescription: String { ([model, data] + options).joined(separator: " ") }
  }

  // Sources: scikit-learn (Gaussian mixtures, PPCA in closed form), R (latent classes), hmmlearn,
  // statsmodels (local level), Scripts/reference-values.py for the four after that and the last two, and
  // Scripts/reference-models.py for the rest.
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
      // Scripts/reference-factors.py.
      Reference(
        model: "pca", data: "usarrests", objective: 26.49966341553328, tolerance: 1e-9,
        name: "reconstruction"),
      Reference(
        model: "whitening", data: "iris", objective: 0, tolerance: 1e-12,
        name: "reconstruction"),
      Reference(
        model: "factor-analysis", data: "usarrests", objective: -241.61361917, tolerance: 1e-6),
      Reference(model: "multi-view", data: "iris", objective: -381.07559584, tolerance: 1e-6),
      Reference(model: "mixture-of-ppca", data: "iris", objective: -250.87941, tolerance: 1e-4),
      Reference(
        model: "ppca-missing", data: "airquality", objective: -753.44815963, tolerance: 1e-6),
      Reference(
        model: "ppca-missing", data: "airquality", options: ["--set", "L=2"],
        objective: -734.54817709, tolerance: 1e-6),
      Reference(
        model: "random-intercept", data: "orthodont", objective: -221.694771, tolerance: 1e-5),
      Reference(model: "gamma-poisson", data: "prussian", objective: -312.325642, tolerance: 1e-5),
      Reference(
        model: "poisson-mixture", data: "prussian", objective: -313.534754, tolerance: 1e-5),
      Reference(
        model: "mixed-type-mixture", data: "iris", objective: -311.435165, tolerance: 1e-4),
      Reference(
        model: "gaussian-mixture-diagonal", data: "faithful", objective: -1147.806353,
        tolerance: 1e-4),
      Reference(
        model: "gaussian-mixture-tied", data: "faithful", objective: -1140.186759, tolerance: 1e-4),
      Reference(
        model: "gaussian-mixture-spherical", data: "faithful", objective: -423.331416,
        tolerance: 1e-4),
      Reference(
        model: "mixture-of-regressions", data: "iris", objective: -83.201104, tolerance: 1e-4),
      Reference(model: "factorial-mixture", data: "iris", objective: -418.332720, tolerance: 1e-4),
      Reference(
        model: "robust-mixture", data: "faithful", objective: -1158.778323, tolerance: 1e-4),
      Reference(
        model: "linear-regression", data: "diabetes", objective: -2385.992862, tolerance: 1e-4),
      Reference(
        model: "logistic-regression", data: "tumours", objective: -90.457400, tolerance: 1e-5),
      Reference(
        model: "negative-binomial", data: "earthquakes_annual", objective: -351.403002,
        tolerance: 1e-5),
      Reference(model: "beta-binomial", data: "bball1970", objective: -45.343896, tolerance: 1e-5),
      Reference(
        model: "bernoulli-lvm", data: "lsat6", objective: -2491.663758, tolerance: 1e-4,
        name: "log joint"),
      Reference(
        model: "class-conditional-ppca", data: "iris", objective: -230.824684, tolerance: 1e-4),
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
    #expect(result.output.contains("\(reference.name): "))
    #expect(
      result.output.contains(
        reference.name == "reconstruction"
          ? "smaller is better" : "nats in total, \(reference.accuracy)"))
    #expect(result.output.hasSuffix("written to a.fit\n"))
    let fit = try Fit(contentsOf: scratch.url("a.fit"))
    #expect(fit.converged)
    #expect(fit.objective.name.rawValue == reference.name)
    #expect(abs(fit.objective.value - reference.objective) < reference.tolerance)
    let recorded = try #require(RecordedObjectives.all[reference.testDescription])
    #expect(abs(fit.objective.value - recorded) <= 1e-9 * max(1, abs(recorded)))
    // The objective never falls, and parameters have the shapes that the model declares.
    let slack = 1e-9 * (abs(fit.objective.value) + Double(fit.rows))
    let sign = reference.name == "reconstruction" ? -1.0 : 1
    #expect(zip(fit.trace, fit.trace.dropFirst()).allSatisfy { sign * ($1 - $0) >= -slack })
    for variable in fit.model.variables where variable.role == .param {
      #expect(fit[variable.name]?.dims == variable.type.dims)
    }
  }

  @Test func everyReferenceHasARecord() {
    #expect(Set(Self.references.map(\.testDescription)) == Set(RecordedObjectives.all.keys))
  }

  @Test func everyModelHasAReference() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Lvmc.models)
    let models = files.filter { $0.hasSuffix(".lvm") }.map { String($0.dropLast(4)) }
    #expect(
      Set(models) == Set(Self.references.map(\.model)).union(TrainedModelTests.names))
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
      var words = command.split(separator: " ").dropFirst(3).map(String.init)
      if TrainedModelTests.names.contains(String(name)) { words += ["--fit", "epochs=1"] }
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
