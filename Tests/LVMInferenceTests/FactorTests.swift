import LVM
import Testing

/// Principal components, factor analysis and their canonical forms against Scripts/reference-factors.py.
@Suite struct FactorTests {
  static func text(
    _ l: Int, noise: String, spread: String, columns: String = "standardize(\"*\")",
    prior: String = ""
  ) -> String {
    """
    model M(L = \(l), D)
    param W : real[D, L]\(prior)
    param mu : real[D]
    \(noise)
    each row {
      latent z : real[L] ~ Normal(0, 1)
      observe x : real[D] from \(columns) ~ Normal(W * z + mu, \(spread))
    }
    """
  }

  static func shared(_ l: Int, _ columns: String = "not species") -> String {
    text(l, noise: "param s : positive", spread: "s", columns: columns)
  }

  static func own(_ l: Int, _ columns: String = "standardize(\"*\")") -> String {
    text(l, noise: "param psi : positive[D]", spread: "psi", columns: columns)
  }

  @Test(arguments: [
    (1, -470.669458321016, 0.11413907955734544), (2, -404.96278015611125, 0.05068214786479683),
    (3, -379.91463012227126, 0.023676192353627147),
  ])
  func irisInClosedForm(_ known: (l: Int, value: Double, variance: Double)) throws {
    let fit = try Model(text: Self.shared(known.l)).fit(try BundledData.table("iris"))
    #expect(fit.plan.strategy == .closedForm)
    #expect(abs(fit.objective.value - known.value) < 1e-8)
    let s = try #require(fit["s"]).values[0]
    #expect(abs(s * s - known.variance) < 1e-12)
  }

  /// The closed form is where quasi-Newton steps end; a prior so wide that it says nothing takes
  /// the closed form away.
  @Test(arguments: ["iris", "usarrests"], 1...2)
  func closedFormIsTheGradientsOptimum(_ data: String, l: Int) throws {
    let columns = data == "iris" ? "not species" : "standardize(\"*\")"
    let table = try BundledData.table(data)
    let closed = try Model(text: Self.shared(l, columns)).fit(table)
    // The same likelihood behind an expression that is not bare.
    let text = Self.text(l, noise: "param s : positive", spread: "2 * s", columns: columns)
    let climbed = try Model(text: text).fit(table)
    #expect(climbed.plan.strategy == .gradient)
    #expect(climbed.plan.compressesRows)
    #expect(abs(closed.objective.value - climbed.objective.value) < 1e-6)
    let scale = (try #require(closed["s"]).values[0], 2 * (try #require(climbed["s"]).values[0]))
    #expect(abs(scale.0 - scale.1) < 1e-4)
    for (a, b) in zip(try #require(closed["W"]).values, try #require(climbed["W"]).values) {
      #expect(abs(a - b) < 1e-3)
    }
  }

  @Test(arguments: 1...4)
  func factorAnalysisFromAnySeed(_ seed: Int) throws {
    let fit = try Model(text: Self.own(1)).fit(
      try BundledData.table("usarrests"), options: FitOptions(seed: UInt64(seed)))
    #expect(fit.converged)
    #expect(abs(fit.objective.value - -241.61361917214873) < 1e-6)
    let psi = try #require(fit["psi"]).values.map { $0 * $0 }
    for (a, b) in zip(psi, [0.33153921, 0.04153729, 0.93142422, 0.53365181]) {
      #expect(abs(a - b) < 1e-4)
    }
    #expect(fit.warnings == [])
  }

  @Test(arguments: 1...4)
  func heywoodCaseIsNamed(_ seed: Int) throws {
    let fit = try Model(text: Self.own(1, "not species")).fit(
      try BundledData.table("iris"), options: FitOptions(seed: UInt64(seed)))
    #expect(fit.converged)
    #expect(abs(fit.objective.value - -422.377635) < 1e-5)
    #expect(fit.iterations < 300)
    #expect(fit.warnings.count == 1)
    #expect(
      fit.warnings.first?.description.hasPrefix("heywood: the latents explain all of `x[3]`")
        == true)
  }

  /// The likelihood keeps its digits beside a uniqueness of almost nothing; the numbers are those of the
  /// dense covariance, which such a uniqueness leaves well conditioned.
  @Test func tinyUniquenessKeepsDigits() throws {
    let bound = try Model(text: Self.own(2, "(x1, x2, x3, x4, x5)")).bound(
      to: try Table(
        csv: "x1,x2,x3,x4,x5\n0.3,1,-0.4,0.2,2\n-1.2,0.5,0.7,-0.1,1\n0.9,-0.3,0.1,1.1,0\n"))
    let plan = try Planner.plan(bound.graph)
    let root = try MarginalLikelihood(plan.inference, data: bound.data)
    func value(_ psi: Double) throws -> Double {
      try root.value([
        "W": Tensor([5, 2], [1, 0.5, -0.3, 0.8, 0.6, 0.1, 0.2, -0.9, 0.4, 0.3]),
        "mu": Tensor(repeating: 0.1, [5]), "psi": Tensor([5], [psi, 0.7, 1.1, 0.9, 0.6]),
      ])
    }
    for (psi, wanted) in [(3e-6, -23.79515382445278), (1e-6, -23.79515382450068)] {
      #expect(abs(try value(psi) - wanted) < 1e-8, "\(psi)")
    }
  }

  /// Loadings come with WᵀΨ⁻¹W diagonal and decreasing, the largest of each column positive, from any
  /// seed.
  @Test func loadingsAreCanonical() throws {
    let table = try BundledData.table("iris")
    let text = """
      model M
      param W : real[2, 2] param V : real[3, 2] param s : positive[2] param t : positive
      each row {
        latent z : real[2] ~ Normal(0, 1)
        observe x : real[2] from ("Sepal.Length", "Sepal.Width") ~ Normal(W * z + 3, s)
        observe y : real[3] from ("Petal.Length", "Petal.Width", species) ~ Normal(V * z + 2, t)
      }
      """
    let first = try Model(text: text).fit(table, options: FitOptions(seed: 1))
    let second = try Model(text: text).fit(table, options: FitOptions(seed: 2))
    let (w, v) = (try #require(first["W"]).values, try #require(first["V"]).values)
    let s = try #require(first["s"]).values
    let t = try #require(first["t"]).values[0]
    func product(_ a: Int, _ b: Int) -> Double {
      var sum = 0.0
      for i in 0..<2 { sum += w[2 * i + a] * w[2 * i + b] / (s[i] * s[i]) }
      for i in 0..<3 { sum += v[2 * i + a] * v[2 * i + b] / (t * t) }
      return sum
    }
    #expect(abs(product(0, 1)) < 1e-9 * product(0, 0))
    #expect(product(0, 0) > product(1, 1))
    let all = w + v
    for c in 0..<2 {
      let column: [Double] = (0..<5).map { all[2 * $0 + c] }
      let largest = column.max { abs($0) < abs($1) } ?? 0
      #expect(largest > 0)
    }
    let again = try #require(second["W"]).values + (try #require(second["V"])).values
    for (a, b) in zip(all, again) {
      #expect(abs(a - b) < 1e-3)
    }
  }

  @Test func componentsWithoutNoise() throws {
    let table = try BundledData.table("usarrests")
    let fit = try Model(text: Self.text(2, noise: "", spread: "0")).fit(table)
    #expect(fit.objective.name == .reconstruction)
    #expect(abs(fit.objective.value - 26.49966341553328) < 1e-9)
    #expect(fit.bic == nil)
    // Scores are white.
    let z = try #require(try fit.posterior(of: "z", given: table))
    guard case .moments(let mean, let sd, let size) = z.content else {
      Issue.record("no moments")
      return
    }
    #expect(size == 2)
    #expect(sd.allSatisfy { $0 == 0 })
    for a in 0..<2 {
      for b in 0..<2 {
        var product = 0.0
        for i in 0..<50 { product += mean[2 * i + a] * mean[2 * i + b] / 50 }
        #expect(abs(product - (a == b ? 1 : 0)) < 1e-10)
      }
    }
    #expect(throws: QueryError.noDensity(variable: "x")) { try fit.logLikelihood(of: table) }
  }

  @Test func whitening() throws {
    let table = try BundledData.table("usarrests")
    let fit = try Model(text: Self.text(4, noise: "", spread: "0")).fit(table)
    #expect(fit.objective.value == 0)
    // Fewer rows than columns: the Gram matrix's eigenvectors.
    let wide = try Table(csv: "x1,x2,x3,x4\n1,2,0,4\n2,0,1,1\n0,1,5,2\n")
    let columns = "(x1, x2, x3, x4)"
    let few = try Model(text: Self.text(2, noise: "", spread: "0", columns: columns)).fit(wide)
    #expect(abs(few.objective.value) < 1e-12)
    #expect(throws: (any Error).self) {
      try Model(text: Self.text(3, noise: "", spread: "0", columns: columns)).fit(wide)
    }
  }

  @Test(arguments: [
    (own(2), "too-many-factors", "at most 1 (Ledermann's bound)"),
    (shared(4), "too-many-factors", "nothing for their common noise beyond 3"),
    (text(5, noise: "", spread: "0"), "too-many-factors", "at most 4 components"),
  ])
  func tooManyFactorsAreRefused(_ bad: (text: String, code: String, words: String)) throws {
    let data = bad.text.contains("species") ? "iris" : "usarrests"
    let model = try Model(text: bad.text)
    let table = try BundledData.table(data)
    let error = #expect(throws: Diagnostics.self) { try model.fit(table) }
    #expect(error?.items.first?.code == bad.code)
    #expect(error?.items.first?.message.contains(bad.words) == true)
  }
}
