import Foundation
import LVM
import Testing

/// Parameter counts of models whose redundancy no rule about the graph names: ranks by
/// Reference/score_ranks.py.
@Suite struct IdentificationTests {
  /// Numbers that look drawn, the same in every run.
  private struct Stream {
    var state: UInt64

    mutating func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Double(state >> 12) + 0.5) * 0x1p-52
    }

    mutating func normal() -> Double { (0..<12).reduce(-6) { sum, _ in sum + uniform() } }
  }

  private func notIdentified(_ fit: Fit) -> [String] {
    fit.warnings.map(\.description).filter { $0.hasPrefix("not-identified") }
  }

  /// x = W z + noise with z = a t + noise, two numbers behind one.
  private func sixColumns(rows: Int) throws -> Table {
    var random = Stream(state: 7)
    let w = [[1.0, 0.2], [0.8, -0.4], [0.5, 0.9], [-0.3, 1.1], [0.9, 0.6], [0.1, -0.8]]
    var columns = [[Double]](repeating: [], count: 6)
    for _ in 0..<rows {
      let t = random.normal()
      let z = [0.8 * t + 0.6 * random.normal(), -0.5 * t + 0.6 * random.normal()]
      for d in 0..<6 {
        columns[d].append(w[d][0] * z[0] + w[d][1] * z[1] + 0.5 * random.normal())
      }
    }
    return try Table(columns: columns.enumerated().map { Column("x\($0.offset + 1)", $0.element) })
  }

  private static let nested = """
    model Nested(D)
    param a : real[2] param s : positive
    param W : real[D, 2] param mu : real[D] param psi : positive[D]
    each row {
      latent t : real ~ Normal(0, 1)
      latent z : real[2] ~ Normal(a * t, s)
      observe x : real[D] ~ Normal(W * z + mu, psi)
    }
    """

  /// 27 numbers, of which the mean and the covariance of six columns tell 23.
  @Test func latentOfLatent() throws {
    let table = try sixColumns(rows: 300)
    let fit = try Model(text: Self.nested).fit(table)
    #expect(fit.parameterCount == 23)
    let bic = try #require(fit.bic)
    #expect(abs(bic - (23 * log(300.0) - 2 * fit.objective.value)) < 1e-9)
    let warnings = notIdentified(fit)
    #expect(warnings.count == 1)
    for name in ["`a`", "`s`", "`W`"] { #expect(warnings.first?.contains(name) == true, "\(name)") }
    #expect(warnings.first?.contains("`mu`") == false)
    #expect(warnings.first?.contains("`psi`") == false)
    let plan = try Model(text: Self.nested).plan(for: table, probing: true)
    #expect(plan.identifiability.directions == 4)
    #expect(
      plan.explanation.contains("warning: not-identified: " + (warnings.first ?? "").dropFirst(16)))
  }

  /// Fewer rows than parameters leave nothing open that more rows would tell.
  @Test func fewRowsAreNoReason() throws {
    let text = """
      model Factors(D)
      param W : real[D] param mu : real[D] param psi : positive[D]
      each row { latent z : real ~ Normal(0, 1) observe x : real[D] ~ Normal(W * z + mu, psi) }
      """
    let plan = try Model(text: text).plan(for: sixColumns(rows: 9), probing: true)
    #expect(plan.identifiability.directions == 0)
  }

  private func answers(rows: Int) throws -> Table {
    var random = Stream(state: 3)
    var columns = [[Double]](repeating: [], count: 5)
    for _ in 0..<rows {
      let kind = random.uniform() < 0.4
      let t = (kind ? 1.0 : -0.8) + random.normal()
      for (q, b) in [-0.7, 0.2, 0.6, -0.1].enumerated() {
        columns[q].append(random.uniform() < 1 / (1 + exp(b - t)) ? 1 : 0)
      }
      columns[4].append(random.uniform() < (kind ? 0.8 : 0.3) ? 1 : 0)
    }
    return try Table(
      columns: columns.enumerated().map {
        Column($0.offset < 4 ? "q\($0.offset + 1)" : "pass", $0.element)
      })
  }

  /// A common shift of the kinds' means and the items' offsets is open, unless a difference of means is all that enters.
  @Test func labelAndAbility() throws {
    func text(_ mean: String, _ logit: String) -> String {
      """
      model Kinds(Q)
      param w : simplex[2] param m : real[2] param b : real[Q] param k : unit[2]
      each row {
        latent kind : category[2] ~ Categorical(w)
        latent t : real ~ Normal(\(mean), 1)
        observe q : binary[Q] from "q*" ~ Bernoulli(logit: \(logit))
        observe pass : binary ~ Bernoulli(k[kind])
      }
      """
    }
    let table = try answers(rows: 300)
    let fit = try Model(text: text("m[kind]", "t - b")).fit(table)
    #expect(fit.parameterCount == 8)
    #expect(notIdentified(fit).count == 1)
    #expect(notIdentified(fit).first?.contains("`m` and `b` move") == true)
    // Only the difference of the means enters, and it tells the offsets.
    let fixed = try Model(text: text("m[kind] - m[1]", "t - b")).plan(for: table, probing: true)
    #expect(fixed.identifiability.directions == 1)
    #expect(fixed.explanation.contains("in which `m` moves: the data determine 1 of its 2 numbers"))
  }

  /// A free mean and a free scale of what items discriminate: two directions.
  @Test func discriminationOfADifference() throws {
    let text = """
      model Items(Q)
      param m : real param s : positive param a : positive[Q] param b : real[Q]
      each row {
        latent t : real ~ Normal(m, s)
        observe q : binary[Q] from "q*" ~ Bernoulli(logit: a .* (t - b))
      }
      """
    let plan = try Model(text: text).plan(for: answers(rows: 200), probing: true)
    #expect(plan.identifiability.directions == 2)
    let known = try Model(text: text.replacing("Normal(m, s)", with: "Normal(0, 1)")).plan(
      for: answers(rows: 200), probing: true)
    #expect(known.identifiability.directions == 0)
  }

  /// One long series: the unit of its level is free, unless where it begins says it.
  @Test func unitOfALevel() throws {
    var random = Stream(state: 11)
    var level = 0.0
    let y = (0..<120).map { _ -> Double in
      level = 0.7 * level + 0.8 * random.normal()
      return 1.2 * level + 0.5 * random.normal()
    }
    let table = try Table(columns: [Column("y", y)])
    func text(_ scale: String, _ weight: String) -> String {
      """
      model Level
      param q : positive param f : real param c : real param r : positive
      each row in order {
        latent level : real initially Normal(0, \(scale)) then Normal(f * previous(level), \(scale))
        observe y : real ~ Normal(\(weight), r)
      }
      """
    }
    let open = try Model(text: text("q", "c * level")).plan(for: table, probing: true)
    #expect(open.identifiability.directions == 1)
    let known = try Model(text: text("1", "c * level")).plan(for: table, probing: true)
    #expect(known.identifiability.directions == 0)
  }

  /// Kinds that overlap are told apart with difficulty, but they are.
  @Test func overlapIsNoRedundancy() throws {
    var random = Stream(state: 17)
    let y = (0..<200).map { _ in 3 * random.normal() }
    let text = """
      model Kinds
      param w : simplex[5] param m : real[5] param s : positive
      each row { latent k : category[5] ~ Categorical(w) observe y : real ~ Normal(m[k], s) }
      """
    let plan = try Model(text: text).plan(
      for: Table(columns: [Column("y", y)]), probing: true)
    #expect(plan.identifiability.directions == 0)
  }
}
