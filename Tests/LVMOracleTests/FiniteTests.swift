import LVMOracle
import Testing

/// Enumeration, against the numbers of reference.py.
@Suite struct FiniteTests {
  static func mixture() throws -> Oracle {
    try Oracle(
      text: """
        model Mixture(K = 2)
        param weights : simplex[K]
        param mean : real[K]
        param scale : positive[K]
        each row {
          latent k : category[K] ~ Categorical(weights)
          observe x : real ~ Normal(mean[k], scale[k])
        }
        """,
      data: OracleData(columns: ["x": [-1.2, 0.3, 2.9, 3.4, -0.5, 4.1]]),
      parameters: ["weights": [0.35, 0.65], "mean": [-0.4, 3.1], "scale": [0.8, 1.3]])
  }

  @Test func mixtureLikelihoodAndResponsibilities() throws {
    let oracle = try Self.mixture()
    #expect(close(try oracle.logLikelihood(), -11.112842656666515))
    #expect(
      close(
        try oracle.rowLogLikelihoods(),
        [
          -2.2377166569806333, -1.975902854076066, -1.623741296976929, -1.638701603870483,
          -1.7288367012568793, -1.9079435435055268,
        ]))
    let posterior = try oracle.rowPosterior(of: "k")
    #expect(
      close(
        posterior.map { $0.probabilities[0][0] },
        [
          0.9921306771168021, 0.858535925827297, 0.00017872034193300285,
          1.1328764875324267e-05, 0.9757070365161598, 1.5842475901250355e-07,
        ], 1e-12))
    #expect(posterior.allSatisfy { close($0.probabilities[0].reduce(0, +), 1) })
  }

  @Test func mixtureGradient() throws {
    let gradient = try Self.mixture().gradient()
    #expect(close(gradient["weights"] ?? [], [8.075896705690932, 4.882209466166421], 1e-9))
    #expect(close(gradient["mean"] ?? [], [-0.45260399674942015, 0.3447574096988293], 1e-9))
    #expect(close(gradient["scale"] ?? [], [-1.448211903729802, -1.2124244410724645], 1e-9))
  }

  @Test func hiddenMarkovModel() throws {
    let oracle = try Oracle(
      text: """
        model HMM(K = 2)
        param start : simplex[K]
        param transition : simplex[K, K]
        param rate : positive[K]
        each row in order {
          latent s : category[K]
            initially Categorical(start) then Categorical(transition[previous(s)])
          observe y : count ~ Poisson(rate[s])
        }
        """,
      data: OracleData(columns: ["y": [1, 0, 4, 6, 2, 1]]),
      parameters: [
        "start": [0.6, 0.4], "transition": [0.8, 0.2, 0.3, 0.7], "rate": [0.9, 4.2],
      ])
    #expect(close(try oracle.logLikelihood(), -11.793007111489636))
    #expect(
      close(
        try oracle.rowPosterior(of: "s").map { $0.probabilities[0][1] },
        [
          0.05090701081016565, 0.03934993645309895, 0.9400279875924645, 0.9974694828422258,
          0.4847209985810464, 0.16014898275778247,
        ]))
    #expect(throws: OracleError.spansRows) { try oracle.rowLogLikelihoods() }
  }

  /// Two series whose rows alternate are as likely as the two alone.
  @Test func interleavedSeries() throws {
    let text = """
      model Series
      param start : unit
      param stay : unit
      param p : unit[2]
      each person by id { each row in order {
        latent s : category[2] initially Categorical([start, 1 - start])
          then Categorical([[stay, 1 - stay], [1 - stay, stay]][previous(s)])
        observe y : binary ~ Bernoulli(p[s])
      } }
      """
    let parameters = ["start": [0.3], "stay": [0.85], "p": [0.2, 0.9]]
    func likelihood(_ y: [Double], _ id: [Int]) throws -> Double {
      try Oracle(
        text: text, data: OracleData(columns: ["y": y], groups: ["person": id]),
        parameters: parameters
      ).logLikelihood()
    }
    let both = try likelihood([1, 0, 1, 1, 0, 0], [0, 1, 0, 1, 1, 0])
    let apart = try likelihood([1, 1, 0], [0, 0, 0]) + likelihood([0, 1, 0], [0, 0, 0])
    #expect(close(both, apart))
    #expect(!close(both, try likelihood([1, 0, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0]), 1e-3))
  }

  @Test func latentClass() throws {
    let text = """
      model LatentClass(K = 2, Q = 3, C = 3)
      param w : simplex[K]
      param p : simplex[K, Q, C]
      each row {
        latent k : category[K] ~ Categorical(w)
        observe y : category[Q, C] ~ Categorical(p[k])
      }
      """
    let parameters: [String: [Double]] = [
      "w": [0.45, 0.55],
      "p": [
        0.6, 0.3, 0.1, 0.2, 0.5, 0.3, 0.1, 0.2, 0.7, 0.2, 0.2, 0.6, 0.7, 0.2, 0.1, 0.5, 0.4, 0.1,
      ],
    ]
    var rows: [[Double]] = [[0, 1, 2], [1, 1, 0], [2, 0, 0], [0, 0, 1]]
    let full = try Oracle(
      text: text, data: OracleData(rows: 4, values: ["y": rows]), parameters: parameters)
    #expect(close(try full.logLikelihood(), -11.697889494983318))
    #expect(
      close(
        try full.rowPosterior(of: "k").map { $0.probabilities[0][0] },
        [0.9772492244053774, 0.38028169014084506, 0.007731958762886606, 0.2596153846153846]))
    rows[1][1] = .nan
    let missing = try Oracle(
      text: text, data: OracleData(rows: 4, values: ["y": rows]), parameters: parameters)
    #expect(close(try missing.logLikelihood(), -10.347441265636563))
    // The missing answer: the classes' probabilities of it, weighted by the class.
    let k = try missing.rowPosterior(of: "k")[1].probabilities[0]
    let answer = try missing.rowPosterior(of: "y")[1].probabilities
    #expect(
      close(answer[1], [0, 1, 2].map { k[0] * [0.2, 0.5, 0.3][$0] + k[1] * [0.7, 0.2, 0.1][$0] }))
    #expect(answer[0] == [0, 1, 0])
  }

  /// A count that thins to a Poisson: P(n) summed to its tail.
  @Test func latentCount() throws {
    let oracle = try Oracle(
      text: """
        model Thinned
        param rate : positive
        each row {
          latent n : count ~ Poisson(rate)
          observe y : count ~ Binomial(n, 0.3)
        }
        """, data: OracleData(columns: ["y": [0, 2, 5]]), parameters: ["rate": [4.5]])
    #expect(close(try oracle.logLikelihood(), -7.429906776189624))
    #expect(close(try oracle.rowPosterior(of: "n").map { $0.mean[0] }, [3.15, 5.15, 8.15]))
  }
}
