/// Hidden Markov models.
extension SmallModels {
  private static let two = "param a : simplex[2] param T : simplex[2, 2]"
  private static let three = "param a : simplex[3] param T : simplex[3, 3]"
  private static func state(_ k: Int) -> String {
    "latent s : category[\(k)] initially Categorical(a) then Categorical(T[previous(s)])"
  }

  static let chains: [Case] = [
    Case(
      "hidden Markov, two states, poisson", two, "param r : positive[2]",
      "each row in order { \(state(2)) observe x : count ~ Poisson(r[s]) }", rows: 7),
    Case(
      "hidden Markov, three states, normal", three, "param m : real[3] param d : positive[3]",
      "each row in order { \(state(3)) observe x : real ~ Normal(m[s], d[s]) }"),
    Case(
      "hidden Markov, normal vector, missing cells", two,
      "param m : real[2, 2] param d : positive[2]",
      "each row in order { \(state(2)) observe x : real[2] ~ Normal(m[s], d) }", missing: 0.4),
    Case(
      "hidden Markov, multivariate normal", two, "param m : real[2, 2] param S : covariance[2, 2]",
      "each row in order { \(state(2)) observe x : real[2] ~ MultivariateNormal(m[s], S[s]) }"),
    Case(
      "hidden Markov, categorical", three, "param q : simplex[3, 4]",
      "each row in order { \(state(3)) observe x : category[4] ~ Categorical(q[s]) }"),
    Case(
      "hidden Markov, bernoulli, missing cells", three, "param p : unit[3, 2]",
      "each row in order { \(state(3)) observe x : binary[2] ~ Bernoulli(p[s]) }",
      rows: 6, missing: 0.4),
    Case(
      "hidden Markov, exponential", two, "param r : positive[2]",
      "each row in order { \(state(2)) observe x : positive ~ Exponential(r[s]) }"),
    Case(
      "hidden Markov, several variables", two, "param r : positive[2] param m : real[2]",
      "each row in order { \(state(2)) observe x : count ~ Poisson(r[s])",
      "observe y : real ~ Normal(m[s], 1) }"),
    Case(
      "hidden Markov, several series", two, "param r : positive[2]",
      "each series by series { each row in order { \(state(2)) observe x : count ~ Poisson(r[s]) } }",
      rows: 8),
    Case(
      "hidden Markov, mixture emissions", two, "param c : simplex[2, 2] param m : real[2, 2]",
      "each row in order { \(state(2)) latent k : category[2] ~ Categorical(c[s])",
      "observe x : real ~ Normal(m[s, k], 1) }"),
    Case(
      "hidden Markov, independent row label", two, "param c : simplex[2] param m : real[2]",
      "param o : real[2]",
      "each row in order { \(state(2)) latent k : category[2] ~ Categorical(c)",
      "observe x : real ~ Normal(m[s] + o[k], 1) }", rows: 4),
    Case(
      "hidden Markov, exact zeros", "param r : positive[3]",
      "each row in order { latent s : category[3] initially Categorical([1, 0, 0])",
      "then Categorical([[0.7, 0.3, 0], [0, 0.6, 0.4], [0, 0, 1]][previous(s)])",
      "observe x : count ~ Poisson(r[s]) }", rows: 6),
    Case(
      "hidden Markov, binary state", "param p : unit param q : unit param r : positive[2]",
      "each row in order { latent s : binary initially Bernoulli(p)",
      "then Bernoulli(q * previous(s) + 0.2 * (1 - previous(s)))",
      "observe x : real ~ Normal(2 * s, 1) }"),
    Case(
      "hidden Markov, factor analyser emissions", two,
      "param W : real[2, 3, 1] param m : real[2, 3] param d : positive[3]",
      "each row in order { \(state(2)) latent z : real[1] ~ Normal(0, 1)",
      "observe x : real[3] ~ Normal(W[s] * z + m[s], d) }", rows: 4),
    Case(
      "hidden Markov, given in the transition",
      "param a : simplex[2] param u : real[2, 2] param m : real[2]",
      "each row in order { given f : real",
      "latent s : category[2] initially Categorical(a)",
      "then Categorical(logits: u[previous(s)] * f)",
      "observe x : real ~ Normal(m[s], 1) }"),
    Case(
      "hidden Markov, emission reads the previous row", two,
      "param m : real[2] param b : real",
      "each row in order { \(state(2)) given y : real",
      "observe x : real ~ Normal(m[s] + b * y, 1) }"),
  ]
}
