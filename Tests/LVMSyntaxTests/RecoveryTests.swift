import LVMSyntax
import Testing

struct RecoveryTests {
  private func codes(_ text: String) -> [String] {
    let source = SourceText(name: "test", text: text)
    let result = parse(source)
    return result.findings.map { "\(source.position($0.primary.span.lower).line) \($0.code)" }
  }

  @Test func independentMistakesComeTogether() {
    #expect(
      codes(
        """
        model T
        param a : real[2
        obsrve b : real ~ Normal(0, 1)
        each row {
          latent z ~ Normal(0, 1)
          observe x : real = Normal(z, 1)
        }
        fit { epochs: 5, batch = }
        """) == [
          "2 unclosed-bracket", "3 unknown-statement", "5 missing-type", "6 equal-for-family",
          "8 colon-in-fit", "8 unexpected",
        ])
  }

  @Test func anUnclosedBracketDoesNotSwallowTheRest() {
    #expect(
      codes(
        """
        model T
        latent a : real ~ Normal(0, (1
        latent b : real ~ Normal(0 1)
        """) == ["2 unclosed-bracket", "3 missing-comma"])
  }

  @Test func aBadHeaderOfABlockLeavesItsBody() {
    #expect(
      codes(
        """
        model T
        each row in odrer {
          latent z : real ~ Normal(0 1)
        }
        network f(z real) -> x : real { dense(8) 3 relu }
        """) == ["2 unexpected", "3 missing-comma", "5 unexpected", "5 unexpected"])
  }

  @Test func aMistakeInABlockDoesNotUnbalanceBraces() {
    #expect(
      codes(
        """
        model T
        foo row {
          latent z : real ~ Normal(0, 1)
        }
        param b real
        """) == ["2 unknown-statement", "5 missing-type"])
  }

  @Test(arguments: ["(", "[", "-", "f(", "x[", "2^", "1 + ("])
  func deepNestingIsOneFinding(opening: String) {
    let text = "model T\nlet y = \(String(repeating: opening, count: 10_000))1"
    #expect(codes(text) == ["2 too-deep"])
  }

  @Test(arguments: [" + 1", "[1]", ".a", " * 2"])
  func aLongChainIsOneFinding(link: String) {
    let text = "model T\nlet y = x\(String(repeating: link, count: 10_000))\nparam b"
    #expect(codes(text) == ["2 too-deep", "3 missing-type"])
  }

  @Test func deepBlocksAreOneFinding() {
    let blocks = String(repeating: "each row { ", count: 1000)
    #expect(codes("model T\n\(blocks)\(String(repeating: "}", count: 1000))") == ["2 too-deep"])
    let layers = String(repeating: "residual { ", count: 1000)
    #expect(
      codes(
        "model T\nnetwork f(z : real) -> x : real { \(layers)\(String(repeating: "}", count: 1001))"
      ) == ["2 too-deep"])
  }

  @Test func manyMistakesAreCut() {
    let result = parse(
      SourceText(name: "test", text: "model T\n" + String(repeating: "param\n", count: 500)))
    #expect(result.findings.count == 101)
    #expect(result.findings.last?.code == "too-many-findings")
  }

  @Test(arguments: ["", " \n\n", "// only a comment"])
  func emptyFiles(text: String) {
    #expect(codes(text) == ["1 empty-file"])
  }
}
