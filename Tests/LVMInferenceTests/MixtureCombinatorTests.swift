import LVM
import Testing

/// `Mixture` says what a label says: components that share an argument, inside labels too.
@Suite struct MixtureCombinatorTests {
  /// Scikit-learn's optimum of two components with one covariance on Old Faithful.
  @Test(arguments: 1...3) func oneCovarianceForAllComponents(_ seed: Int) throws {
    let fit = try Model(
      text: """
        model Tied(D)
        param w : simplex[2]
        param m : real[2, D]
        param S : covariance[D]
        each row { observe x : real[D] ~ Mixture(w, MultivariateNormal(m, S)) }
        """
    ).fit(try BundledData.table("faithful"), options: FitOptions(seed: UInt64(seed)))
    #expect(abs(fit.objective.value - -1140.1868) < 1e-4, "\(fit.objective.value)")
  }

  /// The components of a label's own mixture, written as a second label.
  @Test func aScaleOfTheLabelForAllComponents() throws {
    let spots: [Double] = [0, 3, 20, 26, 50, 58]
    var y: [Double] = []
    var h: [Double] = []
    for i in 0..<180 {
      let noise = Double(i * 37 % 101) / 50 - 1
      let group = Double(i % 6 / 2)
      y.append(spots[i % 6] + noise * (group + 1))
      h.append(4 * group + noise)
    }
    let table = try Table(columns: [Column("y", y), Column("h", h)])
    let head = """
      model M
      param p : simplex[3] param w : simplex[2] param m : real[3, 2] param s : positive[3]
      param c : real[3]
      each row {
        latent k : category[3] ~ Categorical(p)
        observe h : real ~ Normal(c[k], 1)

      """
    let combined = try Model(
      text: head + "observe y : real ~ Mixture(w, Normal(m[k], s[k])) }"
    ).fit(table)
    let labels = try Model(
      text: head
        + "latent j : category[2] ~ Categorical(w) observe y : real ~ Normal(m[k, j], s[k]) }"
    ).fit(table)
    #expect(abs(combined.objective.value - labels.objective.value) < 1e-4)
    let scales = try #require(combined["s"]).values
    #expect(scales[0] < scales[1] && scales[1] < scales[2], "\(scales)")
    let asked = try Table(columns: [Column("y", [.nan, .nan]), Column("h", [0, 8])])
    let filled: [Double] = try #require(combined.impute(asked)["y"]).values
    let other: [Double] = try #require(labels.impute(asked)["y"]).values
    for (a, b) in zip(filled, other) { #expect(abs(a - b) < 1e-2) }
  }
}
