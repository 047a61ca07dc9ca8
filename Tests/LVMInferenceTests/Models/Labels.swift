/// Several finite latents, in rows and in groups.
extension SmallModels {
  static let labels: [Case] = [
    Case(
      "two labels, added means", "param a : simplex[2] param b : simplex[3]",
      "param m : real[2] param o : real[3] param s : positive",
      "each row { latent u : category[2] ~ Categorical(a) latent v : category[3] ~ Categorical(b)",
      "observe x : real ~ Normal(m[u] + o[v], s) }"),
    Case(
      "two labels, added vectors", "param a : simplex[2] param b : simplex[3]",
      "param m : real[2, 2] param o : real[3, 2] param s : positive[2]",
      "each row { latent u : category[2] ~ Categorical(a) latent v : category[3] ~ Categorical(b)",
      "observe x : real[2] ~ Normal(m[u] + o[v], s) }"),
    Case(
      "a label that depends on a label", "param a : simplex[2] param T : simplex[2, 3]",
      "param m : real[3] param s : positive[2]",
      "each row { latent u : category[2] ~ Categorical(a) latent v : category[3] ~ Categorical(T[u])",
      "observe x : real ~ Normal(m[v], s[u]) }"),
    Case(
      "a chain of three labels",
      "param a : simplex[2] param T : simplex[2, 3] param U : simplex[3, 2]",
      "param m : real[2]",
      "each row { latent u : category[2] ~ Categorical(a) latent v : category[3] ~ Categorical(T[u])",
      "latent z : category[2] ~ Categorical(U[v]) observe x : real ~ Normal(m[z], 1) }"),
    Case(
      "a table of two labels", "param a : simplex[2] param b : simplex[3] param m : real[2, 3]",
      "each row { latent u : category[2] ~ Categorical(a) latent v : category[3] ~ Categorical(b)",
      "observe x : real ~ Normal(m[u, v], 1) }"),
    Case(
      "a table of two labels, transposed use", "param a : simplex[2] param b : simplex[3]",
      "param m : real[3, 2] param r : positive[2, 3]",
      "each row { latent u : category[2] ~ Categorical(a) latent v : category[3] ~ Categorical(b)",
      "observe x : real ~ Normal(m[v, u], 1) observe y : count ~ Poisson(r[u, v]) }"),
    Case(
      "a vector of binary latents", "param p : unit[3] param b : real[3] param s : positive",
      "each row { latent f : binary[3] ~ Bernoulli(p) observe x : real ~ Normal(dot(b, f), s) }"),
    Case(
      "a vector of labels", "param p : simplex[2, 3] param m : real[3]",
      "each row { latent f : category[2, 3] ~ Categorical(p)",
      "observe x : real ~ Normal(m[f[1]] + 2 * m[f[2]], 1) }"),
    Case(
      "label of a label and a flag", "param a : unit param T : simplex[2, 2] param m : real[2]",
      "each row { latent f : binary ~ Bernoulli(a) latent k : category[2] ~ Categorical([0.3, 0.7])",
      "observe x : real ~ Normal(m[k] * f, 1) }"),
    Case(
      "group label", "param w : simplex[2] param m : real[2] param s : positive",
      "each g by g { latent k : category[2] ~ Categorical(w)",
      "each row { observe x : real ~ Normal(m[k], s) } }", rows: 7),
    Case(
      "group label and row label", "param w : simplex[2] param T : simplex[2, 3] param m : real[3]",
      "each g by g { latent k : category[2] ~ Categorical(w)",
      "each row { latent j : category[3] ~ Categorical(T[k]) observe x : real ~ Normal(m[j], 1) } }",
      rows: 6),
    Case(
      "independent group label and row label",
      "param w : simplex[2] param v : simplex[2] param m : real[2, 2] param s : positive[2]",
      "each g by g { latent k : category[2] ~ Categorical(w)",
      "each row { latent j : category[2] ~ Categorical(v)",
      "observe x : real ~ Normal(m[k, j], s[j]) } }", rows: 6),
    Case(
      "group label with something observed of the group",
      "param w : simplex[2] param r : positive[2] param m : real[2]",
      "each g by g { latent k : category[2] ~ Categorical(w) observe n : count ~ Poisson(r[k])",
      "each row { observe x : real ~ Normal(m[k], 1) } }", rows: 7),
    Case(
      "labels in nested groups", "param w : simplex[2] param T : simplex[2, 2] param m : real[2]",
      "each a by a { latent k : category[2] ~ Categorical(w)",
      "each b by b { latent j : category[2] ~ Categorical(T[k])",
      "each row { observe x : real ~ Normal(m[j], 1) } } }", rows: 8),
    Case(
      "labels in nested groups and rows",
      "param w : simplex[2] param T : simplex[2, 2] param U : simplex[2, 2] param p : unit[2]",
      "each a by a { latent k : category[2] ~ Categorical(w)",
      "each b by b { latent j : category[2] ~ Categorical(T[k])",
      "each row { latent i : category[2] ~ Categorical(U[j])",
      "observe x : binary ~ Bernoulli(p[i]) } } }", rows: 6),
    Case(
      "label observed in some rows", "param w : simplex[3] param m : real[3] param s : positive[3]",
      "each row { observe k : category[3] ~ Categorical(w) observe x : real ~ Normal(m[k], s[k]) }",
      rows: 8, missing: 0.4),
    Case(
      "all observed", "param m : real param s : positive param p : unit",
      "each row { observe x : real ~ Normal(m, s) observe y : binary ~ Bernoulli(p) }"),
    Case(
      "observed label chooses", "param w : simplex[3] param m : real[3]",
      "each row { observe k : category[3] ~ Categorical(w) observe x : real ~ Normal(m[k], 1) }"),
  ]
}
