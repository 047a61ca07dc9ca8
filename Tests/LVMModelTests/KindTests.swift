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

  /// Frequencies of genotypes: products of a simplex's entries, which only together stay below one.
  @Test(arguments: [
    ("2 * f[1] * f[2]", []), ("f[1]^2 + 2 * f[1] * f[3]", []), ("6 * f[1] * f[2] * f[3]", []),
    ("1 - f[2]^2", []), ("h", []), ("3 * p^2 * (1 - p) + p^3", []),
    ("2 * m[2, 1] * m[2, 2]", []), ("f[1] * p + f[2] * (1 - p)^2 + f[3]", []),
    ("2 * f[1] * p", ["argument-range"]), ("3 * f[1] * f[2]", ["argument-range"]),
    ("2 * m[1, 1] * m[2, 2]", ["argument-range"]), ("f[1]^2 - f[2]", ["argument-range"]),
    ("2 * f[k] * f[2]", ["argument-range"]),
  ])
  func sharesOfOneStayBelowOne(_ rule: (chance: String, codes: [String])) {
    let codes = Corpus.codes(
      """
      model M
      param f : simplex[3] param p : unit param m : simplex[2, 2]
      let h = 2 * f[1] * (f[2] + f[3]) + f[1]^2
      each row {
        given k : category[3]
        observe y : binary ~ Bernoulli(\(rule.chance))
      }
      """
    ).filter { $0 == "argument-range" }
    #expect(codes == rule.codes, "\(rule.chance)")
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

  @Test(arguments: [
    // Within 0 and 1, whatever the values.
    ("h * sigmoid(r)", false), ("on[k] * sigmoid(r)", false), ("u * v * w[1]", false),
    ("1 - h * u", false), ("1 - (1 - u) * (1 - v * h)", false), ("u + (1 - u) * v * h", false),
    ("u * h + (1 - u) * v", false), ("w[1] + (1 - w[1]) * w[2] * h", false),
    ("p / (p + q * h)", false), ("x[1] / sum(x)", false), ("1 / (1 + exp(-r))", false),
    ("exp(r) / (1 + exp(r))", false), ("1 - exp(-p)", false), ("u ^ p * h", false),
    ("dot(s, w)", false), ("dot(w, s)", false), ("sum(s .* w)", false), ("sum(s[1..2])", false),
    ("max(u, h * v)", false), ("min(1, p + q)", false), ("min(u, p * h)", false),
    ("[0.2, 0.9][k]", false), ("0.5 + 0.5 * tanh(r)", false), ("abs(tanh(r))", false),
    ("2 * u * (1 - u)", false), ("u ^ 2 + (1 - u) ^ 2", false), ("inner * h", false),
    ("inner + (1 - inner) * u", false), ("one_hot(k)[1] * u", false), ("mean(w) * h", false),
    // These can leave.
    ("u + v", true), ("h + sigmoid(r)", true), ("u - v", true), ("2 * u * v", true),
    ("1 - p * u", true), ("tanh(r) * 1", true), ("dot(w, w)", true), ("p / (q + u)", true),
    ("x[1] / x[2]", true), ("w[1] - w[2]", true), ("u + (1 - v) * h", true), ("max(u, p)", true),
    ("5 * u * (1 - u)", true), ("sum(w)", true), ("r * h", true), ("log(u)", true),
    ("inner + (1 - v) * u", false), ("sum(s .* x)", true),
  ])
  func probabilitiesThatCanLeaveGetAWarning(_ rule: (probability: String, warns: Bool)) {
    #expect(
      rangeCodes("binary ~ Bernoulli(\(rule.probability))")
        == (rule.warns ? ["argument-range"] : []), "\(rule.probability)")
  }

  @Test(arguments: [
    ("p * h + q * u", false), ("p / q * h", false), ("p ^ r * h", false), ("p * h * exp(r)", false),
    ("(r - 1) ^ 2 + p * h", false), ("r * r", false), ("p + q - p * u", false),
    ("max(r, p)", false), ("min(p, q) * h", false), ("norm(w)", false), ("dot(x, w) * h", false),
    ("sum(x) * h", false), ("log1p(p) * h", false), ("1 - s[1] * h", false),
    ("log(1 + p)", false), ("x[1] * x[2] / (p + h)", false), ("abs(r) * h", false),
    ("p - q", true), ("r + p", true), ("r ^ 3", true), ("min(p, r)", true), ("log(p)", true),
    ("p * tanh(r)", true), ("x[1] - x[2]", true), ("p + q - 2 * p * u", true), ("h - u", true),
    ("dot(x, [r, 1, 1])", true), ("p * r * exp(r)", true),
  ])
  func ratesThatCanLeaveGetAWarning(_ rule: (rate: String, warns: Bool)) {
    #expect(
      rangeCodes("count ~ Poisson(\(rule.rate))") == (rule.warns ? ["argument-range"] : []),
      "\(rule.rate)")
  }

  private func rangeCodes(_ law: String) -> [String] {
    Corpus.codes(
      """
      model M
      let on = [0, 1]
      each row {
        given p : positive given q : positive given r : real given u : unit given v : unit
        given h : binary given k : category[2] given x : positive[3] given w : unit[3]
        given s : simplex[3]
        let inner = u * v
        let all = p + q + r + u + v + h + on[k] + x[1] + w[1] + s[1] + inner
        observe z : real ~ Normal(all, 1)
        observe y : \(law)
      }
      """)
  }
}
