/// One latent at nodes, and given its value others that are linear-Gaussian or conjugate.
extension SmallModels {
  static let nodesBeside: [Case] = [
    Case(
      "gamma rates under a trait", "param a : real param b : real param r : positive",
      "each row { latent t : real ~ Normal(0, 1) latent g : positive ~ Gamma(r, r / exp(a + b * t))",
      "observe y : count ~ Poisson(g) observe x : real ~ Normal(t, 1) }", rows: 3,
      checksGradient: false),
    Case(
      "heavy group effect over Gaussian rows", "param a : real[2] param t : positive",
      "each g by g { latent u : real ~ StudentT(4, 0, t)",
      "each row { latent z : real ~ Normal(0, 1) observe x : real[2] ~ Normal(u + a * z, 0.7) } }",
      rows: 6, missing: 0.2),
    Case(
      "trait of a label's, read by a count and by a Gaussian latent",
      "param p : simplex[2] param m : real[2] param c : real param W : real[2]",
      "each row { latent k : category[2] ~ Categorical(p) latent t : real ~ Normal(m[k], 1)",
      "latent z : real ~ Normal(c * t, 0.6) observe y : count ~ Poisson(exp(0.5 * t))",
      "observe x : real[2] ~ Normal(W * z, 0.5) }", rows: 4, missing: 0.2),
    Case(
      "Gaussian levels inside a heavy one", "param t : positive[3]",
      "each a by a { latent u : real ~ Logistic(0, t[1])",
      "each b by b { latent v : real ~ Normal(u, t[2])",
      "each row { observe x : real ~ Normal(v, t[3]) } } }", rows: 7),
    Case(
      "label of the rows beside a Gaussian latent, inside a heavy group", "param m : real[2]",
      "param t : positive",
      "each g by g { latent u : real ~ StudentT(5, 0, t)",
      "each row { latent k : category[2] ~ Categorical([0.4, 0.6]) latent z : real ~ Normal(u, 1)",
      "observe x : real ~ Normal(z + m[k], 0.5) } }", rows: 5),
    Case(
      "beta chances of a spread at nodes", "param m : unit",
      "each row { latent s : positive ~ LogNormal(1, 0.5)",
      "latent p : unit ~ Beta(m * s, (1 - m) * s) observe y : count ~ Binomial(6, p)",
      "observe x : positive ~ LogNormal(0.3 * s, 1) }", rows: 3, checksGradient: false),
  ]
}
