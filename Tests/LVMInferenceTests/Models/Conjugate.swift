/// Latents with conjugate priors, in rows and in groups.
extension SmallModels {
  static let conjugate: [Case] = [
    Case(
      "gamma-poisson a group", "param a : positive param b : positive",
      "each g by g { latent r : positive ~ Gamma(a, b) each row { observe x : count ~ Poisson(r) } }",
      rows: 7),
    Case(
      "gamma-poisson a row", "param a : positive param b : positive",
      "each row { latent r : positive ~ Gamma(a, b) observe x : count ~ Poisson(r) }"),
    Case(
      "gamma-poisson with exposure", "param a : positive param b : positive",
      "each g by g { latent r : positive ~ Gamma(a, b)",
      "each row { given e : positive observe x : count ~ Poisson(r * e) } }", rows: 7),
    Case(
      "gamma-poisson with exposure, missing cells", "param a : positive param b : positive",
      "each g by g { latent r : positive ~ Gamma(a, b)",
      "each row { given e : positive observe x : count ~ Poisson(r * e) } }", rows: 7, missing: 0.4),
    Case(
      "gamma-exponential", "param a : positive param b : positive",
      "each g by g { latent r : positive ~ Gamma(a, b)",
      "each row { observe x : positive ~ Exponential(r) } }", rows: 7),
    Case(
      "gamma-gamma", "param a : positive param b : positive param c : positive",
      "each g by g { latent r : positive ~ Gamma(a, b)",
      "each row { observe x : positive ~ Gamma(c, r) } }", rows: 7),
    Case(
      "gamma-poisson and exponential", "param a : positive param b : positive",
      "each g by g { latent r : positive ~ Gamma(a, b)",
      "each row { observe x : positive ~ Exponential(r) observe y : count ~ Poisson(2 * r) } }",
      rows: 6),
    Case(
      "gamma precision", "param a : positive param b : positive param m : real",
      "each g by g { latent t : positive ~ Gamma(a, b)",
      "each row { observe x : real ~ Normal(m, 1 / sqrt(t)) } }", rows: 7),
    Case(
      "beta-bernoulli", "param a : positive param b : positive",
      "each g by g { latent p : unit ~ Beta(a, b) each row { observe x : binary ~ Bernoulli(p) } }",
      rows: 7),
    Case(
      "beta-binomial", "param a : positive param b : positive",
      "each row { given n : count latent p : unit ~ Beta(a, b) observe x : count ~ Binomial(n, p) }"
    ),
    Case(
      "beta-geometric", "param a : positive param b : positive",
      "each g by g { latent p : unit ~ Beta(a, b) each row { observe x : count ~ Geometric(p) } }",
      rows: 7, parameters: ["a": [2.3], "b": [3.1]]),
    Case(
      "dirichlet-categorical", "param a : positive[3]",
      "each g by g { latent p : simplex[3] ~ Dirichlet(a)",
      "each row { observe x : category[3] ~ Categorical(p) } }", rows: 6, checksGradient: false),
    Case(
      "dirichlet-categorical, two values", "param a : positive[2]",
      "each g by g { latent p : simplex[2] ~ Dirichlet(a)",
      "each row { observe x : category[2] ~ Categorical(p) } }", rows: 6),
    Case(
      "dirichlet-multinomial", "param a : positive[3]",
      "each row { latent p : simplex[3] ~ Dirichlet(a) given n : count",
      "observe x : count[3] ~ Multinomial(n, p) }", rows: 3, checksGradient: false,
      columns: ["n": [3, 5, 4], "x": [1, 1, 1, 0, 4, 1, 2, 2, 0]]),
    Case(
      "label chooses the gamma prior", "param w : simplex[2] param a : positive[2]",
      "param b : positive[2]",
      "each g by g { latent k : category[2] ~ Categorical(w) latent r : positive ~ Gamma(a[k], b[k])",
      "each row { observe x : count ~ Poisson(r) } }", rows: 6),
    Case(
      "label chooses the beta prior, rows", "param w : simplex[2] param a : positive[2]",
      "each row { latent k : category[2] ~ Categorical(w) latent p : unit ~ Beta(a[k], 2)",
      "observe x : count ~ Binomial(5, p) }"),
    Case(
      "label chooses the exposure", "param w : simplex[2] param e : positive[2] param a : positive",
      "each row { latent k : category[2] ~ Categorical(w) latent r : positive ~ Gamma(a, 1)",
      "observe x : count ~ Poisson(r * e[k]) }"),
    Case(
      "two separate conjugate latents", "param a : positive param b : positive",
      "each g by g { latent r : positive ~ Gamma(a, 1) latent p : unit ~ Beta(b, 1)",
      "each row { observe x : count ~ Poisson(r) observe y : binary ~ Bernoulli(p) } }", rows: 6),
    Case(
      "vector of gamma rates", "param a : positive[2] param b : positive",
      "each g by g { latent r : positive[2] ~ Gamma(a, b)",
      "each row { observe x : count[2] ~ Poisson(r) } }", rows: 6,
      checksGradient: false),
    Case(
      "hidden Markov with overdispersed counts",
      "param T : simplex[2, 2] param c : positive[2]",
      "each row in order { latent s : category[2]",
      "initially Categorical([0.4, 0.6]) then Categorical(T[previous(s)])",
      "latent r : positive ~ Gamma(c[s], 1) observe x : count ~ Poisson(r) }", rows: 2),
    Case(
      "gaussian and conjugate side by side", "param a : positive param t : positive",
      "each g by g { latent r : positive ~ Gamma(a, 1) latent u : real ~ Normal(0, t)",
      "each row { observe x : count ~ Poisson(r) observe y : real ~ Normal(u, 1) } }", rows: 6),
  ]
}
