import LVMModel
import LVMSyntax
import Testing

/// How kinds propagate, and which expressions may stand where something positive must.
@Suite struct KindTests {
  /// The type of an expression over p, q : positive, u, w : unit, r : real, n, m : count,
  /// b : binary, i : integer.
  private func type(of expression: String) throws -> String {
    let graph = try #require(
      Corpus.graph(
        """
        model M
        each row {
          given p : positive given q : positive given u : unit given w : unit given r : real
          given n : count given m : count given b : binary given i : integer
          given k : category[3] given x : positive[3] given s : simplex[3]
          let e = \(expression)
          observe y : real ~ Normal(0, 1)
        }
        """), "\(expression)")
    return try #require(graph.variable(named: "e")).type.description
  }

  @Test(arguments: [
    ("p * q", "positive"), ("p + q", "positive"), ("p / q", "positive"), ("p ^ r", "positive"),
    ("p - q", "real"), ("p + 1", "positive"), ("p + n", "positive"), ("p * n", "real"),
    ("p * u", "positive"), ("u * w", "unit"), ("1 - u", "unit"), ("2 - u", "real"),
    ("u ^ 2", "unit"), ("u + w", "positive"), ("n + m", "count"), ("n * m", "count"),
    ("n - m", "integer"), ("i + 1", "integer"), ("n ^ 2", "count"), ("1 - b", "binary"),
    ("b * b", "binary"), ("-p", "real"), ("exp(r)", "positive"), ("softplus(r)", "positive"),
    ("sigmoid(r)", "unit"), ("log(p)", "real"), ("log1p(n)", "real"), ("sqrt(p)", "positive"),
    ("abs(r)", "real"), ("tanh(p)", "unit"), ("tanh(r)", "real"), ("softmax(x)", "simplex[3]"),
    ("s[k]", "unit"), ("sum(x)", "positive"), ("mean(s)", "unit"), ("dot(x, x)", "positive"),
    ("max(p, r)", "positive"), ("min(p, r)", "real"), ("one_hot(k)", "binary[3]"),
    ("[p, 2]", "positive[2]"), ("[u, 0.5]", "unit[2]"), ("[u, r]", "real[2]"),
    ("x .* s", "positive[3]"), ("x[1..2]", "positive[2]"), ("s[1..2]", "unit[2]"),
    ("diag(x)", "covariance[3]"), ("2 * diag(x)", "covariance[3]"),
    ("diag(x) * diag(x)", "real[3, 3]"), ("cholesky(diag(x))", "cholesky[3]"),
    ("inverse(diag(x))", "covariance[3]"), ("logdet(diag(x))", "real"),
    ("diag(x) + identity(3)", "covariance[3]"), ("concat(x, p)", "positive[4]"),
    ("stack(x, x)", "positive[2, 3]"), ("cumsum(x)", "positive[3]"), ("zeros(2)", "real[2]"),
    ("ones(2, 3)", "positive[2, 3]"), ("transpose(stack(x, x))", "positive[3, 2]"),
    ("stack(x, x) * x", "positive[2]"), ("logsumexp(x)", "real"), ("norm(x)", "real"),
  ])
  func kindsPropagate(_ rule: (expression: String, type: String)) throws {
    let found = try type(of: rule.expression)
    #expect(found == rule.type, "\(rule.expression)")
  }

  @Test func aNamedNumberMayBeAnIndex() {
    #expect(
      Corpus.codes(
        """
        model M
        param m : real[2]
        let first = 1
        each row { observe y : real ~ Normal(m[first], 1) }
        """) == [])
  }

  @Test(arguments: [
    // Declared: known at once.
    ("r", ["argument-kind"]), ("i", ["argument-kind"]), ("-p", ["argument-value"]),
    // Computed: checked when the model runs, with a warning where it may not hold.
    ("p - q", ["argument-range"]), ("r + p", ["argument-range"]), ("r * r", []), ("n", []),
    ("b", []), ("abs(r)", []), ("exp(r)", []),
    // The zero-noise limit.
    ("0", []), ("-0.5", ["argument-value"]), ("1 - 2", ["argument-value"]),
  ])
  func scalesArePositive(_ rule: (scale: String, codes: [String])) {
    let codes = Corpus.codes(
      """
      model M
      each row {
        given p : positive given q : positive given r : real given n : count given b : binary
        given i : integer
        let all = p + q + r + n + b + i
        observe y : real ~ Normal(all, \(rule.scale))
      }
      """)
    #expect(codes == rule.codes, "\(rule.scale)")
  }
}
