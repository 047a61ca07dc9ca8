import LVM
import LVMOracle
import Testing

private let gap = Double.nan

/// Small models of every exact kind, with missing cells.
private let cases: [QueryCase] = {
  do {
    return try [
      QueryCase(
        "mixture of multivariate normals",
        """
        param w : simplex[2]
        param m : real[2, 3]
        param s : covariance[2, 3]
        each row {
          latent k : category[2] ~ Categorical(w)
          observe x : real[3] ~ MultivariateNormal(m[k], s[k])
        }
        """,
        [
          "x1": [0.3, gap, 1.1, gap, -0.4], "x2": [gap, 0.2, -0.7, gap, 0.9],
          "x3": [1.0, -0.5, gap, gap, 0.1],
        ],
        [
          "w": [0.3, 0.7], "m": [0, 1, -1, 0.5, -0.5, 0.2],
          "s": [
            1, 0.4, 0.1, 0.4, 2, 0.3, 0.1, 0.3, 0.8, 0.6, -0.2, 0, -0.2, 1.1, 0.5, 0, 0.5, 1.4,
          ],
        ]),
      QueryCase(
        "factor analysis",
        """
        param a : real[3, 1]
        param b : real[3]
        param s : positive[3]
        each row {
          latent z : real[1] ~ Normal(0, 1)
          observe x : real[3] ~ Normal(a * z + b, s)
        }
        """,
        ["x1": [0.3, gap, 1.1, gap], "x2": [gap, 0.2, -0.7, gap], "x3": [1.0, -0.5, 0.4, gap]],
        ["a": [1, 0.2, -0.4], "b": [0.1, -0.2, 0.4], "s": [0.5, 0.8, 1.2]]),
      QueryCase(
        "correlated noise about a latent line",
        """
        param a : real[2]
        param s : covariance[2]
        each row {
          latent z : real ~ Normal(0.5, 2)
          observe x : real[2] ~ MultivariateNormal(a * z, s)
        }
        """,
        ["x1": [0.3, gap, 1.1, gap], "x2": [gap, 0.2, -0.7, gap]],
        ["a": [1, -0.6], "s": [0.7, 0.3, 0.3, 0.9]]),
      QueryCase(
        "mixture of latent lines",
        """
        param w : simplex[2]
        param a : real[2, 2]
        param b : real[2, 2]
        param s : positive[2]
        each row {
          latent k : category[2] ~ Categorical(w)
          latent z : real ~ Normal(0, 1)
          observe x : real[2] ~ Normal(a[k] * z + b[k], s[k])
        }
        """,
        ["x1": [0.3, gap, 1.1, gap], "x2": [gap, 0.2, -0.7, gap]],
        ["w": [0.4, 0.6], "a": [1, 0.2, -0.5, 1.1], "b": [0, 1, 0.4, -1], "s": [0.5, 0.9]]),
      QueryCase(
        "latent classes",
        """
        param w : simplex[2]
        param p : unit[2, 2]
        param q : simplex[2, 3]
        param r : positive[2]
        each row {
          latent k : category[2] ~ Categorical(w)
          observe x : binary[2] ~ Bernoulli(p[k])
          observe c : category[3] ~ Categorical(q[k])
          observe n : count ~ Poisson(r[k])
        }
        """,
        [
          "x1": [0, 1, gap, gap], "x2": [1, gap, 0, gap], "c": [1, 2, 3, gap],
          "n": [gap, 3, 0, gap],
        ],
        [
          "w": [0.4, 0.6], "p": [0.2, 0.7, 0.9, 0.4], "q": [0.2, 0.3, 0.5, 0.6, 0.3, 0.1],
          "r": [1.5, 4],
        ],
        wanted: ["x", "c", "n"]),
      QueryCase(
        "hidden Markov model",
        """
        param t : simplex[2, 2]
        param m : real[2]
        each row in order {
          latent k : category[2] initially Categorical([0.5, 0.5]) then Categorical(t[previous(k)])
          observe x : real ~ Normal(m[k], 0.8)
        }
        """,
        ["x": [0.2, gap, 1.4, gap, gap]], ["t": [0.8, 0.2, 0.3, 0.7], "m": [-0.3, 1.2]]),
      QueryCase(
        "local level with two views",
        """
        param s : covariance[2]
        each row in order {
          latent z : real initially Normal(0, 2) then Normal(0.9 * previous(z), 0.7)
          observe x : real[2] ~ MultivariateNormal([z, 0.5 * z + 1], s)
        }
        """,
        ["x1": [0.2, gap, 1.4, gap], "x2": [0.5, 0.9, gap, gap]], ["s": [0.7, 0.3, 0.3, 0.9]]),
      QueryCase(
        "groups",
        """
        param b : real
        each g by id { latent u : real ~ Normal(0, 1.5) }
        each row { observe x : real ~ Normal(b + u, 0.6) }
        """,
        ["id": [1, 2, 1, 2, 3], "x": [0.2, 1.1, gap, 0.7, gap]], ["b": [0.4]]),
      QueryCase(
        "groups of two kinds",
        """
        param m : real[2]
        each g by id {
          latent k : category[2] ~ Categorical([0.3, 0.7])
          latent u : real ~ Normal(m[k], 0.5)
        }
        each row { observe x : real ~ Normal(u, 0.6) }
        """,
        ["id": [1, 2, 1, 2, 3], "x": [0.2, 1.1, gap, 0.7, gap]], ["m": [-1, 1.5]]),
      QueryCase(
        "counts of a gamma rate",
        """
        param c : positive
        each g by id { latent r : positive ~ Gamma(2.5, 1.2) }
        each row { observe x : count ~ Poisson(c * r) }
        """,
        ["id": [1, 2, 1, 2, 3], "x": [2, 5, gap, 3, gap]], ["c": [1.5]]),
      QueryCase(
        "truth values of uncertain probability",
        """
        param c : positive
        each g by id {
          latent p : unit ~ Beta(c, 2)
        }
        each row {
          observe x : binary ~ Bernoulli(p)
        }
        """,
        ["id": [1, 2, 1, 2, 3], "x": [0, 1, gap, 1, gap]], ["c": [1.5]],
        wanted: ["x"]),
      QueryCase(
        "a label that others depend on",
        """
        param m : real[2]
        each row {
          observe c : category[2] ~ Categorical([0.4, 0.6])
          observe x : real ~ Normal(m[c], 1)
        }
        """,
        ["c": [1, gap, 2, gap], "x": [0.2, 0.6, gap, gap]], ["m": [-1, 1.5]], wanted: ["x", "c"]),
    ]
  } catch {
    Issue.record(error)
    return []
  }
}()

@Test(arguments: cases)
func imputedMomentsAreTheOracles(_ c: QueryCase) throws {
  let (bound, plan, parameters) = try c.bound()
  let laws = try plan.inference.posterior(bound.data, parameters: parameters)
    .mixtures(of: .cells(of: c.wanted))
  #expect(laws.count == c.wanted.count)
  for law in laws {
    let v = plan.model[law.variable]
    let expected = try c.oracle(bound).rowPosterior(of: v.name)
    let missing = bound.binding[v.name]?.missing ?? []
    if case .probabilities(let p, let k) = law.content {
      for (i, instance) in law.instances.enumerated() {
        let row = bound.data.order[instance]
        for j in 0..<law.size where missing[row * law.size + j] {
          for state in 0..<k {
            let found = p[(i * law.size + j) * k + state]
            #expect(abs(found - expected[row].probabilities[j][state]) < 1e-8)
          }
        }
      }
      continue
    }
    let moments = try law.moments(plan.model, nil)
    for (i, instance) in law.instances.enumerated() {
      let row = bound.data.order[instance]
      for j in 0..<law.size where missing[row * law.size + j] {
        #expect(abs(moments.mean[i * law.size + j] - expected[row].mean[j]) < 1e-8)
        #expect(
          abs(moments.sd[i * law.size + j] - expected[row].standardDeviations[j]) < 1e-8)
      }
    }
  }
}

@Test func thereAreCases() { #expect(cases.count == 12) }
