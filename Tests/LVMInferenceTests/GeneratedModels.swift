/// Models of random structure: each number gives another, the same on every machine.
enum GeneratedModels {
  static let all: [Case] = (0..<16).flatMap {
    [
      labels($0), effects($0), hiddenMarkov($0), stateSpace($0), mixtureOfFactors($0),
      regressions($0),
    ]
  }

  private static func emission(_ name: String, _ indices: [(String, Int)], _ d: inout Draws)
    -> (parameters: String, statement: String)
  {
    let dims = indices.map { "\($0.1)" }.joined(separator: ", ")
    let index = indices.map(\.0).joined(separator: ", ")
    let p = "\(name)p"
    switch d.below(5) {
    case 0:
      return (
        "param \(p) : real[\(dims)] param \(name)s : positive[\(dims)]",
        "observe \(name) : real ~ Normal(\(p)[\(index)], \(name)s[\(index)])"
      )
    case 1:
      return (
        "param \(p) : real[\(dims), 2] param \(name)s : positive",
        "observe \(name) : real[2] ~ Normal(\(p)[\(index)], \(name)s)"
      )
    case 2:
      return (
        "param \(p) : positive[\(dims)]", "observe \(name) : count ~ Poisson(\(p)[\(index)])"
      )
    case 3:
      return (
        "param \(p) : simplex[\(dims), 3]",
        "observe \(name) : category[3] ~ Categorical(\(p)[\(index)])"
      )
    default:
      return (
        "param \(p) : unit[\(dims), 2]", "observe \(name) : binary[2] ~ Bernoulli(\(p)[\(index)])"
      )
    }
  }

  /// A random tree of labels, the first perhaps of the group, with several observed variables.
  static func labels(_ n: Int) -> Case {
    let name = "generated labels \(n)"
    var d = Draws(name)
    let count = 1 + d.below(3)
    let grouped = d.below(2) == 0
    var parameters: [String] = []
    var latents: [String] = []
    var states: [(String, Int)] = []
    for i in 0..<count {
      let k = 2 + d.below(2)
      if i > 0, d.below(3) > 0 {
        let parent = states[d.below(i)]
        parameters.append("param w\(i) : simplex[\(parent.1), \(k)]")
        latents.append("latent k\(i) : category[\(k)] ~ Categorical(w\(i)[\(parent.0)])")
      } else {
        parameters.append("param w\(i) : simplex[\(k)]")
        latents.append("latent k\(i) : category[\(k)] ~ Categorical(w\(i))")
      }
      states.append(("k\(i)", k))
    }
    var observed: [String] = []
    for i in 0..<1 + d.below(3) {
      let first = d.below(count)
      let second = d.below(count)
      let indices = first == second ? [states[first]] : [states[first], states[second]]
      let e = emission("x\(i)", indices, &d)
      parameters.append(e.parameters)
      observed.append(e.statement)
    }
    let inner = (latents.dropFirst() + observed).joined(separator: "\n")
    let rows = "each row {\n\(grouped ? "" : latents[0] + "\n")\(inner)\n}"
    return Case(
      name, parameters.joined(separator: "\n"),
      grouped ? "each g by g {\n\(latents[0])\n\(rows)\n}" : rows,
      rows: count == 3 ? 3 : grouped ? 5 : 4,
      missing: d.below(2) == 0 ? 0 : 0.3)
  }

  /// Gaussian latents of rows and of up to two levels of groups under random linear maps.
  static func effects(_ n: Int) -> Case {
    let name = "generated effects \(n)"
    var d = Draws(name)
    var parameters: [String] = []
    var levels: [[String]] = [[], [], []]
    var latents: [(String, Int)] = []
    let depth = d.below(3)
    for i in 0..<1 + d.below(3) {
      let size = 1 + d.below(2)
      let level = d.below(depth + 1)
      parameters.append("param t\(i) : positive[\(size)] param c\(i) : real[\(size)]")
      levels[level].append("latent z\(i) : real[\(size)] ~ Normal(c\(i), t\(i))")
      latents.append(("z\(i)", size))
    }
    for j in 0..<1 + d.below(2) {
      let width = 1 + d.below(3)
      var terms: [String] = []
      for (i, latent) in latents.enumerated() where i == 0 || d.below(3) > 0 {
        parameters.append("param W\(j)\(i) : real[\(width), \(latent.1)]")
        terms.append("W\(j)\(i) * \(latent.0)")
      }
      let mean = terms.joined(separator: " + ")
      if d.below(2) == 0 {
        parameters.append("param s\(j) : positive[\(width)]")
        levels[0].append("observe x\(j) : real[\(width)] ~ Normal(\(mean), s\(j))")
      } else {
        parameters.append("param S\(j) : covariance[\(width)]")
        levels[0].append("observe x\(j) : real[\(width)] ~ MultivariateNormal(\(mean), S\(j))")
      }
    }
    var text = "each row {\n\(levels[0].joined(separator: "\n"))\n}"
    if depth > 0 { text = "each b by b {\n\(levels[1].joined(separator: "\n"))\n\(text)\n}" }
    if depth > 1 { text = "each a by a {\n\(levels[2].joined(separator: "\n"))\n\(text)\n}" }
    return Case(
      name, parameters.joined(separator: "\n"), text, rows: 3 + d.below(5),
      missing: d.below(2) == 0 ? 0 : 0.3)
  }

  static func hiddenMarkov(_ n: Int) -> Case {
    let name = "generated hidden Markov \(n)"
    var d = Draws(name)
    let k = 2 + d.below(2)
    var parameters = ["param a : simplex[\(k)] param T : simplex[\(k), \(k)]"]
    var lines = [
      "latent s : category[\(k)] initially Categorical(a) then Categorical(T[previous(s)])"
    ]
    for i in 0..<1 + d.below(2) {
      let e = emission("x\(i)", [("s", k)], &d)
      parameters.append(e.parameters)
      lines.append(e.statement)
    }
    let rows = "each row in order {\n\(lines.joined(separator: "\n"))\n}"
    let series = d.below(2) == 0
    return Case(
      name, parameters.joined(separator: "\n"),
      series ? "each series by series {\n\(rows)\n}" : rows, rows: series ? 7 : 5,
      missing: d.below(2) == 0 ? 0 : 0.3)
  }

  static func stateSpace(_ n: Int) -> Case {
    let name = "generated state space \(n)"
    var d = Draws(name)
    let l = 1 + d.below(3)
    let m = 1 + d.below(3)
    let covariate = d.below(2) == 0
    var parameters = [
      "param A : real[\(l), \(l)] param C : real[\(m), \(l)] param i : real[\(l)]"
    ]
    let drift = covariate ? " + u * c" : ""
    if covariate { parameters.append("param u : real[\(l)]") }
    let full = d.below(2) == 0
    parameters.append(full ? "param Q : covariance[\(l)]" : "param Q : positive[\(l)]")
    let family = full ? "MultivariateNormal" : "Normal"
    let fullNoise = d.below(2) == 0
    parameters.append(fullNoise ? "param R : covariance[\(m)]" : "param R : positive[\(m)]")
    let noise = fullNoise ? "MultivariateNormal" : "Normal"
    let lines = [
      covariate ? "given c : real" : "",
      "latent z : real[\(l)] initially Normal(i, 1) then \(family)(A * previous(z)\(drift), Q)",
      "observe x : real[\(m)] ~ \(noise)(C * z, R)",
    ]
    let rows = "each row in order {\n\(lines.joined(separator: "\n"))\n}"
    let series = d.below(2) == 0
    return Case(
      name, parameters.joined(separator: "\n"),
      series ? "each series by series {\n\(rows)\n}" : rows, rows: 2 + d.below(5),
      missing: d.below(2) == 0 ? 0 : 0.3)
  }

  /// Lines whose coefficients are shared or a label's own, with random covariates and priors.
  static func regressions(_ n: Int) -> Case {
    let name = "generated regressions \(n)"
    var d = Draws(name)
    let k = 2 + d.below(2)
    let c = 1 + d.below(2)
    let m = d.below(2) == 0 ? 0 : 2
    let weights = ["", " ~ Dirichlet(2)"][d.below(2)]
    var parameters = ["param w : simplex[\(k)]\(weights)"]
    func place(_ symbol: String, _ dims: [Int], _ kind: String, _ priors: [String]) -> String {
      let isOwn = d.below(3) > 0
      let all = (isOwn ? [k] : []) + dims
      let shape = all.isEmpty ? "" : "[\(all.map(String.init).joined(separator: ", "))]"
      let prior = d.below(2) == 0 ? "" : " ~ \(priors[d.below(priors.count)])"
      parameters.append("param \(symbol) : \(kind)\(shape)\(prior)")
      return isOwn ? "\(symbol)[k]" : symbol
    }
    let own = m == 0 ? [] : [m]
    let priors = ["Normal(0.5, 2)", "Laplace(0, 1)", "Normal(0, 1)"]
    var terms = [place("a", own, "real", priors)]
    let slope = place("b", own + [c], "real", priors)
    terms.append(m == 0 ? "dot(\(slope), u)" : "\(slope) * u")
    if d.below(2) == 0 { terms.append("u[1] * \(place("e", [], "real", priors))") }
    let scale = place("s", d.below(2) == 0 ? own : [], "positive", ["Gamma(2, 1)"])
    let family = m == 0 && d.below(4) == 0 ? "LogNormal" : "Normal"
    let text = """
      each row {
        given u : real[\(c)]
        latent k : category[\(k)] ~ Categorical(w)
        observe x : \(family == "Normal" ? "real" : "positive")\(m == 0 ? "" : "[\(m)]") ~ \(family)(\(terms.joined(separator: d.below(2) == 0 ? " + " : " - ")), \(scale))
      }
      """
    return Case(
      name, parameters.joined(separator: "\n"), text, rows: 5,
      missing: d.below(2) == 0 ? 0 : 0.3)
  }

  /// Labels that choose among linear maps, at random places.
  static func mixtureOfFactors(_ n: Int) -> Case {
    let name = "generated mixture of factors \(n)"
    var d = Draws(name)
    let k = 2 + d.below(2)
    let l = 1 + d.below(2)
    let m = 1 + d.below(3)
    var parameters = ["param w : simplex[\(k)]"]
    func indexed(_ symbol: String, _ dims: String, _ kind: String) -> String {
      let chosen = d.below(3) > 0
      parameters.append("param \(symbol) : \(kind)[\(chosen ? "\(k), " : "")\(dims)]")
      return chosen ? "\(symbol)[k]" : symbol
    }
    let prior = "Normal(\(indexed("c", "\(l)", "real")), \(indexed("t", "\(l)", "positive")))"
    let map = "\(indexed("W", "\(m), \(l)", "real")) * z + \(indexed("b", "\(m)", "real"))"
    let text = """
      each row {
        latent k : category[\(k)] ~ Categorical(w)
        latent z : real[\(l)] ~ \(prior)
        observe x : real[\(m)] ~ Normal(\(map), \(indexed("s", "\(m)", "positive")))
      }
      """
    return Case(
      name, parameters.joined(separator: "\n"), text, rows: 4, missing: d.below(2) == 0 ? 0 : 0.3)
  }
}
