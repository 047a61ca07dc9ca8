/// Linear-Gaussian chains.
extension SmallModels {
  private static let level =
    "latent l : real initially Normal(a, 2) then Normal(previous(l), q)"

  static let timeSeries: [Case] = [
    Case(
      "local level", "param a : real param q : positive param s : positive",
      "each row in order { \(level) observe x : real ~ Normal(l, s) }", rows: 6),
    Case(
      "local level, almost without drift", "param q : positive param s : positive",
      "each row in order { latent l : real initially Normal(0, 1000) then Normal(previous(l), q)",
      "observe x : real ~ Normal(l, s) }", rows: 6, parameters: ["q": [1e-5], "s": [1]]),
    Case(
      "local level, missing cells", "param a : real param q : positive param s : positive",
      "each row in order { \(level) observe x : real ~ Normal(l, s) }", rows: 8, missing: 0.4),
    Case(
      "local level, several series", "param a : real param q : positive param s : positive",
      "each series by series { each row in order { \(level) observe x : real ~ Normal(l, s) } }",
      rows: 8),
    Case(
      "local level, several series, missing cells",
      "param a : real param q : positive param s : positive",
      "each series by series { each row in order { \(level) observe x : real ~ Normal(l, s) } }",
      rows: 8, missing: 0.4),
    Case(
      "local trend", "param q : positive param r : positive param s : positive",
      "each row in order { latent d : real initially Normal(0, 1) then Normal(previous(d), r)",
      "latent l : real initially Normal(0, 2) then Normal(previous(l) + previous(d), q)",
      "observe x : real ~ Normal(l, s) }", rows: 6),
    Case(
      "local trend, fixed slope", "param q : positive param s : positive",
      "each row in order { latent d : real initially Normal(0, 1) then = previous(d)",
      "latent l : real initially Normal(0, 2) then Normal(previous(l) + previous(d), q)",
      "observe x : real ~ Normal(l, s) }", rows: 6),
    Case(
      "level that reads the present slope", "param q : positive param s : positive",
      "each row in order { latent d : real initially Normal(0, 1) then Normal(0.9 * previous(d), 0.3)",
      "latent l : real initially Normal(0, 2) then Normal(previous(l) + d, q)",
      "observe x : real ~ Normal(l, s) }", rows: 6),
    Case(
      "fresh shock of the row in the level", "param W : real[2] param q : positive",
      "each row in order { latent e : real ~ Normal(0, q)",
      "latent l : real initially Normal(0, 2) then Normal(previous(l) + e, 0.4)",
      "observe x : real[2] ~ Normal(W * l, 0.6) }", rows: 5),
    Case(
      "fresh latent of the row about the chain", "param q : positive param s : positive",
      "each row in order { latent z : real ~ Normal(2 * l, s)",
      "latent l : real initially Normal(0, 2) then Normal(previous(l) + 0.3 * previous(z), q)",
      "observe x : real ~ Normal(z, 0.6) }", rows: 5),
    Case(
      "three chains, each reading the next", "param A : real[2, 2] param q : positive[2]",
      "each row in order { given c : real",
      "latent u : real[2] initially Normal(v, 1) then Normal(A * v + previous(u), q)",
      "latent v : real[2] initially Normal(c, 1) then Normal(previous(v) + w, q)",
      "latent w : real initially Normal(1, 1) then Normal(0.5 * previous(w) + previous(u)[1], 0.4)",
      "observe x : real[2] ~ Normal(u, 0.7) }", rows: 4, missing: 0.2),
    Case(
      "vector state", "param A : real[2, 2] param q : positive[2] param C : real[3, 2]",
      "param s : positive",
      "each row in order { latent z : real[2] initially Normal(0, 1) then Normal(A * previous(z), q)",
      "observe x : real[3] ~ Normal(C * z, s) }", rows: 5),
    Case(
      "vector state, full covariances, missing cells",
      "param A : real[2, 2] param Q : covariance[2] param R : covariance[2]",
      "each row in order { latent z : real[2] initially MultivariateNormal([0, 0], Q)",
      "then MultivariateNormal(A * previous(z), Q) observe x : real[2] ~ MultivariateNormal(z, R) }",
      rows: 6, missing: 0.3),
    Case(
      "chain with covariates", "param b : real param q : positive param s : positive",
      "each row in order { given c : real",
      "latent l : real initially Normal(0, 1) then Normal(0.8 * previous(l) + b * c, q)",
      "observe x : real ~ Normal(l + c, s) }", rows: 6),
    Case(
      "chain with a coefficient that is given", "param q : positive param s : positive",
      "each row in order { given c : real",
      "latent l : real initially Normal(0, 1) then Normal(previous(l), q)",
      "observe x : real ~ Normal(l * c, s) }", rows: 6),
    Case(
      "chain and a fresh latent of the row", "param q : positive param W : real[2, 1]",
      "each row in order { latent l : real initially Normal(0, 1) then Normal(previous(l), q)",
      "latent z : real[1] ~ Normal(0, 1) observe x : real[2] ~ Normal(W * z + l, 0.5) }", rows: 5),
    Case(
      "two independent chains added", "param q : positive[2] param s : positive",
      "each row in order { latent l : real initially Normal(0, 1) then Normal(previous(l), q[1])",
      "latent m : real initially Normal(0, 1) then Normal(0.5 * previous(m), q[2])",
      "observe x : real ~ Normal(l + m, s) }", rows: 6),
    Case(
      "two separate chains", "param q : positive[2] param s : positive",
      "each row in order { latent l : real initially Normal(0, 1) then Normal(previous(l), q[1])",
      "latent m : real initially Normal(0, 1) then Normal(0.5 * previous(m), q[2])",
      "observe x : real ~ Normal(l, s) observe y : real ~ Normal(m, s) }", rows: 6),
  ]
}
