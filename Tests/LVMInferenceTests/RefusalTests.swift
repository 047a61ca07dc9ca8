import LVM
import Testing

/// What cannot be planned, by code and in words.
@Suite struct RefusalTests {
  struct Refused: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let codes: [String]
    let message: String

    init(_ name: String, _ statements: String..., codes: [String], message: String) {
      self.name = name
      text = "model M\n" + statements.joined(separator: "\n") + "\n"
      self.codes = codes
      self.message = message
    }

    var testDescription: String { name }
  }

  static let all: [Refused] = [
    Refused(
      "label of the row inside a group's Gaussians", "param w : simplex[3] param m : real[3, 3]",
      "each g by g { latent u : real[3] ~ Normal(0, 1) each row {",
      "latent k : category[3] ~ Categorical(w) observe x : real[3] ~ Normal(u + m[k], 1) } }",
      codes: ["labels-inside-group"],
      message:
        "`u` is one value per g while `k` is one per row: integrating `u` exactly needs a term "
        + "for each of the 3^n labellings of a g's n rows"),
    Refused(
      "label of the row inside a group's gammas", "param w : simplex[2] param m : positive[2]",
      "each g by g { latent r : positive[3] ~ Gamma(2, 1) each row {",
      "latent k : category[2] ~ Categorical(w) observe x : count[3] ~ Poisson(r * m[k]) } }",
      codes: ["labels-inside-group"],
      message:
        "`r` is one value per g while `k` is one per row: integrating `r` exactly needs a term "
        + "for each of the 2^n labellings of a g's n rows"),
    Refused(
      "labels beside a Gaussian chain", "param w : simplex[2] param m : real[2]",
      "each row in order { latent k : category[2] ~ Categorical(w)",
      "latent l : real initially Normal(0, 1) then Normal(previous(l), 1)",
      "observe x : real ~ Normal(l + m[k], 1) }", codes: ["labels-beside-chain"],
      message:
        "the labels `k` beside the Gaussian chain `l` need a term for every sequence of labels"),
    Refused(
      "switching chain", "param a : simplex[2] param T : simplex[2, 2] param q : positive[2]",
      "each row in order { latent s : category[2] initially Categorical(a)",
      "then Categorical(T[previous(s)])",
      "latent l : real initially Normal(0, 1) then Normal(previous(l), q[s])",
      "observe x : real ~ Normal(l, 1) }", codes: ["labels-beside-chain"],
      message:
        "the labels `s` beside the Gaussian chain `l` need a term for every sequence of labels"),
    Refused(
      "two tied finite chains", "param T : simplex[2, 2] param m : real[2, 2]",
      "each row in order { latent s : category[2] initially Categorical([0.5, 0.5])",
      "then Categorical(T[previous(s)])",
      "latent t : category[2] initially Categorical([0.5, 0.5]) then Categorical(T[previous(t)])",
      "observe x : real ~ Normal(m[s, t], 1) }", codes: ["two-chains"],
      message:
        "the chains `s` and `t` are tied to each other, and their joint path is not summed yet"),
    Refused(
      "network of a group", "network f(z : real[2]) -> m : real[3] { dense(4) relu }",
      "each g by g { latent z : real[2] ~ Normal(0, 1)",
      "each row { observe x : real[3] ~ Normal(f(z), 1) } }",
      codes: ["network-not-planned"],
      message:
        "the network `f` is used where training has no engine: in a chain, a group or a parameter"),
    Refused(
      "global latent", "latent m : real ~ Normal(0, 5)",
      "each row { observe x : real ~ Normal(m, 1) }", codes: ["global-latent"],
      message: "`m` is a latent of the whole model, and its posterior has no engine in this version"
    ),
    Refused(
      "two global latents", "latent m : real ~ Normal(0, 5) latent t : positive ~ HalfCauchy(5)",
      "each row { latent u : real ~ Normal(m, t) observe x : real ~ Normal(u, 1) }",
      codes: ["global-latent", "global-latent"],
      message: "`m` is a latent of the whole model, and its posterior has no engine in this version"
    ),
    Refused(
      "crossed groups", "each a by a { latent u : real ~ Normal(0, 1) }",
      "each b by b { latent v : real ~ Normal(0, 1) }",
      "each row { observe x : real ~ Normal(u + v, 1) }", codes: ["crossed-groups"],
      message:
        "the groups `a` and `b` cross: neither lies inside the other, so there is no unit to "
        + "sum over"),
    Refused(
      "noise of scale zero", "param W : real[3, 2]",
      "each row { latent z : real[2] ~ Normal(0, 1) observe x : real[3] ~ Normal(2 * (W * z), 0) }",
      codes: ["zero-noise-not-planned"],
      message: "`x` has noise of scale 0, and it is not a sum of free linear maps of Normal(0, 1) "
        + "latents and a free mean: only those have a zero-noise limit here (PCA)"),
    Refused(
      "no noise", "param A : real[3, 3]",
      "each row { latent s : real[3] ~ Laplace(0, 1) observe x : real[3] = A * s }",
      codes: ["no-density"],
      message: "`x` equals a function of latents, and a change of variables has no engine in this "
        + "version"),
    Refused(
      "two latents of groups and one of rows in one logit", "param m : real",
      "each g by g { latent v : real[2] ~ Normal(0, 1) each row { latent u : real ~ Normal(0, 1)",
      "observe y : binary ~ Bernoulli(logit: m + u + v[1] + v[2]) } }",
      codes: ["no-exact-elimination"],
      message: "`v` cannot be eliminated exactly"),
    Refused(
      "simplex without a conjugate reader", "param m : real[3]",
      "each g by g { latent p : simplex[3] ~ Dirichlet([1, 1, 1])",
      "each row { observe x : real ~ Normal(dot(m, p), 1) } }", codes: ["no-exact-elimination"],
      message: "`p` cannot be eliminated exactly"),
    Refused(
      "a chain of states beside a group's latent", "param T : simplex[2, 2] param m : real[2]",
      "each g by g { latent u : real ~ Normal(0, 1) each row in order {",
      "latent s : category[2] initially Categorical([0.5, 0.5]) then Categorical(T[previous(s)])",
      "observe x : count ~ Poisson(exp(u + m[s])) } }", codes: ["no-exact-elimination"],
      message: "`u` cannot be eliminated exactly"),
    Refused(
      "chain of an observed variable", "param a : real",
      "each row in order { observe x : real initially Normal(0, 1)",
      "then Normal(a * previous(x), 1) }", codes: ["observed-chain"],
      message: "`x` is an observed chain, and autoregressions have no engine yet"),
    Refused(
      "table too large", "param p : unit[30] param b : real[30]",
      "each row { latent f : binary[30] ~ Bernoulli(p) observe x : real ~ Normal(dot(b, f), 1) }",
      codes: ["table-too-large"],
      message: "summing out `f` needs a table of 1073741824 cells a row; the limit is 4000000"),
    Refused(
      "a series' label in the emissions of its states",
      "param w : simplex[2] param T : simplex[2, 2] param m : real[2, 2]",
      "each series by series { latent c : category[2] ~ Categorical(w)",
      "each row in order { latent s : category[2] initially Categorical([0.5, 0.5])",
      "then Categorical(T[previous(s)]) observe x : real ~ Normal(m[c, s], 1) } }",
      codes: ["not-plannable"],
      message: "`s` cannot be planned: another latent's table stays tied to the chain `s`"),
    Refused(
      "a series' label in the steps of its states",
      "param w : simplex[2] param T : simplex[2, 2, 2] param r : positive[2]",
      "each series by series { latent c : category[2] ~ Categorical(w)",
      "each row in order { latent s : category[2] initially Categorical([0.5, 0.5])",
      "then Categorical(T[c, previous(s)]) observe x : count ~ Poisson(r[s]) } }",
      codes: ["not-plannable"],
      message: "`s` cannot be planned: the steps of `s` depend on another latent"),
  ]

  @Test(arguments: all)
  func isRefused(_ refused: Refused) throws {
    let model = try Model(text: refused.text)
    let error = #expect(throws: Diagnostics.self) { try model.plan() }
    #expect(error?.items.map(\.code) == refused.codes)
    #expect(error?.items.first?.message == refused.message)
    // Every refusal shows a place in the text.
    for item in error?.items ?? [] { #expect(item.primary.span.lower < item.primary.span.upper) }
  }

  /// An empty cell of a number that something depends on.
  @Test func missingNumberThatIsRead() throws {
    let model = try Model(
      text: """
        model M
        param b : real
        each row { observe c : real ~ Normal(0, 1) observe x : real ~ Normal(b * c, 1) }
        """)
    let table = try Table(csv: "c,x\n1,2\nNA,3\n")
    let error = #expect(throws: Diagnostics.self) { try model.plan(for: table) }
    #expect(error?.items.map(\.code) == ["missing-parent"])
    #expect(error?.items.first?.message == "`c` has empty cells, and `x` depends on it")
  }
}
