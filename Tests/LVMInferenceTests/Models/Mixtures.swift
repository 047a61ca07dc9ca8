/// One finite latent a row, with every family of emission.
extension SmallModels {
  private static let weights = "param w : simplex[3]"
  private static let kind = "latent k : category[3] ~ Categorical(w)"

  static let mixtures: [Case] = [
    Case(
      "mixture, normal", weights, "param m : real[3] param s : positive[3]",
      "each row { \(kind) observe x : real ~ Normal(m[k], s[k]) }"),
    Case(
      "mixture, normal, tied scale", weights, "param m : real[3] param s : positive",
      "each row { \(kind) observe x : real ~ Normal(m[k], s) }"),
    Case(
      "mixture, normal vector", weights, "param m : real[3, 2] param s : positive[3, 2]",
      "each row { \(kind) observe x : real[2] ~ Normal(m[k], s[k]) }"),
    Case(
      "mixture, normal vector, one scale a kind", weights,
      "param m : real[3, 2] param s : positive[3]",
      "each row { \(kind) observe x : real[2] ~ Normal(m[k], s[k]) }"),
    Case(
      "mixture, normal vector, shared scales", weights,
      "param m : real[3, 2] param s : positive[2]",
      "each row { \(kind) observe x : real[2] ~ Normal(m[k], s) }"),
    Case(
      "mixture, multivariate normal", weights,
      "param m : real[3, 2] param S : covariance[3, 2]",
      "each row { \(kind) observe x : real[2] ~ MultivariateNormal(m[k], S[k]) }"),
    Case(
      "mixture, multivariate normal, tied", weights,
      "param m : real[3, 2] param S : covariance[2]",
      "each row { \(kind) observe x : real[2] ~ MultivariateNormal(m[k], S) }"),
    Case(
      "mixture, multivariate normal, missing cells", weights,
      "param m : real[3, 3] param S : covariance[3, 3]",
      "each row { \(kind) observe x : real[3] ~ MultivariateNormal(m[k], S[k]) }", missing: 0.3),
    Case(
      "mixture, bernoulli", weights, "param p : unit[3]",
      "each row { \(kind) observe x : binary ~ Bernoulli(p[k]) }"),
    Case(
      "mixture, bernoulli vector", weights, "param p : unit[3, 4]",
      "each row { \(kind) observe x : binary[4] ~ Bernoulli(p[k]) }"),
    Case(
      "mixture, bernoulli logit", weights, "param a : real[3]",
      "each row { \(kind) observe x : binary ~ Bernoulli(logit: a[k]) }"),
    Case(
      "mixture, categorical", weights, "param q : simplex[3, 4]",
      "each row { \(kind) observe x : category[4] ~ Categorical(q[k]) }"),
    Case(
      "mixture, categorical logits", weights, "param q : real[3, 4]",
      "each row { \(kind) observe x : category[4] ~ Categorical(logits: q[k]) }"),
    Case(
      "mixture, vector of categories", weights, "param q : simplex[3, 2, 4]",
      "each row { \(kind) observe x : category[2, 4] ~ Categorical(q[k]) }"),
    Case(
      "mixture, poisson", weights, "param r : positive[3]",
      "each row { \(kind) observe x : count ~ Poisson(r[k]) }"),
    Case(
      "mixture, exponential", weights, "param r : positive[3]",
      "each row { \(kind) observe x : positive ~ Exponential(r[k]) }"),
    Case(
      "mixture, gamma", weights, "param a : positive[3] param b : positive[3]",
      "each row { \(kind) observe x : positive ~ Gamma(a[k], b[k]) }"),
    Case(
      "mixture, log-normal", weights, "param m : real[3] param s : positive[3]",
      "each row { \(kind) observe x : positive ~ LogNormal(m[k], s[k]) }"),
    Case(
      "mixture, geometric", weights, "param p : unit[3]",
      "each row { \(kind) observe x : count ~ Geometric(p[k]) }"),
    Case(
      "mixture, binomial", weights, "param p : unit[3]",
      "each row { \(kind) observe x : count ~ Binomial(6, p[k]) }"),
    Case(
      "mixture, multinomial", weights, "param p : simplex[3, 3]",
      "each row { \(kind) given n : count observe x : count[3] ~ Multinomial(n, p[k]) }",
      rows: 3, columns: ["n": [3, 5, 4], "x": [1, 1, 1, 0, 4, 1, 2, 2, 0]]),
    Case(
      "mixture, negative binomial", weights, "param m : positive[3] param d : positive",
      "each row { \(kind) observe x : count ~ NegativeBinomial(m[k], d) }"),
    Case(
      "mixture, student", weights, "param m : real[3] param s : positive[3]",
      "each row { \(kind) observe x : real ~ StudentT(4, m[k], s[k]) }"),
    Case(
      "mixture, laplace", weights, "param m : real[3] param s : positive[3]",
      "each row { \(kind) observe x : real ~ Laplace(m[k], s[k]) }"),
    Case(
      "mixture, beta", weights, "param a : positive[3] param b : positive[3]",
      "each row { \(kind) observe x : unit ~ Beta(a[k], b[k]) }"),
    Case(
      "mixture, dirichlet", weights, "param a : positive[3, 3]",
      "each row { \(kind) observe x : simplex[3] ~ Dirichlet(a[k]) }"),
    Case(
      "mixture, half-normal by its support", weights, "param m : real[3] param s : positive[3]",
      "each row { \(kind) observe x : positive ~ Normal(m[k], s[k]) }"),
    Case(
      "mixture, zero-inflated poisson", weights, "param r : positive[3] param z : unit",
      "each row { \(kind) observe x : count ~ ZeroInflated(Poisson(r[k]), z) }"),
    Case(
      "mixture, several variables", weights, "param m : real[3] param r : positive[3]",
      "param p : unit[3, 2] param q : simplex[3, 3]",
      "each row { \(kind) observe x : real ~ Normal(m[k], 1) observe y : count ~ Poisson(r[k])",
      "observe b : binary[2] ~ Bernoulli(p[k]) observe c : category[3] ~ Categorical(q[k]) }"),
    Case(
      "mixture, several variables, missing cells", weights,
      "param m : real[3] param r : positive[3] param p : unit[3, 2] param q : simplex[3, 3]",
      "each row { \(kind) observe x : real ~ Normal(m[k], 1) observe y : count ~ Poisson(r[k])",
      "observe b : binary[2] ~ Bernoulli(p[k]) observe c : category[3] ~ Categorical(q[k]) }",
      rows: 7, missing: 0.4),
    Case(
      "mixture, additive means", weights, "param a : real[3] param b : real param s : positive",
      "each row { \(kind) observe x : real ~ Normal(a[k] + b, s) }"),
    Case(
      "mixture, normal vector with missing cells", weights,
      "param m : real[3, 3] param s : positive[3, 3]",
      "each row { \(kind) observe x : real[3] ~ Normal(m[k], s[k]) }", rows: 8, missing: 0.4),
    Case(
      "binary latent times a parameter", "param p : unit param b : real param s : positive",
      "each row { latent f : binary ~ Bernoulli(p) observe x : real ~ Normal(b * f, s) }"),
    Case(
      "mixture, weights by logits", "param a : real[3] param m : real[3]",
      "each row { latent k : category[3] ~ Categorical(logits: a)",
      "observe x : real ~ Normal(m[k], 0.7) }"),
    Case(
      "mixture, tables of components", weights, "param m : real[3, 2]",
      "each row { \(kind) observe x : real ~ Normal(m[k, 1], 1)",
      "observe y : real ~ Normal(m[k, 2], 1) }"),
    Case(
      "mixture by a named expression", weights, "param m : real[3] param s : positive",
      "let c = m[2] each row { \(kind) let t = m[k] - c observe x : real ~ Normal(t, s) }"),
  ]
}
