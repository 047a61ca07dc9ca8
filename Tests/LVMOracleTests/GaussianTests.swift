import LVMOracle
import Testing

/// The dense joint Gaussian, against the numbers of reference.py.
@Suite struct GaussianTests {
  static let nile: [Double] = [1120, 1160, 963, 1210, 1160, 1160, 813, 1230]

  static func level(_ volume: [Double]) throws -> Oracle {
    try Oracle(
      text: """
        model LocalLevel
        param start : real
        param drift : positive
        param noise : positive
        each row in order {
          latent level : real initially Normal(start, 500) then Normal(previous(level), drift)
          observe volume : real ~ Normal(level, noise)
        }
        """, data: OracleData(columns: ["volume": volume]),
      parameters: ["start": [1000], "drift": [38], "noise": [122]])
  }

  @Test func localLevel() throws {
    let oracle = try Self.level(Self.nile)
    #expect(close(try oracle.logLikelihood(), -53.24982279987824))
    let posterior = try oracle.rowPosterior(of: "level")
    #expect(
      close(
        posterior.map { $0.mean[0] },
        [
          1107.1668492049096, 1106.5408120215834, 1100.7283284904445, 1108.2778246919186,
          1105.9585476372195, 1098.396334731147, 1084.857523286494, 1097.6934944020195,
        ]))
    #expect(
      close(
        posterior.map { $0.standardDeviations[0] },
        [
          63.02216056950205, 56.90229923525643, 53.555768990085205, 52.11439279100809,
          52.15745323928424, 53.69799858140005, 57.183515169027444, 63.5094938749545,
        ]))
  }

  @Test func localLevelWithGaps() throws {
    var volume = Self.nile
    volume[3] = .nan
    volume[7] = .nan
    let oracle = try Self.level(volume)
    #expect(close(try oracle.logLikelihood(), -40.15913085412885))
    let posterior = try oracle.rowPosterior(of: "level")
    #expect(close(posterior[3].mean, [1064.6357137240584]))
    #expect(close(posterior[7].mean, [1031.331149298461]))
    #expect(close(posterior[7].standardDeviations, [76.0941652451]))
    // A missing volume is the level with the noise on top.
    let volumes = try oracle.rowPosterior(of: "volume")
    #expect(close(volumes[7].mean, [1031.331149298461]))
    #expect(close(volumes[7].covariance, [76.0941652451 * 76.0941652451 + 122 * 122], 1e-9))
  }

  /// A deterministic slope is a parameter's worth of drift: y is a random walk about a line.
  @Test func fixedSlope() throws {
    let oracle = try Oracle(
      text: """
        model Slope
        param step : real
        each row in order {
          latent slope : real initially Normal(step, 0) then Normal(previous(slope), 0)
          latent level : real initially Normal(0, 2) then = previous(level) + previous(slope)
          observe y : real ~ Normal(level, 1)
        }
        """, data: OracleData(columns: ["y": [0.4, 1.9, 2.2]]), parameters: ["step": [0.7]])
    // Residuals about 0, 0.7, 1.4 share a start with variance 4: closed by hand.
    let r = [0.4, 1.2, 0.8]
    let (n, s, q) = (3.0, r.reduce(0, +), r.reduce(0) { $0 + $1 * $1 })
    let shrink = 4 / (1 + 4 * n)
    let expected =
      -0.5 * n * 1.8378770664093453 - 0.5 * 2.5649493574615367 - 0.5 * (q - shrink * s * s)
    #expect(close(try oracle.logLikelihood(), expected))
    let levels = try oracle.rowPosterior(of: "level")
    #expect(close(levels[2].mean, [shrink * s + 1.4]))
    #expect(close(levels[2].covariance, [shrink]))
  }

  static let y = [1.3, -0.4, 0.9, 2.2, 0.1, 1.8, 2.9]
  static let x = [0.5, -1.0, 1.5, 0.0, 2.0, -0.5, 1.0]

  @Test func interceptsOfInterleavedGroups() throws {
    let oracle = try Oracle(
      text: """
        model Intercept
        param b : real
        param slope : real
        param tau : positive
        param sigma : positive
        each subject by subject {
          latent u : real ~ Normal(0, tau)
          each row {
            given x : real
            observe y : real ~ Normal(b + slope * x + u, sigma)
          }
        }
        """,
      data: OracleData(
        columns: ["x": Self.x, "y": Self.y], groups: ["subject": [0, 1, 0, 2, 1, 0, 2]]),
      parameters: ["b": [0.7], "slope": [0.4], "tau": [1.1], "sigma": [0.6]])
    #expect(close(try oracle.logLikelihood(), -9.962143247675275))
    let u = try oracle.rowPosterior(of: "u")
    #expect(
      close(u.map { $0.mean[0] }, [0.39423558897243094, -0.9140287769784173, 1.436330935251799]))
    #expect(
      close(
        u.map { $0.standardDeviations[0] },
        [0.3304132750523618, 0.3958416949766841, 0.3958416949766841]))
  }

  @Test func crossedGroups() throws {
    let oracle = try Oracle(
      text: """
        model Crossed
        param b : real
        param slope : real
        param tau : positive
        param eta : positive
        param sigma : positive
        each subject by subject { latent u : real ~ Normal(0, tau) }
        each item by item { latent w : real ~ Normal(0, eta) }
        each row {
          given x : real
          observe y : real ~ Normal(b + slope * x + u + w, sigma)
        }
        """,
      data: OracleData(
        columns: ["x": Self.x, "y": Self.y],
        groups: ["subject": [0, 1, 0, 2, 1, 0, 2], "item": [0, 0, 1, 1, 1, 0, 0]]),
      parameters: ["b": [0.7], "slope": [0.4], "tau": [1.1], "eta": [0.8], "sigma": [0.6]])
    #expect(close(try oracle.logLikelihood(), -9.854705442417895))
    #expect(
      close(
        try oracle.rowPosterior(of: "u").map { $0.standardDeviations[0] },
        [0.5176875773968572, 0.5471031608603512, 0.5471031608603515]))
  }

  static let five: [[Double]] = [
    [0.2, 1.1, -0.7], [1.5, 2.0, 0.3], [-0.9, 0.4, -1.2], [0.1, 0.0, 0.8], [2.2, 3.1, 0.5],
  ]
  static let ppca = """
    model PPCA(L = 2, D = 3)
    param W : real[D, L]
    param mu : real[D]
    param sigma : positive
    each row {
      latent z : real[L] ~ Normal(0, 1)
      observe x : real[D] ~ Normal(W * z + mu, sigma)
    }
    """
  static let loadings: [String: [Double]] = [
    "W": [1, 0.2, 1.3, -0.4, 0.5, 0.9], "mu": [0.5, 1.2, -0.1], "sigma": [0.7],
  ]

  @Test func probabilisticPCA() throws {
    let oracle = try Oracle(
      text: Self.ppca, data: OracleData(rows: 5, values: ["x": Self.five]),
      parameters: Self.loadings)
    #expect(close(try oracle.logLikelihood(), -19.021877911368453))
    let z = try oracle.rowPosterior(of: "z")
    #expect(
      close(
        z.flatMap(\.mean),
        [
          -0.19933308632826977, -0.35605779918488334, 0.649129307150797, 0.10374212671359759,
          -0.8505099354536771, -0.5596224722606813, -0.47235818334275886, 0.8476043758897058,
          1.3044597414247, -0.0330531775901407,
        ]))
    #expect(
      close(
        z[0].covariance,
        [0.14332793822273315, -0.01242175464597021, -0.012421754645970173, 0.327743218735984]))
    var rows = Self.five
    rows[0][1] = .nan
    let missing = try Oracle(
      text: Self.ppca, data: OracleData(rows: 5, values: ["x": rows]), parameters: Self.loadings)
    #expect(close(try missing.logLikelihood(), -17.964797344862482))
  }

  @Test func mixtureOfPPCA() throws {
    let oracle = try Oracle(
      text: """
        model MixturePPCA(K = 2, L = 2, D = 3)
        param weights : simplex[K]
        param W : real[K, D, L]
        param mu : real[K, D]
        param sigma : positive[K]
        each row {
          latent k : category[K] ~ Categorical(weights)
          latent z : real[L] ~ Normal(0, 1)
          observe x : real[D] ~ Normal(W[k] * z + mu[k], sigma[k])
        }
        """, data: OracleData(rows: 5, values: ["x": Self.five]),
      parameters: [
        "weights": [0.3, 0.7], "sigma": [0.7, 1.1], "mu": [0.5, 1.2, -0.1, -0.2, 0.4, 0.6],
        "W": [1, 0.2, 1.3, -0.4, 0.5, 0.9, -0.6, 0.1, 0.2, 1.1, 0.9, 0.4],
      ])
    #expect(close(try oracle.logLikelihood(), -22.095318960683556))
    #expect(
      close(
        try oracle.rowPosterior(of: "k").map { $0.probabilities[0][0] },
        [
          0.5508838570576029, 0.690972245060909, 0.5450926165266264, 0.28916859495916136,
          0.8754728622562822,
        ]))
    #expect(
      close(
        try oracle.rowPosterior(of: "z").flatMap(\.mean),
        [
          -0.36742175201985644, -0.09413795506429039, 0.27058199847076203, 0.32337149054141545,
          -0.6681913719129206, -0.4027266940115899, -0.14081058028343493, 0.1553784579409202,
          1.054552773489255, 0.141037171385028,
        ]))
  }

  /// A Gaussian of a group with labels of its rows: Kⁿ terms a group.
  @Test func labelledGroups() throws {
    let oracle = try Oracle(
      text: """
        model Labelled(K = 2)
        param w : simplex[K]
        param m : real[K]
        param s : positive[K]
        each site by site {
          latent u : real ~ Normal(0, 0.8)
          each row {
            latent k : category[K] ~ Categorical(w)
            observe y : real ~ Normal(m[k] + u, s[k])
          }
        }
        """,
      data: OracleData(
        columns: ["y": [0.3, 2.5, -0.4, 3.9, 1.0]], groups: ["site": [0, 0, 1, 0, 1]]),
      parameters: ["w": [0.4, 0.6], "m": [0, 2.5], "s": [0.5, 0.9]])
    #expect(close(try oracle.logLikelihood(), -9.087360494560453))
    #expect(
      close(
        try oracle.rowPosterior(of: "u").map { $0.mean[0] },
        [0.3476614305832686, -0.42281294189572427]))
  }

  /// An observed chain of two lags; its missing value is inferred from both sides.
  @Test func autoregression() throws {
    let text = """
      model AR
      param a : real
      param b : real
      param c : real
      each row in order {
        observe y : real initially Normal(1, 2)
          then Normal(a + b * previous(y) + c * previous(y, 2), 0.5)
      }
      """
    let parameters = ["a": [0.3], "b": [0.6], "c": [-0.2]]
    var y = [0.4, 1.9, 1.1, 0.0, 0.6, -0.2]
    let full = try Oracle(text: text, data: OracleData(columns: ["y": y]), parameters: parameters)
    #expect(close(try full.logLikelihood(), -7.101586838108144))
    y[3] = .nan
    let gap = try Oracle(text: text, data: OracleData(columns: ["y": y]), parameters: parameters)
    #expect(close(try gap.logLikelihood(), -5.426751603774023))
    let posterior = try gap.rowPosterior(of: "y")
    #expect(close(posterior[3].mean, [0.76]))
    #expect(close(posterior[3].standardDeviations, [0.4225771273642587]))
    #expect(posterior[2].mean == [1.1])
  }

  /// Entries of a covariance move apart, yet give the symmetric gradient of the full matrix.
  @Test func covarianceGradient() throws {
    let oracle = try Oracle(
      text: """
        model One
        param S : covariance[2]
        each row { observe x : real[2] ~ MultivariateNormal(0, S) }
        """, data: OracleData(rows: 1, values: ["x": [[0.1, 0.2]]]),
      parameters: ["S": [1.3, 0.4, 0.4, 0.9]])
    #expect(
      close(
        try oracle.gradient()["S"] ?? [],
        [-0.44549553965297517, 0.19909812763454562, 0.19909812763454562, -0.6198411920399961],
        1e-9))
  }

  @Test func noNoiseHasNoDensity() throws {
    var parameters = Self.loadings
    parameters["sigma"] = [0]
    let oracle = try Oracle(
      text: Self.ppca, data: OracleData(rows: 5, values: ["x": Self.five]), parameters: parameters)
    #expect(throws: OracleError.degenerate) { try oracle.logLikelihood() }
  }
}
