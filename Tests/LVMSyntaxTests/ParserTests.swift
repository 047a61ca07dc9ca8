import LVMSyntax
import Testing

struct ParserTests {
  /// The prefix form of an expression.
  private func tree(_ expression: String) throws -> String {
    let source = SourceText(name: "test", text: "model T\nlet y = \(expression)\n")
    let result = parse(source)
    #expect(result.findings.map(\.message) == [])
    guard case .variable(let variable) = try #require(result.model).statements[0],
      case .equal(let value) = variable.definition
    else {
      Issue.record("no expression")
      return ""
    }
    return dump(value)
  }

  @Test(arguments: [
    ("a + b * c", "(+ a (* b c))"),
    ("a - b - c", "(- (- a b) c)"),
    ("a / b * c", "(* (/ a b) c)"),
    ("a .* b ./ c", "(./ (.* a b) c)"),
    ("2^3^2", "(^ 2 (^ 3 2))"),
    ("-2^2", "(- (^ 2 2))"),
    ("2^-1", "(^ 2 (- 1))"),
    ("2^-x^2", "(^ 2 (- (^ x 2)))"),
    ("a * -b", "(* a (- b))"),
    ("-a * b", "(* (- a) b)"),
    ("-a[1]", "(- (index a 1))"),
    ("a[i]^2", "(^ (index a i) 2)"),
    ("f(x).mean[1]", "(index (member (call f x) mean) 1)"),
    ("(a + b) * c", "(* (group (+ a b)) c)"),
    ("x[1..3, 2]", "(index x (.. 1 3) 2)"),
    ("previous(s, 1..S-1)", "(call previous s (.. 1 (- S 1)))"),
    ("[[p, q], [1, 0]]", "(array (array p q) (array 1 0))"),
    ("f(mean: 1, scale: .5)", "(call f mean: 1 scale: 0.5)"),
    ("1/255 + 1e-3", "(+ (/ 1 255) 0.001)"),
    ("1.*x", "(.* 1 x)"),
    ("1./x", "(./ 1 x)"),
    ("f()", "(call f)"),
  ])
  func precedence(written: String, expected: String) throws {
    #expect(try tree(written) == expected)
  }

  @Test(arguments: [
    // The line ends in an operator, `~ = -> ,`, or the next line begins with one.
    "model T\nlet y = a +\n  b",
    "model T\nlet y = a\n  + b",
    "model T\nlet y =\n  a + b",
    "model T\nlet y\n  = a + b",
    // A bracket is open, also across comments and blank lines.
    "model T\nlet y = a + f(\n\n1 // one\n,\n2)",
    "model T\nlatent z : real ~\n Normal(0, 1)",
    "model T\nlatent z : real\n ~ Normal(0, 1)",
    "model T\neach row in order { latent s : real\n initially Normal(0, 1)\n then Normal(1, 1) }",
    "model T\nobserve x : real\n from flow\n ~ Normal(0, 1)",
    "model T\nnetwork f(z : real)\n  -> x : real,\n y : real { relu\n dense(2) }",
    // A block may open on the next line.
    "model T\neach row\n{\n latent z : real ~ Normal(0, 1)\n}",
  ])
  func statementGoesOn(text: String) throws {
    let result = parse(SourceText(name: "test", text: text))
    #expect(result.findings.map(\.message) == [])
    #expect(try #require(result.model).statements.count == 1)
  }

  @Test(arguments: [
    "model T param a : real param b : real",
    "model T\nparam a : real let b = a",
    "model T\neach row { observe x : real ~ Normal(0, 1) } param b : real",
    "model T\r\nparam a : real\r\nparam b : real\r\n",
    "\u{FEFF}model T\nparam a : real\nparam b : real",
  ])
  func statementsOfOneLineEndAtTheNextWord(text: String) throws {
    let result = parse(SourceText(name: "test", text: text))
    #expect(result.findings.map(\.message) == [])
    #expect(try #require(result.model).statements.count == 2)
  }

  @Test func spansCoverWhatWasRead() throws {
    let source = SourceText(
      name: "test", text: "model T\nlatent z : real[2] ~ Normal(0, 1) // c\nlet y = z + 1")
    let result = parse(source)
    let model = try #require(result.model)
    #expect(
      model.statements.map { source.text($0.span) } == [
        "latent z : real[2] ~ Normal(0, 1)", "let y = z + 1",
      ])
    #expect(result.comments.map(\.text) == ["// c"])
    #expect(source.text(model.span) == source.text(Span(0, source.bytes.count)))
  }

  @Test func printsTheTree() throws {
    let text = """
      model T(K = 2)
      each series by id {
        observe x : real[K] from scale("p*", 1/255) ~ Normal(mean: 0, 1)
      }
      network f(z : real) -> a : real { residual { dense(8) relu } }
      fit { epochs = 5 }
      """
    let model = try #require(parse(SourceText(name: "test", text: text)).model)
    #expect(
      dump(model) == """
        model T
          size K = 2
          each series by id
            observe x : real[K]
              from (scale "p*" (/ 1 255))
              ~ (call Normal mean: 0 1)
          network f
            input z : real
            output a : real
            layer residual
              layer dense 8
              layer relu
          fit
            epochs = 5

        """)
  }

  @Test func printsTokens() {
    let source = SourceText(name: "test", text: "param a\n  ~ 1..3 \"p\"")
    #expect(
      dump(tokenize(source).0, in: source) == """
        1:1 keyword param
        1:7 word a
        2:3 mark ~
        2:5 number 1
        2:6 mark ..
        2:8 number 3
        2:10 text "p"
        2:13 end

        """)
  }
}
