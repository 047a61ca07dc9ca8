import Foundation
import LVMData
import LVMSyntax
import Testing

@Suite struct PreparationTests {
  private func prepared(
    _ function: String, _ source: ColumnSpec = .name("v"), _ arguments: [Double] = []
  ) -> ColumnSpec {
    .prepared(function: function, source, arguments)
  }

  private func near(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-14 * max(1, abs($1)) }
  }

  private let table = "v\n1\n2\nNA\n6\n"

  /// mean = 3; deviation = sqrt((4 + 1 + 9) / 3) = 2.160246899469287
  @Test func standardizing() throws {
    let binding = try Table(csv: table).bind([request("v", from: prepared("standardize"))])
    let v = try #require(binding["v"])
    let deviation = 2.160246899469287
    #expect(v.values[2].isNaN)
    var seen = v.values.filter { !$0.isNaN }
    #expect(near(seen, [-2 / deviation, -1 / deviation, 3 / deviation]))
    let preparation = try #require(v.preparation)
    preparation.undo(&seen)
    #expect(near(seen, [1, 2, 6]))
    var scales = [1.0, 0.5]
    preparation.undoScale(&scales)
    #expect(near(scales, [deviation, deviation / 2]))
    #expect(near(v.logJacobian, [-3 * log(deviation)]))
    #expect(near([binding.logJacobian], v.logJacobian))
  }

  @Test func eachKind() throws {
    func values(_ spec: ColumnSpec, _ domain: ValueDomain = .real) throws -> [Double] {
      let v = try #require(
        try Table(csv: "v\n1\n2\n6\n").bind([request("v", domain, from: spec)])["v"])
      return v.values
    }
    #expect(try values(prepared("center")) == [-2, -1, 3])
    #expect(try values(prepared("scale", .name("v"), [0.5])) == [0.5, 1, 3])
    #expect(try values(prepared("threshold", .name("v"), [1]), .binary) == [0, 1, 1])
    #expect(near(try values(prepared("log")), [0, 0.6931471805599453, 1.791759469228055]))
    #expect(
      near(
        try values(prepared("log1p")),
        [0.6931471805599453, 1.0986122886681098, 1.9459101490553132]))
    #expect(try values(prepared("binarize", .name("v"), [8]), .binary) == [0.125, 0.25, 0.75])
  }

  @Test func compositionAppliesInnermostFirst() throws {
    let spec = prepared("standardize", prepared("log"))
    let v = try #require(
      try Table(csv: "v\n1\n7.38905609893065\n").bind([request("v", from: spec)])["v"])
    #expect(near(v.values, [-1, 1]))
    var back = v.values
    v.preparation?.undo(&back)
    #expect(near(back, [1, 7.38905609893065]))
    // log|d log v| = -log v: 0 and -2; the deviation is 1.
    #expect(near(v.logJacobian, [-2]))
    #expect(v.preparation?.isLinear == false)
    #expect(v.preparation?.description == "standardize of log")
  }

  @Test func drawnValuesAreProbabilities() throws {
    let v = try #require(
      try Table(csv: "v\n255\n0\n").bind(
        [request("v", .binary, from: prepared("binarize", .name("v"), [255]))])["v"])
    #expect(v.preparation?.isDrawn == true)
    #expect(
      try bindingErrors(
        "v\n255\n256\n", [request("v", .binary, from: prepared("binarize", .name("v"), [255]))]
      )
      .contains(
        "data.csv:3:1: error: column `v`: expected a number from 0 to 1, found 256,"
          + " which is prepared as 1.003"))
  }

  @Test func constantsOfTheFitAreReused() throws {
    let requests = [request("v", from: prepared("standardize"))]
    let first = try Table(csv: "v\n1\n3\n").bind(requests)
    let memory = try JSONDecoder().decode(
      BindingMemory.self, from: JSONEncoder().encode(first.memory))
    #expect(memory == first.memory)
    let later = try Table(csv: "v\n11\n13\n").bind(requests, options: .init(memory: memory))
    #expect(later["v"]?.values == [9, 11])
  }

  @Test func aConstantColumnIsCentred() throws {
    let binding = try Table(csv: "v\n0.1\n0.1\n0.1\n").bind([
      request("v", from: prepared("standardize"))
    ])
    #expect(binding["v"]?.values == [0, 0, 0])
    #expect(binding.warnings.map(\.code) == ["constant-column"])
  }

  @Test func mistakes() throws {
    func first(_ spec: ColumnSpec, _ csv: String = "v\n1\n0\n") throws -> String {
      try bindingErrors(csv, [request("v", from: spec)]).split(separator: "\n").joined(
        separator: "|")
    }
    #expect(
      try first(prepared("standardise"))
        == "data.csv: error: there is no preparation `standardise` [unknown-preparation]"
        + "|  help: did you mean `standardize`?")
    #expect(
      try first(prepared("log"))
        == "data.csv:3:1: error: column `v`: `log` is not defined at 0 [preparation-domain]"
        + "|  help: use `log1p` where values can be 0")
    #expect(
      try first(prepared("scale"))
        == "data.csv: error: `scale` takes 1 number after the columns, and has 0"
        + " [preparation-arguments]")
    #expect(
      try first(prepared("scale", .name("v"), [0])).contains(
        "must be finite and not zero, and is 0"))
    #expect(try first(prepared("sum", prepared("log"))).contains("[misplaced-sum]"))
  }
}
