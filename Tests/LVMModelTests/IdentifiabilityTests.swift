import LVMModel
import Testing

/// What the graph proves about how far parameters and latents are told by data.
@Suite struct IdentifiabilityTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    /// Extents by variable; what is not named has none.
    var extents: [String: String]
    var directions = 0
    var redundancies = 0
    var testDescription: String { name }
  }

  static let permuted = "up to permutation"

  static let cases = [
    Case(
      name: "labels of a mixture",
      text: """
        param w : simplex[3]
        param m : real[3, 2]
        param s : positive[2]
        each row {
          latent k : category[3] ~ Categorical(w)
          observe x : real[2] ~ Normal(m[k], s)
        }
        """, extents: ["k": permuted, "w": permuted, "m": permuted]),
    Case(
      name: "labels with an exchangeable prior, through a name for an expression",
      text: """
        param w : simplex[2] ~ Dirichlet([2, 2])
        param m : real[2] ~ Normal(0, 5)
        each row {
          latent k : category[2] ~ Categorical(w)
          let centre = m[k]
          observe x : real ~ Normal(centre, 1)
        }
        """, extents: ["k": permuted, "w": permuted, "m": permuted]),
    Case(
      name: "a vector of labels that share one numbering",
      text: """
        param w : simplex[3]
        param m : real[3]
        each row {
          latent c : category[2, 3] ~ Categorical(w)
          observe x : real ~ Normal(m[c[1]] + m[c[2]], 1)
        }
        """, extents: ["c": permuted, "w": permuted, "m": permuted]),
    Case(
      name: "a vector of labels with weights and locations of each entry's own",
      text: """
        param w : simplex[2, 3]
        param m : real[2, 3]
        each row {
          latent c : category[2, 3] ~ Categorical(w)
          observe x : real ~ Normal(m[1, c[1]], 1)
          observe y : real ~ Normal(m[2, c[2]], 1)
        }
        """, extents: ["c": permuted, "w": permuted, "m": permuted]),
    Case(
      name: "an entry of observed labels ties a vector of latent ones",
      text: """
        param w : simplex[3]
        param m : real[3]
        each row {
          observe g : category[2, 3] ~ Categorical([0.5, 0.25, 0.25])
          observe y : real ~ Normal(m[g[1]], 1)
          latent c : category[2, 3] ~ Categorical(w)
          observe x : real ~ Normal(m[c[1]] + m[c[2]], 1)
        }
        """, extents: ["c": "identified"]),
    Case(
      name: "a prior that tells the labels apart",
      text: """
        param w : simplex[2] ~ Dirichlet([2, 5])
        param m : real[2]
        each row {
          latent k : category[2] ~ Categorical(w)
          observe x : real ~ Normal(m[k], 1)
        }
        """, extents: [:]),
    Case(
      name: "constant weights that differ name the labels",
      text: """
        param m : real[2]
        each row {
          latent k : category[2] ~ Categorical([0.3, 0.7])
          observe x : real ~ Normal(m[k], 1)
        }
        """, extents: ["k": "identified"]),
    Case(
      name: "equal constant weights do not",
      text: """
        param m : real[2]
        each row {
          latent k : category[2] ~ Categorical([0.5, 0.5])
          observe x : real ~ Normal(m[k], 1)
        }
        """, extents: ["k": permuted, "m": permuted]),
    Case(
      name: "of three constants two are the same: those two can be traded",
      text: """
        param m : real[3]
        each row {
          latent k : category[3] ~ Categorical([0.25, 0.25, 0.5])
          observe x : real ~ Normal(m[k], [1, 1, 3][k])
        }
        """, extents: ["k": permuted, "m": permuted]),
    Case(
      name: "an observed label of the same numbering ties",
      text: """
        param w : simplex[2]
        param m : real[2]
        each row {
          observe group : category[2] ~ Categorical([0.5, 0.5])
          observe y : real ~ Normal(m[group], 1)
          latent k : category[2] ~ Categorical(w)
          observe x : real ~ Normal(m[k], 1)
        }
        """, extents: ["k": "identified"]),
    Case(
      name: "a label used as something else than an index: nothing is known",
      text: """
        param w : simplex[2]
        param m : real[2]
        each row {
          latent k : category[2] ~ Categorical(w)
          observe x : real ~ Normal(m[k] + sum(m), 1)
        }
        """, extents: [:]),
    Case(
      name: "a chain",
      text: """
        param start : simplex[2]
        param step  : simplex[2, 2]
        param rate  : positive[2]
        each row in order {
          latent s : category[2] initially Categorical(start) then Categorical(step[previous(s)])
          observe n : count ~ Poisson(rate[s])
        }
        """, extents: ["s": permuted, "start": permuted, "step": permuted, "rate": permuted]),
    Case(
      name: "a binary latent beside an offset",
      text: """
        param p : unit
        param a : real
        param b : real
        param s : positive
        each row {
          latent on : binary ~ Bernoulli(p)
          observe x : real ~ Normal(a + b * on, s)
        }
        """, extents: ["on": permuted, "p": permuted, "a": permuted, "b": permuted]),
    Case(
      name: "a binary latent without an offset",
      text: """
        param p : unit
        param b : real
        each row {
          latent on : binary ~ Bernoulli(p)
          observe x : real ~ Normal(b * on, 1)
        }
        """, extents: [:]),
    Case(
      name: "a rotation",
      text: """
        param w : real[5, 3]
        param m : real[5]
        param s : positive[5]
        each row {
          latent z : real[3] ~ Normal(0, 1)
          observe x : real[5] ~ Normal(w * z + m, s)
        }
        """, extents: ["z": "up to rotation", "w": "up to rotation"], directions: 3),
    Case(
      name: "two maps turn together",
      text: """
        param w : real[4, 2]
        param v : real[3, 2]
        each row {
          latent z : real[2] ~ Normal(0, 1)
          observe x : real[4] ~ Normal(w * z, 1)
          observe y : real[3] ~ Normal(v * z, 1)
        }
        """,
      extents: ["z": "up to rotation", "w": "up to rotation", "v": "up to rotation"], directions: 1),
    Case(
      name: "one of two maps is fixed",
      text: """
        param w : real[2, 2]
        each row {
          latent z : real[2] ~ Normal(0, 1)
          observe x : real[2] ~ Normal(w * z, 1)
          observe y : real[2] ~ Normal([[1, 0], [0, 1]] * z, 1)
        }
        """, extents: [:]),
    Case(
      name: "a rotation for each label",
      text: """
        param p : simplex[3]
        param w : real[3, 4, 2]
        each row {
          latent k : category[3] ~ Categorical(p)
          latent z : real[2] ~ Normal(0, 1)
          observe x : real[4] ~ Normal(w[k] * z, 1)
        }
        """,
      extents: [
        "k": permuted, "p": permuted, "z": "up to rotation", "w": "up to rotation and permutation",
      ], directions: 3),
    Case(
      name: "a group's latent under maps chosen by row turns once",
      text: """
        param w : real[3, 4, 2]
        each g by g {
          latent z : real[2] ~ Normal(0, 1)
          each row {
            given c : category[3]
            observe x : real[4] ~ Normal(w[c] * z, 1)
          }
        }
        """, extents: ["z": "up to rotation", "w": "up to rotation"], directions: 1),
    Case(
      name: "fewer rows than columns: the orbit of two rows in four dimensions",
      text: """
        param w : real[2, 4]
        each row {
          latent z : real[4] ~ Normal(0, 1)
          observe x : real[2] ~ Normal(w * z, 1)
        }
        """, extents: ["z": "up to rotation", "w": "up to rotation"], directions: 5),
    Case(
      name: "a single latent has a sign",
      text: """
        param w : real[4]
        each row {
          latent z : real ~ Normal(0, 1)
          observe x : real[4] ~ Normal(w * z, 1)
        }
        """, extents: ["z": "up to sign", "w": "up to sign"]),
    Case(
      name: "a latent with no free map is what it is",
      text: """
        param tau : positive
        each g by g {
          latent u : real ~ Normal(0, tau)
          each row { observe x : real ~ Normal(u, 1) }
        }
        """, extents: [:]),
    Case(
      name: "scale beside weights",
      text: """
        param w   : real[4]
        param tau : positive
        each row {
          latent z : real ~ Normal(0, tau)
          observe x : real[4] ~ Normal(w * z, 1)
        }
        """,
      extents: [
        "z": "up to scale and sign", "w": "up to scale and sign", "tau": "up to scale and sign",
      ],
      directions: 1, redundancies: 1),
    Case(
      name: "a scale for each latent, beside a matrix",
      text: """
        param w   : real[5, 2]
        param tau : positive[2]
        each row {
          latent z : real[2] ~ Normal(0, tau)
          observe x : real[5] ~ Normal(w * z, 1)
        }
        """,
      extents: [
        "z": "up to scale and rotation", "w": "up to scale and rotation", "tau": "up to scale",
      ],
      directions: 3, redundancies: 1),
    Case(
      name: "a scale for each latent, beside columns of unit length: nothing turns",
      text: """
        param w   : orthonormal[5, 2]
        param tau : positive[2]
        each row {
          latent z : real[2] ~ Normal(0, tau)
          observe x : real[5] ~ Normal(w * z, 1)
        }
        """, extents: ["z": "up to sign", "w": "up to sign"]),
    Case(
      name: "a mean beside an offset",
      text: """
        param m   : real
        param b   : real
        param tau : positive
        param s   : positive
        each g by g {
          latent u : real ~ Normal(m, tau)
          each row { observe x : real ~ Normal(b + u, s) }
        }
        """, extents: ["u": "up to shift", "m": "up to shift", "b": "up to shift"], directions: 1,
      redundancies: 1),
    Case(
      name: "a random slope's mean beside the slope",
      text: """
        param m   : real
        param b   : real
        param a   : real
        param tau : positive
        each g by g {
          latent u : real ~ Normal(m, tau)
          each row {
            given t : real
            observe x : real ~ Normal(a + b * t + u * t, 1)
          }
        }
        """, extents: ["u": "up to shift", "m": "up to shift", "b": "up to shift"], directions: 1,
      redundancies: 1),
    Case(
      name: "a mean that an offset of another factor cannot take up",
      text: """
        param m   : real
        param b   : real
        each g by g {
          latent u : real ~ Normal(m, 1)
          each row {
            observe x : real ~ Normal(b + u, 1)
            observe y : real ~ Normal(u, 1)
          }
        }
        """, extents: [:]),
    Case(
      name: "effects that add up",
      text: """
        param a : real[3, 2]
        param b : real[4, 2]
        each row {
          given i : category[3]
          given j : category[4]
          observe x : real[2] ~ Normal(a[i] + b[j], 1)
        }
        """, extents: ["a": "up to shift", "b": "up to shift"], directions: 2),
    Case(
      name: "three effects, inside a link",
      text: """
        param c : real
        param a : real[3]
        param b : real[4]
        each row {
          given i : category[3]
          given j : category[4]
          observe n : count ~ Poisson(exp(c + a[i] + b[j]))
        }
        """, extents: ["a": "up to shift", "b": "up to shift", "c": "up to shift"], directions: 2),
    Case(
      name: "one of the effects also stands alone",
      text: """
        param a : real[3]
        param b : real[3]
        each row {
          given i : category[3]
          observe x : real ~ Normal(a[i] + b[i], 1)
          observe y : real ~ Normal(a[i], 1)
        }
        """, extents: [:]),
    Case(
      name: "a prior fixes what the data leave open",
      text: """
        param a : real ~ Normal(0, 1)
        param b : real
        each row { observe x : real ~ Normal(a + b, 1) }
        """, extents: [:]),
    Case(
      name: "two offsets, two factors, two spreads",
      text: """
        param a : real
        param b : real
        param p : positive
        param q : positive
        param s : positive
        param t : positive
        each row {
          given v : real
          latent u : real ~ Normal(0, t)
          observe x : real ~ Normal(a + b + p * q * v + u, s)
        }
        """,
      extents: [
        "a": "up to shift", "b": "up to shift", "p": "up to scale", "q": "up to scale",
        "s": "up to scale", "t": "up to scale", "u": "up to scale",
      ], directions: 3, redundancies: 3),
    Case(
      name: "logits may all grow alike",
      text: """
        param a : real[3]
        param b : real[3, 2]
        each row {
          given x : real[2]
          observe y : category[3] ~ Categorical(logits: a + b * x)
        }
        """, extents: ["a": "up to shift", "b": "up to shift"], directions: 3),
    Case(
      name: "what is observed as it stands is identified",
      text: """
        param w : simplex[3]
        param m : real[3]
        param s : positive
        each row {
          observe c : category[3] ~ Categorical(w)
          observe x : real ~ Normal(m[c], s)
        }
        """, extents: ["w": "identified", "m": "identified", "s": "identified"]),
  ]

  @Test(arguments: cases) func isProved(_ wanted: Case) throws {
    let graph = try #require(Corpus.graph("model M\n" + wanted.text + "\n"))
    let found = graph.sized([:]).identifiability()
    var extents: [String: String] = [:]
    for v in graph.variables { extents[v.name] = found.extent(of: v.id) }
    #expect(extents == wanted.extents)
    #expect(found.directions == wanted.directions)
    #expect(found.symmetries.filter { $0.redundancy != nil }.count == wanted.redundancies)
  }

  @Test func labelsThatTheDataNameAreKnown() throws {
    let graph = try #require(
      Corpus.graph(
        """
        model M
        param w : simplex[2]
        param m : real[2]
        each row {
          latent k : category[2] ~ Categorical(w)
          observe x : real ~ Normal(m[k], 1)
        }
        """))
    let k = try #require(graph.variable(named: "k")).id
    #expect(graph.identifiability(known: [k]).extent(of: k) == "identified")
  }

  @Test func deepNamesAreGivenUpNotExpanded() throws {
    var text = "model M\nparam a : real\neach row {\n  let l0 = a + a\n"
    for i in 1...40 { text += "  let l\(i) = l\(i - 1) + l\(i - 1)\n" }
    text += "  observe x : real ~ Normal(l40, 1)\n}\n"
    let graph = try #require(Corpus.graph(text))
    #expect(graph.identifiability() == Identifiability())
  }
}
