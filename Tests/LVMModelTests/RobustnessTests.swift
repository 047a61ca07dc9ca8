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

  @Test func shapesBeyondMemoryAreRefused() {
    for type in [
      "real[1000000000, 1000000000]", "real[1000000000, 1000000000, 1000000000]",
      "category[99999999999]", "category[1000000000]", "simplex[K, K]", "covariance[K]",
      "real[K, K, K, K, K, K]", "real[K * K * K * K * K + 5]", "real[K * K, D]",
    ] {
      let role = type.hasPrefix("category") ? "latent z" : "param z"
      let text = """
        model M(K = 65536, D)
        param w : real
        each row {
          observe x : real[D] ~ Normal(w, 1)
          \(role.hasPrefix("latent") ? "latent z : \(type) ~ Categorical(ones(K))" : "")
        }
        \(role.hasPrefix("latent") ? "" : "param z : \(type)")
        """
      #expect(check(text) > 0, "\(type)")
    }
    let lags = ["previous(y, 1000000000)", "sum(previous(y, 1..1000000000))", "previous(y, K)"]
    for lag in lags {
      let text = """
        model M(K = 1000000)
        each row in order { observe y : real initially Normal(0, 1) then Normal(\(lag), 1) }
        """
      #expect(check(text) > 0, "\(lag)")
    }
  }

  /// Refused once without a word: a fuzzer found it.
  @Test func typeOfSeveralOutputsIsReported() {
    let codes = Corpus.codes(
      """
      model M
      network f(z : real) -> a : real, b : positive { dense(2) }
      each row {
        latent z : real ~ Normal(0, 1)
        let o : real = f(z)
        observe y : real ~ Normal(o.a, o.b)
      }
      """)
    #expect(codes == ["several-outputs"])
  }

  /// Sizes that wrap round when multiplied would look small.
  @Test func productsOfSizesDoNotWrapRound() {
    let k = Size.symbol("K")
    let power = k * k * k * k + .constant(5)
    for value in [65_536, -65_536, 1_000_000_000] {
      #expect((power.substituting(["K": value]).constant ?? 0) > 1_000_000_000)
    }
    let large = Size.constant(.max) * .constant(.max)
    #expect((large + large).constant ?? 0 > 1_000_000_000)
    #expect((.constant(0) - large - large).constant ?? 0 < -1_000_000_000)
  }

  @Test func sizesDefinedInACircleAreReported() {
    for header in ["K = D, D = K", "K = K", "A = B + 1, B = C * 2, C = A"] {
      #expect(check("model M(\(header))\neach row { observe x : real ~ Normal(0, 1) }\n") > 0)
    }
  }

  /// Every definition reads the next and the first: as many circles as definitions, each as long.
  @Test func manyCirclesEnd() throws {
    var text = "model M\n"
    for index in 0..<4_000 { text += "let a\(index) = a\((index + 1) % 4_000) + a0\n" }
    text += "each row { observe y : real ~ Normal(a0, 1) }\n"
    let source = SourceText(name: "m.lvm", text: text)
    let syntax = try #require(parse(source).model)
    let findings = LVMModel.check(syntax, source: source).findings
    #expect(!findings.isEmpty && findings.count <= 100)
    let shown = DiagnosticRenderer(colour: false).render(
      Diagnostics(source: source, items: findings))
    #expect(shown.utf8.count < 1_000_000)
  }

  /// As long as a model can be: nothing takes the square of the length.
  @Test func longModelsAreChecked() {
    let row = "each row { observe y : real ~ Normal(0, 1) }\n"
    for (start, piece, end) in [
      ("model M\n", "let aN = 1\n", row), ("model M\n", "param aN : real\n", row),
      ("model M\n" + row, "each gN by c { latent zN : real ~ Normal(0, 1) }\n", ""),
      ("model M\neach row { observe c : category[", "\"N\",", "\"x\"] ~ Categorical([1, 2]) }\n"),
      ("model M\neach row { observe y : real ~ Normal(sum([", "N,", "1]), 1) }\n"),
      ("model M\neach row {", "observe yN : real ~ Normal(yM, 1)\n", "}\n"),
      ("model M(", "aN,", "b)\n" + row),
      ("model M\n", "network fN(x : real) -> y : real { dense(2) }\n", row),
    ] {
      var text = start
      var index = 0
      while text.utf8.count + end.utf8.count < 300_000 {
        text += piece.replacingOccurrences(of: "N", with: "\(index)")
          .replacingOccurrences(of: "M", with: "\(index + 1)")
        index += 1
      }
      _ = check(text + end)
    }
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
