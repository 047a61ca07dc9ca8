import LVM
import Testing

private let gap = Double.nan

private let cases: [QueryCase] = {
  do {
    return try [
      QueryCase(
        "hidden Markov model",
        """
        param t : simplex[2, 2]
        param m : real[2]
        each row in order {
          latent k : category[2] initially Categorical([0.5, 0.5]) then Categorical(t[previous(k)])
          observe x : real ~ Normal(m[k], 0.8)
          observe other : real ~ Normal(0, 1)
        }
        """,
        ["x": [0.2, gap, 1.4, -0.7, gap, 3.1], "other": [1, 0.5, -0.2, 0.3, 2, 1]],
        ["t": [0.8, 0.2, 0.3, 0.7], "m": [-0.3, 1.2]]),
      QueryCase(
        "local level with two views",
        """
        param s : covariance[2]
        each row in order {
          latent z : real initially Normal(0, 2) then Normal(0.9 * previous(z), 0.7)
          observe x : real[2] ~ MultivariateNormal([z, 0.5 * z + 1], s)
        }
        """,
        ["x1": [0.2, gap, 1.4, gap, 2], "x2": [0.5, 0.9, gap, gap, 0.1]],
        ["s": [0.7, 0.3, 0.3, 0.9]]),
    ]
  } catch {
    Issue.record(error)
    return []
  }
}()

@Test(arguments: cases)
func rowScoresOfAChainAddUp(_ c: QueryCase) throws {
  let (bound, plan, parameters) = try c.bound()
  let scores = try plan.inference.posterior(bound.data, parameters: parameters).logEvidence()
  let root = try MarginalLikelihood(plan.inference, data: bound.data).value(parameters)
  #expect(scores.values.count == bound.data.rows)
  #expect(abs(scores.values.reduce(0, +) - root) < 1e-10)
  // Each is the difference of the log likelihoods of two beginnings of the series.
  var before = 0.0
  for n in 1...bound.data.rows {
    let columns = c.table.columns.map { Column($0.name, Array($0.storage.doubles().prefix(n))) }
    let start = try Model(text: c.text).bound(to: Table(columns: columns))
    let startPlan = try Planner.plan(
      start.graph, facts: DataFacts(masked: start.data.masked))
    let total = try MarginalLikelihood(startPlan.inference, data: start.data).value(parameters)
    #expect(abs(scores.values[n - 1] - (total - before)) < 1e-10)
    before = total
  }
}
