import Foundation
import LVMModel
import LVMSyntax
import Testing

/// Whatever the parser makes of a damaged text, checking it ends, and with words.
@Suite struct RobustnessTests {
  private func check(_ text: String) -> Int {
    let source = SourceText(name: "m.lvm", text: text)
    let parsed = parse(source)
    guard let syntax = parsed.model else { return parsed.findings.count }
    let result = LVMModel.check(syntax, source: source)
    if let model = result.model { #expect(model.verify() == [], "\(text)") }
    return parsed.findings.count + result.findings.count
  }

  /// Each token left out, doubled, and replaced by each of a few others.
  @Test func damagedModelsAreChecked() throws {
    var checked = 0
    for model in try Corpus.goodModels() {
      let source = Corpus.source(model)
      let text = String(decoding: source.bytes, as: UTF8.self)
      let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      for index in words.indices where !words[index].isEmpty {
        for other in ["", "\(words[index]) \(words[index])", "x", "1", "real", "[1, 2]", "-"] {
          var damaged = words
          damaged[index] = other
          _ = check(damaged.joined(separator: " "))
          checked += 1
        }
      }
    }
    #expect(checked > 5_000)
  }

  @Test func longChainsOfDefinitionsAreChecked() throws {
    var text = "model M\nparam a0 : real\n"
    for index in 1...3_000 { text += "let a\(index) = a\(index - 1) + 1\n" }
    text += "each row { observe y : real ~ Normal(a3000, 1) }\n"
    let graph = try #require(Corpus.graph(text))
    #expect(graph.topologicalOrder.count == 3_002)
    #expect(graph.factors.last?.lets.count == 3_000)
  }

  @Test func repeatedUseIsNotExponential() throws {
    var text = "model M\nnetwork f(a : real, b : real) -> c : real, d : real { dense(8) relu }\n"
    text += "each row {\n  given x : real\n  let o0 = f(x, x)\n"
    for index in 1...40 { text += "  let o\(index) = f(o\(index - 1).c, o\(index - 1).d)\n" }
    text += "  observe y : real ~ Normal(o40.c, 1)\n}\n"
    let graph = try #require(Corpus.graph(text))
    #expect(graph.variables.count == 84)
  }

  @Test func hugeNumbersAreRefused() {
    let sizes = ["1e300", "99999999999999999999", "2000000000", "K * K * K * K"]
    for size in sizes {
      let text = "model M(K = 900000000)\neach row { observe x : real[\(size)] ~ Normal(0, 1) }\n"
      #expect(check(text) > 0, "\(size)")
    }
    #expect(
      check("model M\nparam m : real[2]\neach row { observe y : real ~ Normal(m[1e300], 1) }\n") > 0
    )
  }

  @Test func whatTheParserLostIsNotAlsoUnknown() throws {
    let text = """
      model M(L = 2
      param sigma positive
      network f(z : real) y : real { }
      each row { latent z : real[L] ~ Normal(0, 1) observe y : real ~ Normal(f(z[1]) + b, sigma) }
      """
    let source = SourceText(name: "m.lvm", text: text)
    let parsed = parse(source)
    #expect(!parsed.findings.isEmpty)
    let syntax = try #require(parsed.model)
    let result = LVMModel.check(syntax, source: source, afterSyntaxErrors: true)
    #expect(result.model == nil)
    #expect(result.findings.map(\.code) == ["unknown-name"])
  }

  @Test func independentMistakesAreReportedTogether() {
    let codes = Corpus.codes(
      """
      model M(D)
      param s : positve
      param a : real
      each row {
        latent z : real[L] ~ Normal(0, sgima)
        let m = exq(a)
        observe x : real[D] ~ Norml(m, a)
        observe c : count ~ Poisson(-1)
        observe y : real ~ Normal(m, s)
      }
      fit { epocs = 2 }
      """)
    // What depends on `s`, `z` and `m` says nothing more.
    #expect(
      codes == [
        "unknown-type", "unknown-name", "unknown-name", "unknown-function", "unknown-family",
        "argument-value", "fit-key",
      ])
  }

  @Test func findingsAreCutOff() {
    var text = "model M\n"
    for index in 0..<500 { text += "param p\(index) : wrong\n" }
    #expect(check(text) == 100)
  }
}
