import Foundation
import LVM
import Testing

/// What `run` writes, and that it loads again with the same bits.
@Suite struct FitDirectoryTests {
  private func fit(
    _ name: String, _ data: String, _ more: [String] = [], in scratch: Scratch
  ) throws {
    let result = try Lvmc.run(
      ["run", Lvmc.model(name), Lvmc.data(data), "-o", "a.fit", "--quiet"] + more, in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.isEmpty && result.errors.isEmpty, "--quiet is quiet")
  }

  private func json(_ scratch: Scratch) throws -> [String: Any] {
    let data = try Data(contentsOf: scratch.url("a.fit/fit.json"))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// A method that was asked for is remembered: queries of the loaded fit go the same way.
  @Test func methodIsKept() throws {
    let scratch = try Scratch()
    try fit("gamma-poisson", "prussian", ["--method", "quadrature"], in: scratch)
    let object = try json(scratch)
    #expect(object["method"] as? String == "quadrature")
    #expect(object["strategy"] as? String == "quadrature")
    let loaded = try Fit(contentsOf: scratch.url("a.fit"))
    #expect(loaded.plan.strategy == .quadrature)
    let score = try Lvmc.run(["score", "a.fit", Lvmc.data("prussian")], in: scratch)
    #expect(score.output.contains("quadrature"), "\(score.errors)")
    let encoded = try Lvmc.run(["encode", "a.fit", Lvmc.data("prussian")], in: scratch)
    #expect(encoded.output == (try scratch.read("a.fit/latents.corps.csv")), "\(encoded.errors)")
    try loaded.save(to: scratch.url("b.fit"))
    #expect(try Fit(contentsOf: scratch.url("b.fit")).plan.strategy == .quadrature)
  }

  @Test func filesAndKeysAreTheDocumentedOnes() throws {
    let scratch = try Scratch()
    try fit("gaussian-mixture", "faithful", in: scratch)
    let files = try FileManager.default.contentsOfDirectory(atPath: scratch.path("a.fit"))
    #expect(
      files.sorted() == [
        "fit.json", "latents.csv", "model.lvm", "parameters.safetensors", "trace.csv",
      ])
    #expect(scratch.entries == ["a.fit"])
    let object = try json(scratch)
    let keys = [
      "format", "model", "rows", "sizes", "seed", "data", "plan", "strategy", "objective",
      "parameterCount", "bic", "converged", "iterations", "restarts", "seconds", "secondsReading",
      "secondsCompiling", "parameters", "standardErrors", "standardErrorsOmitted", "posterior",
      "warnings",
    ]
    #expect(Set(object.keys) == Set(keys))
    // The order is stable too.
    let text = try scratch.read("a.fit/fit.json")
    let places = keys.compactMap { text.range(of: "\n  \"\($0)\": ")?.lowerBound }
    #expect(places.count == keys.count && places == places.sorted())
    #expect(object["format"] as? Int == 1)
    #expect(object["model"] as? String == "GaussianMixture")
    #expect(object["rows"] as? Int == 272)
    #expect(object["sizes"] as? [String: Int] == ["K": 2, "D": 2])
    #expect(object["parameterCount"] as? Int == 11)
    let data = try #require(object["data"] as? [String: Any])
    #expect(Set(data.keys) == ["sha256", "columns", "labels", "preparation"])
    // sha256sum models/data/faithful.csv
    #expect(
      data["sha256"] as? String
        == "2da9ef67231ab7542d2ec3e5a741a8d53ada92a24103195ce7d1f9b8e36a986d")
    #expect(data["columns"] as? [String: [String]] == ["x": ["eruptions", "waiting"]])
    let objective = try #require(object["objective"] as? [String: Any])
    #expect(Set(objective.keys) == ["name", "value", "exact", "logJacobian"])
    let plan = try #require(object["plan"] as? [[String: String]])
    let kind = try #require(plan.first { $0["variable"] == "kind" })
    #expect(
      kind == [
        "variable": "kind", "role": "local latent", "strategy": "enumeration",
        "identified": "up to permutation",
        "canonical": "with the first location that the labels choose ascending, else with "
          + "probabilities descending",
      ])
    #expect(try scratch.read("a.fit/model.lvm").contains("model GaussianMixture(K = 2, D = 2)"))
    let latents = try scratch.read("a.fit/latents.csv").split(separator: "\n")
    #expect(latents.first == "kind,kind_p1,kind_p2")
    #expect(latents.count == 273)
    #expect(try scratch.read("a.fit/trace.csv").hasPrefix("iteration,objective\n1,"))
  }

  @Test func jsonOptionPrintsTheSameObject() throws {
    let scratch = try Scratch()
    let result = try Lvmc.run(
      ["run", Lvmc.model("gaussian"), Lvmc.data("faithful"), "-o", "a.fit", "--json"], in: scratch)
    #expect(result.status == 0)
    #expect(result.output == (try scratch.read("a.fit/fit.json")))
  }

  @Test func safetensorsHeaderIsAsPublished() throws {
    let scratch = try Scratch()
    try fit("gaussian", "faithful", in: scratch)
    let bytes = try Data(contentsOf: scratch.url("a.fit/parameters.safetensors"))
    let length = bytes.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: bytes.subdata(in: 8..<(8 + length)))
        as? [String: [String: Any]])
    #expect(Set(header.keys) == ["mean", "cov"])
    #expect(header["cov"]?["dtype"] as? String == "F64")
    #expect(header["cov"]?["shape"] as? [Int] == [2, 2])
    #expect(header["cov"]?["data_offsets"] as? [Int] == [0, 32])
    #expect(header["mean"]?["data_offsets"] as? [Int] == [32, 48])
    #expect(bytes.count == 8 + length + 48)
    #expect(length % 8 == 0)
  }

  @Test func threadsDoNotChangeABit() throws {
    for (name, data) in [("gaussian-mixture", "faithful"), ("random-intercept", "orthodont")] {
      let scratch = try Scratch()
      var files: [[String: Data]] = []
      for threads in ["1", "2"] {
        try fit(name, data, ["--threads", threads], in: scratch)
        var contents: [String: Data] = [:]
        for file in ["parameters.safetensors", "trace.csv"] {
          contents[file] = try Data(contentsOf: scratch.url("a.fit/\(file)"))
        }
        files.append(contents)
      }
      #expect(files[0] == files[1])
    }
  }

  @Test(arguments: [
    ("gaussian-mixture", "faithful", "latents.csv"),
    ("hidden-markov", "earthquakes_annual", "latents.csv"),
    ("ppca", "iris", "latents.csv"),
    ("random-intercept", "orthodont", "latents.subject.csv"),
  ])
  func loadingGivesTheSameBits(_ name: String, _ data: String, _ latents: String) throws {
    let scratch = try Scratch()
    try fit(name, data, in: scratch)
    let encoded = try Lvmc.run(["encode", "a.fit", Lvmc.data(data)], in: scratch)
    #expect(encoded.status == 0)
    #expect(encoded.output == (try scratch.read("a.fit/\(latents)")))

    let url = URL(fileURLWithPath: Lvmc.model(name))
    let table = try Table.read(path: Lvmc.data(data))
    let direct = try Model(contentsOf: url).fit(table)
    let loaded = try Fit(contentsOf: scratch.url("a.fit"))
    #expect(loaded.parameters == direct.parameters)
    #expect(
      try loaded.logLikelihood(of: table).scores.values
        == direct.logLikelihood(of: table).scores.values)
    #expect(loaded.objective == direct.objective)
    #expect(loaded.data.memory == direct.data.memory)
    #expect(loaded.data.sha256 == direct.data.sha256)
    #expect(loaded.trace == direct.trace)
    // A loaded fit writes what it was loaded from.
    try loaded.save(to: scratch.url("b.fit"), posteriorsOf: table)
    for file in ["fit.json", "parameters.safetensors", "model.lvm", "trace.csv", latents] {
      #expect(try scratch.read("b.fit/\(file)") == scratch.read("a.fit/\(file)"), "\(file)")
    }
  }

  @Test func preparationIsRememberedToTheBit() throws {
    let scratch = try Scratch()
    try fit(
      "gaussian-mixture", "iris",
      ["--bind", "x=standardize(log((\"Sepal.Length\", \"Petal.Width\")))"], in: scratch)
    let encoded = try Lvmc.run(["encode", "a.fit", Lvmc.data("iris")], in: scratch)
    #expect(encoded.output == (try scratch.read("a.fit/latents.csv")))
    // A part of the table is prepared with the constants of the whole.
    let lines = try String(contentsOfFile: Lvmc.data("iris"), encoding: .utf8)
      .split(separator: "\n")
    try scratch.write("part.csv", lines.prefix(4).joined(separator: "\n"))
    let part = try Lvmc.run(["encode", "a.fit", "part.csv"], in: scratch)
    #expect(
      part.output.split(separator: "\n") == Array(encoded.output.split(separator: "\n").prefix(4)))
  }

  @Test func scoresAddUpToTheObjective() throws {
    for (name, data) in [
      ("gaussian-mixture", "faithful"), ("hidden-markov", "earthquakes_annual"),
      ("random-intercept", "orthodont"),
    ] {
      let scratch = try Scratch()
      try fit(name, data, in: scratch)
      let scored = try Lvmc.run(["score", "a.fit", Lvmc.data(data)], in: scratch)
      let lines = scored.output.split(separator: "\n")
      #expect(lines.first?.hasSuffix("log_p_exact") == true)
      let total = lines.dropFirst().reduce(0) { sum, line in
        sum + (line.split(separator: ",").last.flatMap { Double($0) } ?? .nan)
      }
      let objective = try #require(try json(scratch)["objective"] as? [String: Any])
      let value = try #require(objective["value"] as? Double)
      #expect(abs(total - value) < 1e-8 * abs(value))
    }
  }

  @Test func damageIsNamed() throws {
    let scratch = try Scratch()
    try fit("gaussian", "faithful", in: scratch)
    let names = ["fit.json", "parameters.safetensors", "model.lvm"]
    let whole = try names.map { try Data(contentsOf: scratch.url("a.fit/\($0)")) }
    for (name, contents) in zip(names, whole) {
      for damaged in [contents.prefix(contents.count / 2), Data("garbage".utf8), nil] {
        if let damaged {
          try damaged.write(to: scratch.url("a.fit/\(name)"))
        } else {
          try FileManager.default.removeItem(at: scratch.url("a.fit/\(name)"))
        }
        let result = try Lvmc.run(["score", "a.fit", Lvmc.data("faithful")], in: scratch)
        #expect(result.status == 3, "\(name)")
        #expect(result.errors.contains(name), "\(result.errors)")
      }
      try contents.write(to: scratch.url("a.fit/\(name)"))
    }
    #expect(try Lvmc.run(["score", "a.fit", Lvmc.data("faithful")], in: scratch).status == 0)
    // A parameter of another shape than the model says.
    let model = try scratch.read("a.fit/model.lvm")
    try scratch.write(
      "a.fit/model.lvm", model.replacingOccurrences(of: "D = 2", with: "D = 3"))
    let result = try Lvmc.run(["score", "a.fit", Lvmc.data("faithful")], in: scratch)
    #expect(result.status == 3)
    #expect(result.errors.contains("has dimensions"))
  }

  /// Numbers that are none of the parameter's kind: quantiles were once looked for without end.
  @Test func parametersOfAnotherKindAreNamed() throws {
    let scratch = try Scratch()
    try fit("hidden-markov", "earthquakes_annual", in: scratch)
    let url = scratch.url("a.fit/parameters.safetensors")
    var bytes = try Data(contentsOf: url)
    let last = withUnsafeBytes(of: Double(3).bitPattern.littleEndian) { Data($0) }
    bytes.replaceSubrange((bytes.count - 8)..., with: last)
    try bytes.write(to: url)
    for command in ["predict", "score", "encode"] {
      let result = try Lvmc.run([command, "a.fit", Lvmc.data("earthquakes_annual")], in: scratch)
      #expect(result.status == 3)
      #expect(result.errors.contains("`transition` is simplex[3, 3], and probabilities do not sum"))
    }
  }

  @Test func settingsNameTheDefaultDirectory() throws {
    let scratch = try Scratch()
    let words = ["run", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"), "--quiet"]
    #expect(try Lvmc.run(words, in: scratch).status == 0)
    #expect(try Lvmc.run(words + ["--set", "K=3"], in: scratch).status == 0)
    #expect(scratch.entries == ["gaussian-mixture-K3.fit", "gaussian-mixture.fit"])
  }
}
