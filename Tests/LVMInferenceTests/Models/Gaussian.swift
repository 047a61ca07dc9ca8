/// Linear-Gaussian latents of rows and groups.
extension SmallModels {
  static let gaussian: [Case] = [
    Case(
      "PPCA", "param W : real[3, 2] param mu : real[3] param s : positive",
      "each row { latent z : real[2] ~ Normal(0, 1) observe x : real[3] ~ Normal(W * z + mu, s) }"),
    Case(
      "PPCA, missing cells", "param W : real[3, 2] param mu : real[3] param s : positive",
      "each row { latent z : real[2] ~ Normal(0, 1) observe x : real[3] ~ Normal(W * z + mu, s) }",
      missing: 0.4),
    Case(
      "factor analysis", "param W : real[5, 2] param mu : real[5] param psi : positive[5]",
      "each row { latent z : real[2] ~ Normal(0, 1) observe x : real[5] ~ Normal(W * z + mu, psi) }"
    ),
    Case(
      "factor analysis, missing cells",
      "param W : real[5, 2] param mu : real[5] param psi : positive[5]",
      "each row { latent z : real[2] ~ Normal(0, 1) observe x : real[5] ~ Normal(W * z + mu, psi) }",
      rows: 8, missing: 0.5),
    Case(
      "factor analysis, one coordinate almost without noise",
      "param W : real[5, 2] param mu : real[5] param psi : positive[5]",
      "each row { latent z : real[2] ~ Normal(0, 1) observe x : real[5] ~ Normal(W * z + mu, psi) }",
      parameters: ["psi": [1e-2, 1, 0.7, 1.2, 0.9]]),
    Case(
      "factor model with full noise", "param W : real[3, 1] param S : covariance[3]",
      "each row { latent z : real[1] ~ Normal(0, 1)",
      "observe x : real[3] ~ MultivariateNormal(W * z, S) }"),
    Case(
      "factor model with full noise, missing cells", "param W : real[3, 1] param S : covariance[3]",
      "each row { latent z : real[1] ~ Normal(0, 1)",
      "observe x : real[3] ~ MultivariateNormal(W * z, S) }", rows: 6, missing: 0.4),
    Case(
      "latent with full covariance", "param S : covariance[2] param c : real[2] param s : positive",
      "each row { latent z : real[2] ~ MultivariateNormal(c, S) observe x : real[2] ~ Normal(z, s) }"
    ),
    Case(
      "two latents added", "param W : real[7, 1] param V : real[7, 2] param s : positive[7]",
      "each row { latent z : real[1] ~ Normal(0, 1) latent y : real[2] ~ Normal(0, 1)",
      "observe x : real[7] ~ Normal(W * z + V * y, s) }"),
    Case(
      "scalar latent times a vector", "param w : real[3] param s : positive",
      "each row { latent z : real ~ Normal(0, 1) observe x : real[3] ~ Normal(w * z, s) }"),
    Case(
      "latent of a latent", "param A : real[2, 1] param W : real[3, 2] param s : positive[2]",
      "each row { latent z : real[1] ~ Normal(0, 1) latent y : real[2] ~ Normal(A * z, s)",
      "observe x : real[3] ~ Normal(W * y, 0.5) }"),
    Case(
      "several views",
      "param W : real[2, 1] param V : real[3, 1] param s : positive param t : positive",
      "each row { latent z : real[1] ~ Normal(0, 1) observe x : real[2] ~ Normal(W * z, s)",
      "observe y : real[3] ~ Normal(V * z, t) }"),
    Case(
      "several views with latents of their own",
      "param W : real[2, 1] param V : real[3, 1] param P : real[3, 1] param s : positive",
      "each row { latent z : real[1] ~ Normal(0, 1) latent u : real[1] ~ Normal(0, 1)",
      "observe x : real[2] ~ Normal(W * z, s) observe y : real[3] ~ Normal(V * z + P * u, s) }"),
    Case(
      "mixture of PPCA", "param w : simplex[2] param W : real[2, 3, 1] param mu : real[2, 3]",
      "param s : positive[2]",
      "each row { latent k : category[2] ~ Categorical(w) latent z : real[1] ~ Normal(0, 1)",
      "observe x : real[3] ~ Normal(W[k] * z + mu[k], s[k]) }"),
    Case(
      "mixture of PPCA, missing cells",
      "param w : simplex[2] param W : real[2, 3, 1] param mu : real[2, 3] param s : positive[2]",
      "each row { latent k : category[2] ~ Categorical(w) latent z : real[1] ~ Normal(0, 1)",
      "observe x : real[3] ~ Normal(W[k] * z + mu[k], s[k]) }", missing: 0.4),
    Case(
      "label of the latent's prior", "param w : simplex[2] param c : real[2] param d : positive[2]",
      "param s : positive",
      "each row { latent k : category[2] ~ Categorical(w) latent z : real ~ Normal(c[k], d[k])",
      "observe x : real ~ Normal(z, s) }"),
    Case(
      "random intercept", "param b : real param t : positive param s : positive",
      "each g by g { latent u : real ~ Normal(0, t)",
      "each row { observe x : real ~ Normal(b + u, s) } }", rows: 7),
    Case(
      "random intercept and slope", "param b : real[2] param t : positive[2] param s : positive",
      "each g by g { latent u : real ~ Normal(b[1], t[1]) latent v : real ~ Normal(b[2], t[2])",
      "each row { given c : real observe x : real ~ Normal(u + v * c, s) } }", rows: 7),
    Case(
      "correlated random effects", "param S : covariance[2] param s : positive",
      "each g by g { latent u : real[2] ~ MultivariateNormal(0, S)",
      "each row { given c : real observe x : real ~ Normal(u[1] + u[2] * c, s) } }", rows: 7),
    Case(
      "random intercept, missing cells", "param b : real param t : positive param s : positive",
      "each g by g { latent u : real ~ Normal(0, t)",
      "each row { observe x : real ~ Normal(b + u, s) } }", rows: 8, missing: 0.4),
    Case(
      "nested random effects", "param b : real param t : positive param r : positive",
      "param s : positive",
      "each a by a { latent u : real ~ Normal(0, t)",
      "each c by c { latent v : real ~ Normal(0, r)",
      "each row { observe x : real ~ Normal(b + u + v, s) } } }", rows: 8),
    Case(
      "nested random effects, one centred on the other",
      "param b : real param t : positive param r : positive param s : positive",
      "each a by a { latent u : real ~ Normal(b, t)",
      "each c by c { latent v : real ~ Normal(u, r)",
      "each row { observe x : real ~ Normal(v, s) } } }", rows: 8),
    Case(
      "effects of groups and rows", "param t : positive param W : real[2, 1] param s : positive",
      "each g by g { latent u : real ~ Normal(0, t)",
      "each row { latent z : real[1] ~ Normal(0, 1)",
      "observe x : real[2] ~ Normal(W * z + u, s) } }", rows: 6),
    Case(
      "row effect centred on the group's",
      "param t : positive param r : positive param s : positive",
      "each g by g { latent u : real ~ Normal(0, t)",
      "each row { latent z : real ~ Normal(u, r) observe x : real[2] ~ Normal(z, s) } }", rows: 6),
    Case(
      "group label chooses the group effect's prior",
      "param w : simplex[2] param c : real[2] param t : positive param s : positive",
      "each g by g { latent k : category[2] ~ Categorical(w) latent u : real ~ Normal(c[k], t)",
      "each row { observe x : real ~ Normal(u, s) } }", rows: 6),
    Case(
      "something observed of the group and its effect",
      "param a : real param t : positive param s : positive",
      "each g by g { latent u : real ~ Normal(0, t) observe y : real ~ Normal(a * u, 1)",
      "each row { observe x : real ~ Normal(u, s) } }", rows: 6),
    Case(
      "latent scaled by a given", "param t : positive param s : positive",
      "each row { given c : real given e : positive latent z : real ~ Normal(0, t)",
      "observe x : real ~ Normal(z * c, s * e) }"),
    Case(
      "factor model by transpose and inverse", "param V : real[1, 3] param s : positive",
      "each row { latent z : real[1] ~ Normal(0, 1)",
      "observe x : real[3] ~ Normal(transpose(V) * z, s) }"),
    Case(
      "orthonormal loadings",
      "param U : orthonormal[3, 2] param l : positive[2] param s : positive",
      "each row { latent z : real[2] ~ Normal(0, l) observe x : real[3] ~ Normal(U * z, s) }"),
    Case(
      "latent components in several places", "param a : real param s : positive",
      "each row { latent z : real[2] ~ Normal(0, 1) observe x : real ~ Normal(z[1] + a * z[2], s)",
      "observe y : real ~ Normal(z[2], s) }"),
    Case(
      "sum and mean of a latent", "param s : positive",
      "each row { latent z : real[3] ~ Normal(0, 1) observe x : real ~ Normal(sum(z), s)",
      "observe y : real ~ Normal(mean(z), s) }"),
    Case(
      "concatenated latents", "param W : real[3, 3] param s : positive",
      "each row { latent z : real[2] ~ Normal(0, 1) latent y : real[1] ~ Normal(1, 2)",
      "observe x : real[3] ~ Normal(W * concat(z, y), s) }"),
  ]
}
