import Foundation
import LVM
import Testing

/// Optima of labels that few starts lead to. Reference: Reference/starts.py, from many more starts.
@Suite struct FitStartTests {
  private func objective(_ text: String, _ table: Table, _ seed: Int) throws -> Double {
    let fit = try Model(text: text).fit(table, options: FitOptions(seed: UInt64(seed)))
    #expect(fit.converged)
    return fit.objective.value
  }

  @Test(arguments: 1...3) func effectsThatAddUp(_ seed: Int) throws {
    var d = ReferenceDraws(state: 7)
    let (low, high) = ([0.0, 3, 6], [0.0, 10, 20])
    var y: [Double] = []
    for _ in 0..<400 {
      let a = low[d.choice([0.5, 0.3, 0.2])]
      let b = high[d.choice([0.2, 0.2, 0.6])]
      y.append(a + b + 0.8 * d.normal())
    }
    let found = try objective(
      """
      model M
      param P : simplex[2, 3]
      param m : real[2, 3]
      param s : positive
      each row {
        latent c : category[2, 3] ~ Categorical(P)
        observe y : real ~ Normal(m[1, c[1]] + m[2, c[2]], s)
      }
      """, try Table(columns: [Column("y", y)]), seed)
    #expect(abs(found + 1231.7904299639) < 1e-5, "\(found)")
  }

  /// Shapes that run off while labels are still wrong are called back.
  @Test(arguments: 1...3) func heavyTails(_ seed: Int) throws {
    var d = ReferenceDraws(state: 11)
    var y: [Double] = []
    for _ in 0..<300 {
      let k = d.choice([0.45, 0.55])
      let scale = d.uniform() < 0.9 ? 1.0 : 4
      y.append([20000.0, 60000][k] + [3500.0, 8500][k] * scale * d.normal())
    }
    let found = try objective(
      """
      model M(K = 2)
      param w : simplex[K]
      param a : real[K]
      param b : positive[K]
      param nu : positive
      each row {
        latent k : category[K] ~ Categorical(w)
        observe v : real ~ StudentT(nu, a[k], b[k])
      }
      """, try Table(columns: [Column("v", y)]), seed)
    #expect(abs(found + 3301.3707178902) < 1e-5, "\(found)")
  }

  @Test(arguments: 1...3) func classesOfAnswers(_ seed: Int) throws {
    var d = ReferenceDraws(state: 5)
    let p = [
      [[0.1, 0.9, 0.0], [0.2, 0.5, 0.3], [0.8, 0.1, 0.1], [0.4, 0.2, 0.4]],
      [[0.6, 0.1, 0.3], [0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.3, 0.6]],
      [[0.3, 0.3, 0.4], [0.8, 0.1, 0.1], [0.1, 0.2, 0.7], [0.4, 0.5, 0.1]],
    ]
    var items = [[Double]](repeating: [], count: 4)
    for _ in 0..<500 {
      let k = d.choice([0.4, 0.4, 0.2])
      for j in 0..<4 { items[j].append(Double(d.choice(p[k][j]) + 1)) }
    }
    let found = try objective(
      """
      model M(K = 3)
      param w : simplex[K]
      param P : simplex[K, 4, 3]
      each row {
        latent kind : category[K] ~ Categorical(w)
        observe item : category[4, 3] ~ Categorical(P[kind])
      }
      """,
      try Table(columns: items.enumerated().map { Column("item\($0 + 1)", $1) }), seed)
    #expect(abs(found + 2023.5945790094) < 1e-5, "\(found)")
  }

  /// Quiet, usual and restless years, as four states show them.
  @Test(arguments: 1...3) func chainsOfCategories(_ seed: Int) throws {
    let levels = try BundledData.numbers("earthquakes_annual", column: 1).map {
      $0 < 15 ? 1.0 : $0 < 23 ? 2 : 3
    }
    let found = try objective(
      """
      model M(K = 4)
      param start : simplex[K]
      param move : simplex[K, K]
      param P : simplex[K, 3]
      each row in order {
        latent state : category[K]
          initially Categorical(start)
          then Categorical(move[previous(state)])
        observe level : category[3] ~ Categorical(P[state])
      }
      """, try Table(columns: [Column("level", levels)]), seed)
    #expect(abs(found + 83.5276449515) < 1e-5, "\(found)")
  }
}
