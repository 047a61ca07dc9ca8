/// Latents without closed forms, which nodes integrate: one or two dimensions, in rows and in groups.
extension SmallModels {
  static let quadrature: [Case] = [
    Case(
      "item response", "param a : real[3] param b : real[3]",
      "each row { latent t : real ~ Normal(0, 1)",
      "observe y : binary[3] ~ Bernoulli(logit: a * t - b) }"),
    Case(
      "item response, missing cells", "param a : real[3] ~ Normal(0, 1) param b : real[3]",
      "each row { latent t : real ~ Normal(0, 1)",
      "observe y : binary[3] ~ Bernoulli(logit: a * t - b) }", rows: 6, missing: 0.4),
    Case(
      "item response, a column for each item", "param a : positive param b : real[2]",
      "each row { latent t : real ~ Normal(0, 1)",
      "observe y : binary ~ Bernoulli(logit: a * t - b[1])",
      "observe z : binary ~ Bernoulli(logit: a * t - b[2]) }"),
    Case(
      "item response, a row for each answer", "param a : positive[3] param b : real[3]",
      "each g by g { latent t : real ~ Normal(0, 1)",
      "each row { given i : category[3] observe y : binary ~ Bernoulli(logit: a[i] * t - b[i]) } }",
      rows: 7),
    Case(
      "random intercept of counts", "param m : real param c : real param s : positive",
      "each g by g { latent u : real ~ Normal(0, s)",
      "each row { given w : real observe y : count ~ Poisson(exp(m + c * w + u)) } }", rows: 7),
    Case(
      "random intercept of a logistic regression", "param c : real param s : positive",
      "each g by g { given v : real latent u : real ~ Normal(c * v, s)",
      "each row { given w : real observe y : binary ~ Bernoulli(logit: w + u) } }", rows: 7),
    Case(
      "intercepts and slopes", "param m : real param s : positive param r : positive",
      "each g by g { latent u : real ~ Normal(m, s) latent v : real ~ Normal(0.3 * u, r)",
      "each row { given w : real observe y : binary ~ Bernoulli(logit: u + v * w) } }", rows: 6,
      checksGradient: false),
    Case(
      "a plane of latents", "param W : real[3, 2] ~ Normal(0, 1) param m : real[3]",
      "each row { latent z : real[2] ~ Normal(0, 1)",
      "observe y : binary[3] ~ Bernoulli(logit: W * z + m) }", rows: 3, checksGradient: false),
    Case(
      "correlated latents", "param S : covariance[2] param m : real[2]",
      "each row { latent z : real[2] ~ MultivariateNormal(m, S)",
      "observe y : binary[2] ~ Bernoulli(logit: z) }", rows: 3, checksGradient: false),
    Case(
      "logit-normal binomial", "param m : real param s : positive",
      "each row { given n : count latent u : real ~ Normal(m, s)",
      "observe y : count ~ Binomial(n, sigmoid(u)) }"),
    Case(
      "latent by another name", "param m : real param s : positive",
      "each row { latent u : real ~ Normal(0, s) latent e : real = m + 2 * u",
      "observe y : count ~ Poisson(exp(e)) observe x : real ~ Normal(e, 1) }"),
    Case(
      "normal with heavy noise", "param m : real param s : positive",
      "each g by g { latent u : real ~ Normal(m, 2)",
      "each row { observe x : real ~ StudentT(4, u, s) } }", rows: 7),
    Case(
      "heavy prior", "param m : real param s : positive",
      "each row { latent u : real ~ StudentT(3, m, s) observe x : real ~ Normal(u, 1) }"),
    Case(
      "heavy prior of answers", "param b : real[2] param s : positive",
      "each row { latent u : real ~ StudentT(6, 0, s)",
      "observe y : binary[2] ~ Bernoulli(logit: u - b) }"),
    Case(
      "Cauchy prior", "param s : positive",
      "each row { latent u : real ~ Cauchy(0, s) observe x : real ~ Normal(u, 1) }"),
    Case(
      "Laplace prior", "param m : real param s : positive",
      "each g by g { latent u : real ~ Laplace(m, s)",
      "each row { observe y : binary ~ Bernoulli(logit: u) } }", rows: 7),
    Case(
      "gamma under a normal", "param a : positive param b : positive",
      "each row { latent r : positive ~ Gamma(a, b) observe x : real ~ Normal(r, 1) }"),
    Case(
      "exponential under a normal", "param b : positive",
      "each row { latent r : positive ~ Exponential(b) observe x : real ~ Normal(r, 1) }"),
    Case(
      "variance of a normal", "param m : real param a : positive",
      "each g by g { latent v : positive ~ InverseGamma(a, 1)",
      "each row { observe x : real ~ Normal(m, sqrt(v)) } }", rows: 7, parameters: ["a": [9]]),
    Case(
      "beta under a normal", "param a : positive param b : positive",
      "each row { latent p : unit ~ Beta(a, b) observe x : real ~ Normal(3 * p, 0.5) }",
      parameters: ["a": [1.7], "b": [0.8]]),
    Case(
      "log-normal rate", "param m : real param s : positive",
      "each row { latent r : positive ~ LogNormal(m, s) observe x : count ~ Poisson(r) }"),
    Case(
      "uniform location", "param m : real",
      "each row { latent u : real ~ Uniform(-2, 1.5) observe x : real ~ Normal(u + m, 1) }"),
    Case(
      "label chooses the prior", "param w : simplex[2] param m : real[2] param s : positive[2]",
      "each row { latent k : category[2] ~ Categorical(w) latent u : real ~ Normal(m[k], s[k])",
      "observe y : count ~ Poisson(exp(u)) }", parameters: ["m": [-2, 1.5], "s": [0.4, 0.9]]),
    Case(
      "mixture of item responses", "param w : simplex[2] param b : real[2, 3]",
      "each row { latent k : category[2] ~ Categorical(w) latent t : real ~ Normal(0, 1)",
      "observe y : binary[3] ~ Bernoulli(logit: t - b[k]) }"),
    Case(
      "label of a row inside a group's Gaussian", "param w : simplex[2] param m : real[2]",
      "param s : positive",
      "each g by g { latent u : real ~ Normal(0, s)",
      "each row { latent k : category[2] ~ Categorical(w) observe x : real ~ Normal(u + m[k], 1) } }",
      rows: 6),
    Case(
      "label of a row inside a group's gamma", "param w : simplex[2] param m : positive[2]",
      "each g by g { latent r : positive ~ Gamma(2, 1)",
      "each row { latent k : category[2] ~ Categorical(w) observe x : count ~ Poisson(r * m[k]) } }",
      rows: 6),
    Case(
      "label of a group over latents of rows", "param w : simplex[2] param m : real[2]",
      "each g by g { latent k : category[2] ~ Categorical(w)",
      "each row { latent u : real ~ Normal(m[k], 1) observe y : count ~ Poisson(exp(u)) } }",
      rows: 5),
    Case(
      "many labels share the nodes", "param p : unit[6] param b : real[6]",
      "each row { latent f : binary[6] ~ Bernoulli(p) latent u : real ~ Normal(0, 0.5)",
      "observe y : count ~ Poisson(exp(u + 0.3 * dot(b, f))) }", rows: 3, checksGradient: false),
    Case(
      "groups in groups", "param s : positive",
      "each h by h { given v : real each g by g { latent u : real ~ Normal(v, s)",
      "each row { observe y : binary ~ Bernoulli(logit: u) } } }", rows: 8),
    Case(
      "three ways side by side", "param s : positive param a : positive",
      "each row { latent u : real ~ Normal(0, s) latent v : real ~ Normal(1, s)",
      "latent r : positive ~ Gamma(a, 1) observe y : binary ~ Bernoulli(logit: u)",
      "observe x : real ~ Normal(v, 1) observe n : count ~ Poisson(r) }"),
    Case(
      "two separate blocks", "param s : positive",
      "each g by g { latent u : real ~ Normal(0, s)",
      "each row { latent v : real ~ Normal(0.5, s) observe y : binary ~ Bernoulli(logit: u)",
      "observe n : count ~ Poisson(exp(v)) } }", rows: 5),
    Case(
      "overdispersed counts of a chain's states", "param T : simplex[2, 2] param m : real[2]",
      "each row in order { latent s : category[2]",
      "initially Categorical([0.4, 0.6]) then Categorical(T[previous(s)])",
      "latent u : real ~ Normal(m[s], 0.7) observe x : count ~ Poisson(exp(u)) }", rows: 3),
  ]
}
