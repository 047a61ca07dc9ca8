/// Given covariates, and priors on parameters.
extension SmallModels {
  static let regressions: [Case] = [
    Case(
      "linear regression", "param a : real param b : real[2] param s : positive",
      "each row { given c : real[2] observe x : real ~ Normal(a + dot(b, c), s) }"),
    Case(
      "logistic regression", "param a : real param b : real",
      "each row { given c : real observe x : binary ~ Bernoulli(logit: a + b * c) }"),
    Case(
      "logistic regression by sigmoid", "param a : real param b : real",
      "each row { given c : real observe x : binary ~ Bernoulli(sigmoid(a + b * c)) }"),
    Case(
      "poisson regression with an offset", "param a : real param b : real",
      "each row { given c : real given e : positive observe x : count ~ Poisson(e * exp(a + b * c)) }"
    ),
    Case(
      "softmax regression", "param A : real[3, 2]",
      "each row { given c : real[2] observe x : category[3] ~ Categorical(logits: A * c) }"),
    Case(
      "mixture of regressions", "param w : simplex[2] param a : real[2] param b : real[2]",
      "param s : positive[2]",
      "each row { given c : real latent k : category[2] ~ Categorical(w)",
      "observe x : real ~ Normal(a[k] + b[k] * c, s[k]) }"),
    Case(
      "mixture of logistic regressions", "param w : simplex[2] param b : real[2, 2]",
      "each row { given c : real[2] latent k : category[2] ~ Categorical(w)",
      "observe x : binary ~ Bernoulli(logit: dot(b[k], c)) }"),
    Case(
      "weights by a covariate", "param u : real[2] param m : real[2]",
      "each row { given c : real latent k : category[2] ~ Categorical(logits: u * c)",
      "observe x : real ~ Normal(m[k], 1) }"),
    Case(
      "given category chooses the mean", "param w : simplex[2] param m : real[3, 2]",
      "each row { given h : category[3] latent k : category[2] ~ Categorical(w)",
      "observe x : real ~ Normal(m[h, k], 1) }", rows: 5, columns: ["h": [0, 1, 2, 0, 2]]),
    Case(
      "given scale", "param w : simplex[2] param m : real[2]",
      "each row { given e : positive latent k : category[2] ~ Categorical(w)",
      "observe x : real ~ Normal(m[k], e) }"),
    Case(
      "given trials", "param w : simplex[2] param p : unit[2]",
      "each row { given n : count latent k : category[2] ~ Categorical(w)",
      "observe x : count ~ Binomial(n, p[k]) }"),
    Case(
      "random intercept with covariates of the group",
      "param b : real[2] param t : positive param s : positive",
      "each g by g { given h : real latent u : real ~ Normal(b[1] * h, t)",
      "each row { given c : real observe x : real ~ Normal(u + b[2] * c, s) } }", rows: 6),
    Case(
      "priors on everything",
      "param w : simplex[2] ~ Dirichlet([2, 3]) param m : real[2] ~ Normal(0, 2)",
      "param s : positive[2] ~ Gamma(2, 1)",
      "each row { latent k : category[2] ~ Categorical(w) observe x : real ~ Normal(m[k], s[k]) }"),
    Case(
      "prior cut to its type", "param m : real ~ Normal(0, 1) param s : positive ~ Normal(1, 2)",
      "each row { observe x : real ~ Normal(m, s) }"),
    Case(
      "prior of a prior", "param t : positive ~ Exponential(1) param m : real[2] ~ Normal(0, t)",
      "param w : simplex[2]",
      "each row { latent k : category[2] ~ Categorical(w) observe x : real ~ Normal(m[k], 1) }"),
    Case(
      "prior on a covariance", "param S : covariance[2] ~ InverseWishart(5, [[1, 0.2], [0.2, 2]])",
      "param m : real[2] ~ Normal(0, 3)",
      "each row { observe x : real[2] ~ MultivariateNormal(m, S) }"),
    Case(
      "priors under a latent of the row", "param W : real[3, 1] ~ Normal(0, 1)",
      "param s : positive ~ InverseGamma(3, 2)",
      "each row { latent z : real[1] ~ Normal(0, 1) observe x : real[3] ~ Normal(W * z, s) }"),
    Case(
      "prior on a probability", "param p : unit[2] ~ Beta(2, 2) param w : simplex[2]",
      "each row { latent k : category[2] ~ Categorical(w) observe x : binary ~ Bernoulli(p[k]) }"),
    Case(
      "truncated normal", "param m : real param s : positive",
      "each row { observe x : real ~ Truncated(Normal(m, s), -4, 4) }"),
    Case(
      "censored normal", "param m : real param s : positive",
      "each row { observe x : positive ~ Censored(LogNormal(m, s), low: 0.5) }"),
    Case(
      "effects of two labels that add", "param v : simplex[2] param w : simplex[3]",
      "param a : real[2] param b : real[3] param s : positive[3]",
      "each row { latent i : category[2] ~ Categorical(v) latent j : category[3] ~ Categorical(w)",
      "observe x : real ~ Normal(a[i] + b[j], s[j]) }"),
    Case(
      "covariates of a vector", "param w : simplex[2] param B : real[3, 2] param m : real[2, 3]",
      "param s : positive[3]",
      "each row { given c : real[2] latent k : category[2] ~ Categorical(w)",
      "observe x : real[3] ~ Normal(B * c + m[k], s) }", missing: 0.2),
    Case(
      "coefficients of the label's own", "param w : simplex[2] param B : real[2, 3, 2]",
      "param s : positive[2, 3]",
      "each row { given c : real[2] latent k : category[2] ~ Categorical(w)",
      "observe x : real[3] ~ Normal(c[1] - B[k] * c / 2, s[k]) }"),
    Case(
      "covariates of a correlated vector", "param w : simplex[2] param B : real[2, 2]",
      "param m : real[2, 2] param S : covariance[2]",
      "each row { given c : real[2] latent k : category[2] ~ Categorical(w)",
      "observe x : real[2] ~ MultivariateNormal(B * c + m[k], S) }"),
    Case(
      "one mean under two covariances", "param w : simplex[2] param m : real[2]",
      "param S : covariance[2, 2]",
      "each row { latent k : category[2] ~ Categorical(w)",
      "observe x : real[2] ~ MultivariateNormal(m, S[k]) }"),
    Case(
      "a feature for each correlated number",
      "param w : simplex[2] param a : real[2] param b : real",
      "param S : covariance[2, 2]",
      "each row { given c : real[2] given e : real latent k : category[2] ~ Categorical(w)",
      "observe x : real[2] ~ MultivariateNormal(a[k] * c - [b * e, 2 * b], S[k]) }"),
    Case(
      "one slope in two responses", "param a : real param b : real[2] param s : positive[2]",
      "each row { given c : real observe x : real ~ Normal(a * c + b[1], s[1])",
      "observe y : positive ~ LogNormal(b[2] - c * a, s[2]) }"),
    Case(
      "a line and a plain mean share a parameter", "param w : simplex[2] param a : real[2]",
      "param b : real param s : positive param t : positive[2]",
      "each row { given c : real latent k : category[2] ~ Categorical(w)",
      "observe x : real ~ Normal(a[k], s) observe y : real ~ Normal(a[k] + b * c, t[k]) }"),
    Case(
      "effects of a given category", "param m : real[3] param b : real param s : positive",
      "each row { given h : category[3] given c : real observe x : real ~ Normal(m[h] + b * c, s) }",
      columns: ["h": [0, 1, 2, 0, 2]]),
    Case(
      "line with known errors", "param w : simplex[2] param a : real[2] param b : real",
      "each row { given c : real given e : positive latent k : category[2] ~ Categorical(w)",
      "observe x : real ~ Normal(a[k] + b * c, e) }"),
    Case(
      "polynomial, stacked", "param p : real[3] param q : positive param s : positive",
      "each row { given c : real",
      "observe x : real[2] ~ Normal([p[1] + p[2] * c, sum(p[2..3]) * c - q], s) }"),
    Case(
      "regression of a chain's state", "param a : simplex[2] param T : simplex[2, 2]",
      "param m : real[2] param b : real[2] param s : positive",
      "each row in order { given c : real",
      "latent k : category[2] initially Categorical(a) then Categorical(T[previous(k)])",
      "observe x : real ~ Normal(m[k] + b[k] * c, s) }"),
    Case(
      "priors on lines", "param w : simplex[2] ~ Dirichlet([2, 3])",
      "param a : real[2] ~ Normal(1, 2) param b : real[2] ~ Laplace(0, 1)",
      "param s : positive ~ InverseGamma(3, 2)",
      "each row { given c : real latent k : category[2] ~ Categorical(w)",
      "observe x : real ~ Normal(a[k] + b[k] * c, s) }"),
    Case(
      "mixture as a combinator", "param w : simplex[2] param m : real[2] param s : positive",
      "each row { observe x : real ~ Mixture(w, Normal(m, s)) }"),
    Case(
      "mixture with a scale of the label's for all components",
      "param p : simplex[3] param w : simplex[3, 2] param m : real[3, 2] param s : positive[3]",
      "each row { latent k : category[3] ~ Categorical(p)",
      "observe x : real ~ Mixture(w[k], Normal(m[k], s[k])) }"),
    Case(
      "as many components as labels", "param w : simplex[2] param m : real[2, 2]",
      "param s : positive[2]",
      "each row { latent k : category[2] ~ Categorical(w)",
      "observe x : real ~ Mixture(w, Normal(m[k], s[k])) }"),
    Case(
      "vectors with one covariance for all components",
      "param w : simplex[2] param m : real[2, 3] param S : covariance[3]",
      "each row { observe x : real[3] ~ Mixture(w, MultivariateNormal(m, S)) }"),
    Case(
      "vectors with a covariance of the label's for all components",
      "param w : simplex[2] param m : real[2, 3] param S : covariance[2, 3]",
      "each row { latent k : category[2] ~ Categorical(w)",
      "observe x : real[3] ~ Mixture(w, MultivariateNormal(m, S[k])) }"),
  ]
}
