/// Structures that meet in one model: plates, labels, continuous latents and given columns.
extension SmallModels {
  static let combinations: [Case] = [
    Case(
      "hidden Markov, categories with missing cells",
      "param T : simplex[2, 2] param q : simplex[2, 3]",
      "each row in order { latent s : category[2] initially Categorical([0.5, 0.5])",
      "then Categorical(T[previous(s)]) observe x : category[3] ~ Categorical(q[s]) }",
      rows: 6, missing: 0.4),
    Case(
      "given label chooses the weights", "param T : simplex[3, 2] param m : real[2]",
      "each row { given h : category[3] latent k : category[2] ~ Categorical(T[h])",
      "observe x : real ~ Normal(m[k], 1) }", columns: ["h": [0, 1, 2, 0, 2]]),
    Case(
      "given label chooses the loadings", "param W : real[3, 2, 1] param s : positive",
      "each row { given h : category[3] latent z : real[1] ~ Normal(0, 1)",
      "observe x : real[2] ~ Normal(W[h] * z, s) }", columns: ["h": [0, 1, 2, 0, 2]]),
    Case(
      "group label chooses the effect's spread", "param w : simplex[2] param t : positive[2]",
      "param r : positive[2]",
      "each g by g { latent k : category[2] ~ Categorical(w) latent u : real ~ Normal(0, t[k])",
      "each row { latent j : real ~ Normal(u, r[k]) observe x : real[2] ~ Normal(j, 0.5) } }",
      rows: 6),
    Case(
      "gamma precision of vectors", "param a : positive param b : positive param m : real[2]",
      "each row { latent t : positive ~ Gamma(a, b) observe x : real[2] ~ Normal(m, 1 / sqrt(t)) }"),
    Case(
      "exponential prior of a rate", "param b : positive",
      "each g by g { latent r : positive ~ Exponential(b) each row { observe x : count ~ Poisson(r) } }",
      rows: 6),
    Case(
      "group label chooses the exposure", "param w : simplex[2] param e : positive[2]",
      "each g by g { latent k : category[2] ~ Categorical(w) latent r : positive ~ Gamma(2, 1)",
      "each row { observe x : count ~ Poisson(r * e[k]) } }", rows: 6),
    Case(
      "slices of a latent", "param W : real[2, 2] param s : positive",
      "each row { latent z : real[3] ~ Normal(0, 1) observe x : real[2] ~ Normal(W * z[1..2], s)",
      "observe y : real ~ Normal(z[3], s) }"),
    Case(
      "one-hot of a label", "param w : simplex[3] param b : real[3]",
      "each row { latent k : category[3] ~ Categorical(w)",
      "observe x : real ~ Normal(dot(b, one_hot(k)), 1) }"),
    Case(
      "indicator by comparison of flags", "param p : unit[2] param b : real[3]",
      "each row { latent f : binary ~ Bernoulli(p[1]) latent h : binary ~ Bernoulli(p[2])",
      "observe x : real ~ Normal(b[1] + b[2] * f + b[3] * f * h, 1) }"),
    Case(
      "flag that depends on a flag", "param p : unit param a : real[2]",
      "each row { latent f : binary ~ Bernoulli(p) latent h : binary ~ Bernoulli(logit: a[1] + a[2] * f)",
      "observe x : real ~ Normal(h, 1) }"),
    Case(
      "observed of three plates", "param t : positive[3]",
      "each a by a { latent u : real ~ Normal(0, t[1]) observe y : real[2] ~ Normal(u, 1)",
      "each b by b { latent v : real ~ Normal(u, t[2]) observe h : real ~ Normal(v, 1)",
      "each row { observe x : real ~ Normal(v, t[3]) } } }", rows: 8, missing: 0.2),
    Case(
      "latent nobody reads", "param m : real param w : simplex[2]",
      "each g by g { latent u : real ~ Normal(m, 2) latent k : category[2] ~ Categorical(w)",
      "each row { latent z : real ~ Normal(0, 1) observe x : real ~ Normal(m, 1) } }"),
    Case(
      "group without rows of its own", "param r : positive",
      "each g by g { observe n : count ~ Poisson(r) }", rows: 6),
    Case(
      "mean of a mixture in the mean of a latent", "param w : simplex[2] param m : real[2]",
      "each row { latent k : category[2] ~ Categorical(w) let c = m[k] latent z : real ~ Normal(c, 1)",
      "observe x : real ~ Normal(z + c, 0.5) }"),
  ]
}
