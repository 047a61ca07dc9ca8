import Foundation
import LVMModel
import LVMOracle
import LVMSyntax
import Testing

/// log p(gx; gθ) + log |g| = log p(x; θ), by the oracle, at random points and elements g, for every model of
/// the package.
@Suite struct FrameTests {
  static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let sizes = ["D": 3, "G": 4, "Q": 3, "S": 2]

  static func models(_ folder: String) throws -> [(name: String, model: ModelGraph)] {
    try FileManager.default.contentsOfDirectory(
      at: root.appendingPathComponent(folder), includingPropertiesForKeys: nil
    ).filter { $0.pathExtension == "lvm" }.sorted { $0.path < $1.path }.map { url in
      let name = url.deletingPathExtension().lastPathComponent
      return (name, try graph(String(contentsOf: url, encoding: .utf8), name))
    }
  }

  static func graph(_ text: String, _ name: String) throws -> ModelGraph {
    let source = SourceText(name: "\(name).lvm", text: text)
    let model = parse(source).model.flatMap { check($0, source: source).model }
    return try #require(model, "\(name)").sized(sizes)
  }

  /// The problems of several points and elements; nil where no point has a density.
  static func problems(_ model: ModelGraph, _ frames: Frames, _ name: String) throws -> [String]? {
    var result: [String]?
    var checked = 0
    // Narrow supports are hit by few rows sooner.
    for seed in 0..<500 where checked < 3 {
      let drawn = DrawnModel(model, name: name, seed: seed, rows: seed < 20 ? 6 : 1)
      guard let own = try FrameCheck(drawn, frames, seed: seed).problems() else { continue }
      result = (result ?? []) + own.map { "seed \(seed), \($0)" }
      checked += 1
    }
    return result
  }

  /// Models whose data have no density at any point, for noise of size zero: the oracle has nothing to
  /// compare.
  static let withoutDensity = [
    "models": ["pca", "whitening"], "Tests/LVMModelTests/good": ["pca"],
  ]

  @Test(arguments: ["models", "Tests/LVMModelTests/good"])
  func densitiesChangeByTheJacobianAlone(_ folder: String) throws {
    var without: [String] = []
    for (name, model) in try Self.models(folder) {
      guard let problems = try Self.problems(model, Frames(model), name) else {
        without.append(name)
        continue
      }
      #expect(problems == [], "\(name)")
    }
    #expect(without == Self.withoutDensity[folder])
  }

  /// What columns of the bundled models cannot do, and why. The list may only shrink.
  @Test func pinnedColumnsAreAsRecorded() throws {
    let text = try Self.models("models").map { name, model in
      "\(name)\n"
        + Frames(model).description.split(separator: "\n").map { "  \($0)\n" }.joined()
    }.joined()
    let golden = Self.root.appendingPathComponent("Tests/LVMOracleTests/Reference/pinned.txt")
    let isRecording = ProcessInfo.processInfo.environment["RECORD"] == "1"
    if isRecording { try text.write(to: golden, atomically: true, encoding: .utf8) }
    #expect(text == (try? String(contentsOf: golden, encoding: .utf8)))
    #expect(!isRecording, "recorded; run again without RECORD")
  }

  // MARK: Structures

  struct Structure: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    /// How many motions there are of either kind.
    var scales: Int
    var shifts: Int
    /// The print of what is held.
    var held = ""
    var testDescription: String { name }
  }

  @Test(arguments: structures)
  func structureMovesAsItShould(_ s: Structure) throws {
    let model = try Self.graph("model M\n" + s.text, s.name)
    let frames = Frames(model)
    #expect(frames.scales.count == s.scales)
    #expect(frames.shifts.count == s.shifts)
    #expect(frames.description == s.held)
    #expect(try Self.problems(model, frames, s.name) == [])
  }

  /// An element that scales alone, and its literals.
  @Test func numbersOfPriorsMoveAlong() throws {
    let model = try Self.graph(
      """
      model M
      param a : real[2] ~ Normal(1, 8)
      param s : positive ~ Exponential(2)
      each row { observe x : real[2] ~ Normal(a, [s, 3]) }
      """, "priors")
    let frames = Frames(model)
    let element = FrameElement(frames, scales: [1, -2], shifts: [0, 0])
    let moved = element.model
    #expect(moved.text(of: moved.variables[0].definition) == "~ Normal([2, 0.25], [16, 2])")
    #expect(moved.text(of: moved.variables[1].definition) == "~ Exponential(1)")
    #expect(moved.text(of: moved.variables[2].definition) == "~ Normal(a, [s, 0.75])")
    #expect(
      element.moved(parameters: ["a": [1, 1], "s": [1]]) == ["a": [2, 0.25], "s": [2]])
    #expect(element.exponent(of: frames.columns[1]) == -2)
  }

  /// Powers of two near the deviations, whole shifts, one scale for columns of one noise.
  @Test func standardisedColumnsAreNearZeroAndOne() throws {
    let model = try Self.graph(
      """
      model M
      param a : real
      param m : real[2]
      param b : real
      param s : positive
      param t : positive
      each row {
        given u : real
        observe x : real[2] ~ Normal(m, s)
        observe y : real ~ Normal(a + b * u, t)
      }
      """, "moments")
    let frames = Frames(model)
    let element = FrameElement(
      standardising: frames, mean: [1990, 30, -7, 0.3], deviation: [8, 3, 5, 0])
    #expect(frames.columns.map(element.exponent) == [-3, -2, -2, 0])
    #expect(frames.columns.map(element.shift) == [-249, -8, 2, 0])
    let moved = element.moved(
      parameters: ["a": [0.5], "m": [30, -7], "b": [2], "s": [4], "t": [1]])
    // 0.5 + 2 u = a + 16 (u / 8 - 249)
    #expect(moved == ["a": [0.5 + 16 * 249], "m": [-0.5, 0.25], "b": [16], "s": [1], "t": [1]])
  }
}
