/// Structures that scales and shifts go through in ways of their own.
extension FrameTests {
  static let structures = [
    Structure(
      name: "loadings with a prior",
      text: """
        param W : real[3, 2] ~ Normal(0, 2)
        param mu : real[3]
        param psi : positive[3]
        each row {
          latent z : real[2] ~ Normal(0, 1)
          observe x : real[3] ~ Normal(W * z + mu, psi)
        }
        """, scales: 3, shifts: 3),
    Structure(
      name: "random slopes",
      text: """
        param a : real
        param b : real
        param ta : positive
        param tb : positive
        param s : positive
        each g by g {
          latent u : real ~ Normal(0, ta)
          latent v : real ~ Normal(0, tb)
          each row {
            given x : real
            observe y : real ~ Normal(a + u + (b + v) * x, s)
          }
        }
        """, scales: 2, shifts: 1,
      held: "x: no shift: nothing added to a product for `y` takes it up\n"),
    Structure(
      name: "a slope for each label",
      text: """
        param w : simplex[2]
        param a : real[2]
        param b : real[2, 3]
        param s : positive
        each row {
          given x : real[3]
          latent k : category[2] ~ Categorical(w)
          observe y : real ~ Normal(a[k] - dot(b[k], x) / 4, s)
        }
        """, scales: 4, shifts: 4),
    Structure(
      name: "decay in time",
      text: """
        param a : positive
        param tau : positive
        param c : real
        param s : positive
        each row {
          given t : positive
          observe y : real ~ Normal(a * exp(-t / tau) + c, s)
        }
        """, scales: 2, shifts: 1, held: "t: no shift: values of type positive end at zero\n"),
    Structure(
      name: "a log link with a prior",
      text: """
        param a : real ~ Normal(1, 5)
        param b : real
        param shape : positive
        each row {
          given x : real
          let mean = exp(a + b * x)
          observe y : positive ~ Gamma(shape, shape / mean)
        }
        """, scales: 2, shifts: 0,
      held: "x: no shift: nothing added to a product for `mean` takes it up\n"
        + "y: no shift: values of type positive end at zero\n"),
    Structure(
      name: "logarithms beside their numbers",
      text: """
        param a : real
        param b : real
        param s : positive
        param t : positive
        each row {
          given g : positive
          given h : positive
          observe y : real ~ Normal(a + b * log(g), s)
          observe w : real ~ Normal(log1p(h) * t, s)
        }
        """, scales: 2, shifts: 1,
      held:
        "g: no shift: values of type positive end at zero\nh: no scale: `log1p`, for `w`, takes numbers without a unit; no "
        + "shift: values of type positive end at zero\nw: no scale of its own, but with `y`: the "
        + "scale of `Normal` for `w` is in the unit of each; no shift: the mean of `Normal` for `w` "
        + "cannot follow\n"),
    Structure(
      name: "powers of given columns",
      text: """
        param k : simplex[2]
        param a : real[2]
        param b : real[2]
        param c : real
        param s : positive
        each row {
          given u : positive[2]
          latent l : category[2] ~ Categorical(k)
          observe n : count ~ Poisson(exp(c - log(u[1])))
          observe y : positive ~ LogNormal(a[l] + b[l] * log(u[2]) / 3, s)
        }
        """, scales: 3, shifts: 0,
      held: "u[1] … u[2]: no shift: values of type positive[2] end at zero\n"
        + "n: no scale, no shift: values of type count have no unit\n"
        + "y: no shift: values of type positive end at zero\n"),
    Structure(
      name: "variances, and a covariance of scales and correlations",
      text: """
        param v : positive
        param r : correlation[2]
        param s : positive[2]
        param m : real[2]
        each row {
          observe x : real ~ Normal(m[1], sqrt(v))
          observe y : real[2] ~ MultivariateNormal(0, diag(s) * r * diag(s))
        }
        """, scales: 3, shifts: 1,
      held: "y[1] … y[2]: no shift: the mean of `MultivariateNormal` for `y` cannot follow\n"),
    Structure(
      name: "a factor of a covariance",
      text: """
        param L : cholesky[2]
        param m : real[2]
        each row { observe y : real[2] ~ MultivariateNormal(m, L * transpose(L)) }
        """, scales: 2, shifts: 2),
    Structure(
      name: "a covariance with a prior about the identity",
      text: """
        param m : real[2] ~ Normal(0, 3)
        param S : covariance[2] ~ InverseWishart(4, identity(2))
        each row { observe y : real[2] ~ MultivariateNormal(m, S) }
        """, scales: 2, shifts: 2),
    Structure(
      name: "limits",
      text: """
        param m : real
        param s : positive
        param k : positive
        param l : positive
        each row {
          given event : binary
          observe y : real ~ Censored(Normal(m, s), -1, 1)
          observe t : positive ~ Censored(Weibull(k, l), right: 1 - event)
        }
        """, scales: 2, shifts: 1,
      held: "event: no scale, no shift: values of type binary have no unit\n"
        + "t: no shift: values of type positive end at zero\n"),
    Structure(
      name: "one noise, and a multiple of it",
      text: """
        param m : real[2]
        param n : real
        param s : positive
        each row {
          observe x : real[2] ~ Normal(m, s)
          observe y : real ~ Laplace(n, 2 * s)
        }
        """, scales: 2, shifts: 3,
      held: "x[2]: no scale of its own, but with `x[1]`: the scale of `Normal` for `x` is in the "
        + "unit of each\n"),
    Structure(
      name: "a polynomial about a year",
      text: """
        param a : real
        param b : real
        param c : real
        param s : positive
        each row {
          given t : real
          observe y : real ~ Normal(a + b * (t - 4) + c * (t - 4) ^ 2, s)
        }
        """, scales: 2, shifts: 2),
    Structure(
      name: "an autoregression with a predictor",
      text: """
        param a : real
        param b : real
        param c : real
        param m : real
        param s : positive
        each row in order {
          given x : real
          observe y : real initially Normal(m, 2) then Normal(a + b * previous(y) + c * x, s)
        }
        """, scales: 2, shifts: 2),
    Structure(
      name: "a regression on what is observed itself",
      text: """
        param m : real
        param a : real
        param b : real
        param s : positive
        param t : positive
        each row {
          observe x : real ~ Logistic(m, t)
          observe y : real ~ Normal(a + b * x, s)
        }
        """, scales: 2, shifts: 2),
    Structure(
      name: "a network in the columns' units",
      text: """
        network f(u : real[2]) -> mean : real[3], scale : positive[3] { dense(4) tanh }
        each row {
          given u : real[2]
          observe x : real[3] ~ Normal(f(u).mean, f(u).scale)
        }
        """, scales: 5, shifts: 5),
  ]
}
