import LVM
import Testing

/// Rows that enter once, as mean and scatter, have the likelihood and the gradient of all rows.
@Suite struct CompressionTests {
  static let cases: [Case] = [
    Case(
      "compressed: PPCA", "param W : real[3, 1] param mu : real[3] param s : positive",
      "each row { latent z : real[1] ~ Normal(0, 1) observe x : real[3] ~ Normal(W * z + mu, s) }",
      rows: 30),
    Case(
      "compressed: factor analysis with givens",
      "param W : real[5, 2] param B : real[5, 2] param mu : real[5] param psi : positive[5]",
      "each row { given c : real[2] latent z : real[2] ~ Normal(0, 1)",
      "observe x : real[5] ~ Normal(W * z + B * c + mu, psi) }", rows: 40),
    Case(
      "compressed: latent of a latent that reads a given",
      "param A : real[2, 1] param b : real[2] param t : positive[2] param W : real[3, 2]",
      "param s : positive",
      "each row { given c : real latent z : real[1] ~ Normal(0.5, 2)",
      "latent y : real[2] ~ Normal(A * z + b * c, t) observe x : real[3] ~ Normal(W * y + 1, s) }",
      rows: 25),
    Case(
      "compressed: two views, one read by the other",
      "param V : real[3, 2] param a : real[2] param b : real[3] param S : covariance[2]",
      "param t : positive[3] param W : real[2, 1]",
      "each row { latent z : real[1] ~ Normal(0, 1)",
      "observe x : real[2] ~ MultivariateNormal(W * z + a, S)",
      "observe y : real[3] ~ Normal(V * (x - a) + b, t) }", rows: 30),
    Case(
      "compressed: scalars in several places", "param a : real param b : real param s : positive",
      "param t : positive",
      "each row { latent z : real ~ Normal(a, 1) observe x : real ~ Normal(b * z, s)",
      "observe y : real ~ Normal(z - 2 * x / 3, t) }", rows: 20),
    Case(
      "compressed: factor analysis, missing cells",
      "param W : real[5, 1] param mu : real[5] param psi : positive[5]",
      "each row { latent z : real[1] ~ Normal(0, 1) observe x : real[5] ~ Normal(W * z + mu, psi) }",
      rows: 120, missing: 0.1),
    Case(
      "compressed: full noise, missing cells", "param W : real[3, 1] param S : covariance[3]",
      "each row { latent z : real[1] ~ Normal(0, 1)",
      "observe x : real[3] ~ MultivariateNormal(W * z + 1, S) }", rows: 60, missing: 0.2),
  ]

  @Test(arguments: cases, 0..<3)
  func compressedRowsAreAllRows(_ c: Case, seed: Int) throws {
    var c = c
    c.seed = seed
    let drawn = try DrawnCase(c)
    let bound = try drawn.model.bound(to: drawn.table)
    let plan = try Planner.plan(bound.graph, facts: DataFacts(masked: bound.data.masked))
    #expect(plan.compressesRows)
    #expect(plan.explanation.contains("they enter once, as mean and scatter"))
    let few = bound.data.compressed(for: plan.inference)
    #expect(few.isWeighted)
    #expect(few.columns.layout.counts[0] < bound.data.rows)
    let whole = try MarginalLikelihood(plan.inference, data: bound.data)
    let compressed = try MarginalLikelihood(plan.inference, data: few)
    let value = try whole.value(drawn.parameters)
    #expect(!Comparison.differ(try compressed.value(drawn.parameters), value, 1e-10))
    let wanted = try whole.gradient(drawn.parameters)
    let found = try compressed.gradient(drawn.parameters)
    #expect(!wanted.isEmpty)
    for (name, gradient) in wanted {
      let size = gradient.values.reduce(1) { max($0, abs($1)) }
      for (a, b) in zip(found[name]?.values ?? [], gradient.values) {
        #expect(abs(a - b) <= 1e-10 * size, "\(name): \(a), \(b)")
      }
    }
  }

  /// Forms in which the rows do not enter by their mean and scatter keep their rows.
  @Test(arguments: [
    "param w : real[2] param s : positive each row { given c : real latent z : real ~ Normal(0, 1) "
      + "observe x : real[2] ~ Normal(w * z * c, s) }",
    "param w : real param s : positive each row { given c : positive latent z : real ~ Normal(0, 1) "
      + "observe x : real ~ Normal(w * z, s * c) }",
    "param w : real param s : positive each row { given c : real latent z : real ~ Normal(0, 1) "
      + "observe x : real ~ Normal(z + exp(w * c), s) }",
    "param p : simplex[2] param w : real[2] param s : positive each row { "
      + "latent k : category[2] ~ Categorical(p) latent z : real ~ Normal(0, 1) "
      + "observe x : real ~ Normal(w[k] * z, s) }",
    "param t : positive param s : positive each g by g { latent u : real ~ Normal(0, t) "
      + "each row { observe x : real ~ Normal(u, s) } }",
  ])
  func otherFormsKeepTheirRows(_ text: String) throws {
    let plan = try Model(text: "model M\n" + text).plan()
    #expect(!plan.compressesRows)
  }

  /// Two latents for one, a turned latent, another order: the same compressed likelihood.
  @Test func splittingAndTurningALatentDoNotMatter() throws {
    let names = "from (x1, x2, x3, x4, x5)"
    let one = Case(
      "turned", "param W : real[5, 2] param psi : positive[5]",
      "each row { latent z : real[2] ~ Normal(0, 1) observe x : real[5] \(names) ~ Normal(W * z, psi) }",
      rows: 30)
    let drawn = try DrawnCase(one)
    func root(_ text: String, _ parameters: [String: Tensor]) throws -> Double {
      let bound = try Model(text: text).bound(to: drawn.table)
      let plan = try Planner.plan(bound.graph, facts: DataFacts(masked: bound.data.masked))
      #expect(plan.compressesRows)
      return try MarginalLikelihood(
        plan.inference, data: bound.data.compressed(for: plan.inference)
      ).value(parameters)
    }
    let w = try #require(drawn.parameters["W"])
    let psi = try #require(drawn.parameters["psi"])
    let wanted = try root(one.text, drawn.parameters)
    func column(_ c: Int) -> Tensor { Tensor([5, 1], (0..<5).map { w.values[2 * $0 + c] }) }
    let split = """
      model M
      param psi : positive[5] param V : real[5, 1] param U : real[5, 1]
      each row {
        latent y : real[1] ~ Normal(0, 1)
        observe x : real[5] \(names) ~ Normal(V * a + U * y, psi)
        latent a : real[1] ~ Normal(0, 1)
      }
      """
    let parts = try root(split, ["V": column(1), "U": column(0), "psi": psi])
    #expect(!Comparison.differ(parts, wanted, 1e-11))
    var turned: [Double] = []
    for i in 0..<5 {
      let (a, b) = (w.values[2 * i], w.values[2 * i + 1])
      turned.append(0.6 * a - 0.8 * b)
      turned.append(0.8 * a + 0.6 * b)
    }
    let rotated = try root(
      one.text, ["W": Tensor([5, 2], turned), "psi": psi])
    #expect(!Comparison.differ(rotated, wanted, 1e-11))
  }
}
