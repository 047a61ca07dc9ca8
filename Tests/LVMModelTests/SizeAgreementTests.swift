import LVMModel
import LVMSyntax
import Testing

/// When two sizes count as equal: as symbols, or by defaults and settings where they are needed.
@Suite struct SizeAgreementTests {
  private func codes(
    _ text: String, settings: [String: Double] = [:], known: [String: Int] = [:]
  ) -> [String] {
    let source = SourceText(name: "m.lvm", text: text)
    guard let syntax = parse(source).model else { return ["no model"] }
    return check(syntax, source: source, settings: settings, known: known).findings.map(\.code)
  }

  private let literal = """
    model M(K = 2)
    param a : real
    param b : real
    each row { observe x : real[K] ~ Normal([a, b], 1) }
    """

  @Test func aDefaultServesALiteral() { #expect(codes(literal) == []) }

  @Test func aSettingReplacesTheDefault() {
    #expect(codes(literal, settings: ["K": 3]) == ["argument-shape"])
    #expect(codes(literal, settings: ["K": 2.5]) == ["size-not-whole"])
  }

  @Test func sizesFromDataCount() {
    let text = """
      model M(D)
      param a : real
      each row { observe x : real[D] ~ Normal([a, 0], 1) }
      """
    #expect(codes(text) == ["argument-shape"])
    #expect(codes(text, known: ["D": 2]) == [])
  }

  @Test func arithmeticIsSymbolic() {
    let text = """
      model M(D)
      param b : real[D - 1]
      param c : real
      each row { observe x : real[D] ~ Normal(concat(b, c), 1) }
      """
    #expect(codes(text) == [])
  }

  @Test func defaultsMayUseOneAnother() throws {
    let text = """
      model M(K = 2, L = K + 1)
      param a : real[3]
      each row { observe x : real[L] ~ Normal(a[1..L], 1), observe y : real[K] ~ Normal(0, 1) }
      """.replacing(", observe y", with: " observe y")
    #expect(codes(text) == [])
  }

  @Test func aConstantIsANumberInTheGraph() throws {
    let graph = try #require(
      Corpus.graph("model M(s = 0.5)\neach row { observe y : real ~ Normal(0, s) }\n"))
    let y = try #require(graph.variable(named: "y"))
    #expect(graph.text(of: y.definition) == "~ Normal(0, 0.5)")
    #expect(graph.sizes[0].isSize == false)
  }

  @Test func aSizeUsedAsANumberBecomesOne() throws {
    let graph = try #require(
      Corpus.graph("model M(D)\neach row { observe y : real[D] ~ Normal(0, sqrt(D)) }\n"))
    let y = try #require(graph.sized(["D": 4]).variable(named: "y"))
    #expect(graph.unresolvedSizes == ["D"])
    #expect(graph.sized(["D": 4]).text(of: y.definition) == "~ Normal(0, sqrt(4))")
  }

  @Test func orderOfAChainFollowsItsLags() throws {
    let graph = try #require(
      Corpus.graph(
        """
        model M(S = 12)
        each row in order {
          let m = sum(previous(s, 1..S-1))
          latent s : real initially Normal(0, 1) then Normal(m + previous(s, 2), 1)
          observe y : real ~ Normal(s, 1)
        }
        """))
    let s = try #require(graph.variable(named: "s"))
    guard case .chain(let chain) = s.definition else {
      Issue.record("not a chain")
      return
    }
    #expect(chain.order == Size.symbol("S") - .constant(1))
  }
}
