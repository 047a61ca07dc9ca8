import Foundation
import LVM
import Testing

/// The standard errors that a fit comes with, against statsmodels and second differences of a log
/// likelihood that shares nothing with lvmc (Scripts/reference-models.py).
@Suite struct StandardErrorTests {
  private func fit(_ model: String, _ data: String, in scratch: Scratch) throws -> [String: Any] {
    let result = try Lvmc.run(
      ["run", Lvmc.model(model), Lvmc.data(data), "-o", "a.fit", "--json"], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  private func numbers(_ value: Any?) -> [Double] {
    switch value {
    case let number as Double: [number]
    case let items as [Any]: items.flatMap { numbers($0) }
    default: []
    }
  }

  private func expect(
    _ found: Any?, _ expected: [Double], within relative: Double = 1e-4,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let values = numbers(found)
    #expect(values.count == expected.count, sourceLocation: sourceLocation)
    for (x, y) in zip(values, expected) {
      #expect(abs(x - y) <= relative * abs(y), "\(x) is not \(y)", sourceLocation: sourceLocation)
    }
  }

  @Test func linearRegressionHasThoseOfLeastSquares() throws {
    let json = try fit("linear-regression", "diabetes", in: try Scratch())
    let errors = try #require(json["standardErrors"] as? [String: Any])
    #expect(Set(errors.keys) == ["intercept", "slope", "noise"])
    #expect((json["standardErrorsOmitted"] as? [String: String])?.isEmpty == true)
    expect(errors["intercept"], [66.609965])
    expect(
      errors["slope"],
      [
        0.214324, 5.762746, 0.708126, 0.222418, 0.566153, 0.524187, 0.772666, 5.884025, 15.473506,
        0.269892,
      ])
    expect(errors["noise"], [1.798597])
  }

  @Test func logisticAndCountRegressionsHaveThoseOfStatsmodels() throws {
    let logistic = try fit("logistic-regression", "tumours", in: try Scratch())
    let errors = try #require(logistic["standardErrors"] as? [String: Any])
    expect(errors["intercept"], [0.204623])
    expect(errors["slope"], [0.549020, 0.251524, 0.312820, 0.319724])

    let scratch = try Scratch()
    try scratch.write(
      "poisson.lvm",
      """
      model PoissonRegression
      param level : real
      param trend : real
      each row {
        given   year  : real
        observe count : count ~ Poisson(exp(level + trend * (year - 1950) / 10))
      }

      """)
    let result = try Lvmc.run(
      ["run", "poisson.lvm", Lvmc.data("earthquakes_annual"), "-o", "p.fit"], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("level = 2.96796 ± 0.022\n"))
    #expect(result.output.contains("(after ±: standard errors)"))
    let loaded = try Fit(contentsOf: scratch.url("p.fit"))
    expect(loaded.parameterErrors.values["level"]?.values, [0.021973])
    expect(loaded.parameterErrors.values["trend"]?.values, [0.007142])
  }

  @Test func mixtureHasThoseOfItsCurvature() throws {
    let json = try fit("gaussian-mixture", "faithful", in: try Scratch())
    let errors = try #require(json["standardErrors"] as? [String: Any])
    expect(errors["weights"], [0.029089, 0.029089])
    expect(errors["mean"], [0.027108, 0.591874, 0.031403, 0.456186])
    expect(
      errors["cov"],
      [
        0.010575, 0.166002, 0.166002, 4.854723, 0.018872, 0.210418, 0.210418, 3.925144,
      ])
  }

  @Test func whatHasNoneSaysWhy() throws {
    let ppca = try fit("ppca", "iris", in: try Scratch())
    let omitted = try #require(ppca["standardErrorsOmitted"] as? [String: String])
    #expect(omitted["W"]?.contains("not identified") == true)
    #expect((ppca["standardErrors"] as? [String: Any])?.keys.sorted() == ["mu", "sigma"])

    let scratch = try Scratch()
    try scratch.write(
      "map.lvm",
      """
      model Shrunk
      param m : real ~ Normal(0, 1)
      param s : positive
      each row { observe waiting : real ~ Normal(m, s) }

      """)
    let result = try Lvmc.run(
      ["run", "map.lvm", Lvmc.data("faithful"), "-o", "m.fit"], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    #expect(!result.output.contains("±"))
    let fit = try Fit(contentsOf: scratch.url("m.fit"))
    #expect(fit.parameterErrors.values.isEmpty)
    #expect(fit.parameterErrors.omitted["m"]?.contains("prior") == true)
  }
}
