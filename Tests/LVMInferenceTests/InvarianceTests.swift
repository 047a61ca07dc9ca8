import Foundation
import LVM
import Testing

/// What must not matter: names, the order of declarations, how columns are parcelled out.
@Suite struct InvarianceTests {
  /// The root of a model text for a table and parameters.
  private func root(_ text: String, _ csv: String, _ parameters: [String: Tensor]) throws
    -> (value: Double, plan: Plan)
  {
    let bound = try Model(text: text).bound(to: try Table(csv: csv))
    let plan = try Planner.plan(bound.graph, facts: DataFacts(masked: bound.data.masked))
    return (try MarginalLikelihood(plan.inference, data: bound.data).value(parameters), plan)
  }

  /// Whole words replaced, all at once; a digit may follow, as in the columns of a vector.
  private func renamed(_ text: String, _ names: [String: String], digits: Bool = false) -> String {
    var result = ""
    var word = ""
    func flush() {
      let stem = digits ? String(word.prefix { !$0.isNumber }) : word
      if let new = names[word] {
        result += new
      } else if digits, let new = names[stem] {
        result += new + word.dropFirst(stem.count)
      } else {
        result += word
      }
      word = ""
    }
    for c in text {
      if c.isLetter || c.isNumber || c == "_" {
        word.append(c)
      } else {
        flush()
        result.append(c)
      }
    }
    flush()
    return result
  }

  @Test(arguments: SmallModels.all)
  func namesDoNotMatter(_ c: Case) throws {
    let drawn = try DrawnCase(c)
    let names = drawn.model.graph.variables.map(\.name)
    // Names that sort the other way round.
    let letters = Array("zyxwvutsrqponmlkjihgfedcba")
    let map = Dictionary(
      uniqueKeysWithValues: names.enumerated().map { ($1, "\(letters[$0])q\(letters[$0])") })
    let back = Dictionary(uniqueKeysWithValues: map.map { ($1, $0) })
    let original = try root(c.text, drawn.csv, drawn.parameters)
    let lines = drawn.csv.split(separator: "\n", maxSplits: 1)
    let csv = renamed(String(lines[0]), map, digits: true) + "\n" + lines[1]
    let parameters = Dictionary(
      uniqueKeysWithValues: drawn.parameters.map { (map[$0] ?? $0, $1) })
    let other = try root(renamed(c.text, map), csv, parameters)
    #expect(other.value == original.value)
    // A name in parentheses is a variable of the text; prose has none of the short names in quotes.
    let explanation = renamed(other.plan.explanation, back)
    #expect(explanation == original.plan.explanation)
  }

  /// Statements of the model's head and of its innermost block, the other way round.
  private func reversed(_ text: String) -> String {
    func statements(_ part: Substring) -> [String] {
      var result: [String] = []
      for word in part.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
        if ["param", "let", "latent", "observe", "given"].contains(word) || result.isEmpty {
          result.append("")
        }
        result[result.count - 1] += " " + word
      }
      return result
    }
    guard let each = text.range(of: "each"), let open = text.lastIndex(of: "{"),
      let close = text.firstIndex(of: "}")
    else { return text }
    let head = text.firstIndex(of: "\n").map { text[$0..<each.lowerBound] } ?? ""
    let parameters = statements(head).reversed().joined(separator: "\n")
    let rows = statements(text[text.index(after: open)..<close]).reversed().joined(separator: "\n")
    return "model M\n" + parameters + "\n" + text[each.lowerBound...open] + "\n" + rows + "\n"
      + text[close...]
  }

  @Test(arguments: SmallModels.all)
  func orderOfDeclarationsDoesNotMatter(_ c: Case) throws {
    let drawn = try DrawnCase(c)
    let text = reversed(c.text)
    #expect(text != c.text)
    let original = try root(c.text, drawn.csv, drawn.parameters)
    let other = try root(text, drawn.csv, drawn.parameters)
    #expect(!Comparison.differ(other.value, original.value, 1e-11))
    #expect(other.plan.strategy == original.plan.strategy)
    func decisions(_ plan: Plan) -> Set<String> {
      Set(plan.entries.map { "\($0.variable) \($0.role) \($0.strategy)" })
    }
    #expect(decisions(other.plan) == decisions(original.plan))
  }

  struct Split: Sendable, CustomTestStringConvertible {
    let whole: String
    let parts: String
    /// Parameters whose entries the parts take: name, names of the parts, sizes before and after the cut.
    let cut: [String: (axis: Int, first: String, second: String)]
    let missing: Double
    var testDescription: String { whole.contains("weights") ? "mixture" : "factors \(missing)" }
  }

  static let splits: [Split] = {
    let factors = (
      """
      model M
      param W : real[4, 1] param mu : real[4] param psi : positive[4]
      each row {
        latent z : real[1] ~ Normal(0, 1)
        observe x : real[4] from (x1, x2, x3, x4) ~ Normal(W * z + mu, psi)
      }
      """,
      """
      model M
      param V : real[1, 1] param U : real[3, 1] param m : real[1] param n : real[3]
      param p : positive[1] param q : positive[3]
      each row {
        latent z : real[1] ~ Normal(0, 1)
        observe y : real[3] from (x2, x3, x4) ~ Normal(U * z + n, q)
        observe x : real[1] from (x1) ~ Normal(V * z + m, p)
      }
      """
    )
    let cut: [String: (axis: Int, first: String, second: String)] = [
      "W": (0, "V", "U"), "mu": (0, "m", "n"), "psi": (0, "p", "q"),
    ]
    return [
      Split(whole: factors.0, parts: factors.1, cut: cut, missing: 0),
      Split(whole: factors.0, parts: factors.1, cut: cut, missing: 0.3),
      Split(
        whole: """
          model M
          param weights : simplex[3] param mu : real[3, 4] param psi : positive[3, 4]
          each row {
            latent k : category[3] ~ Categorical(weights)
            observe x : real[4] from (x1, x2, x3, x4) ~ Normal(mu[k], psi[k])
          }
          """,
        parts: """
          model M
          param weights : simplex[3] param m : real[3, 1] param n : real[3, 3]
          param p : positive[3, 1] param q : positive[3, 3]
          each row {
            latent k : category[3] ~ Categorical(weights)
            observe x : real[1] from (x1) ~ Normal(m[k], p[k])
            observe y : real[3] from (x2, x3, x4) ~ Normal(n[k], q[k])
          }
          """, cut: ["mu": (1, "m", "n"), "psi": (1, "p", "q")], missing: 0.2),
    ]
  }()

  @Test(arguments: splits)
  func splittingAVectorDoesNotMatter(_ split: Split) throws {
    var c = Case(split.testDescription, rows: 9, missing: split.missing)
    c = Case(c, text: split.whole)
    let drawn = try DrawnCase(c)
    var parameters = drawn.parameters
    for (name, part) in split.cut {
      guard let whole = parameters.removeValue(forKey: name) else { continue }
      let inner = whole.dims.dropFirst(part.axis + 1).reduce(1, *)
      let n = whole.dims[part.axis]
      func take(_ keep: (Int) -> Bool, _ size: Int) -> Tensor {
        var dims = whole.dims
        dims[part.axis] = size
        return Tensor(
          dims, whole.values.indices.filter { keep($0 / inner % n) }.map { whole.values[$0] })
      }
      parameters[part.first] = take({ $0 == 0 }, 1)
      parameters[part.second] = take({ $0 > 0 }, n - 1)
    }
    let whole = try root(split.whole, drawn.csv, drawn.parameters).value
    let parts = try root(split.parts, drawn.csv, parameters).value
    #expect(!Comparison.differ(parts, whole, 1e-11))
  }

  /// The optimum on real columns, whole and in parts, by other names and in another order.
  @Test func optimumDoesNotDependOnHowItIsWritten() throws {
    let whole = """
      model M(L = 2)
      param W : real[4, L] param mu : real[4] param sigma : positive
      each row {
        latent z : real[L] ~ Normal(0, 1)
        observe x : real[4] from not species ~ Normal(W * z + mu, sigma)
      }
      """
    let parts = """
      model M
      each row {
        observe petals : real[2] from "Petal*" ~ Normal(A * score + b, noise)
        observe sepals : real[2] from "Sepal*" ~ Normal(B * score + a, noise)
        latent score : real[2] ~ Normal(0, 1)
      }
      param noise : positive param b : real[2] param a : real[2]
      param B : real[2, 2] param A : real[2, 2]
      """
    let table = try BundledData.table("iris")
    let a = try Model(text: whole).fit(table).objective.value
    let b = try Model(text: parts).fit(table).objective.value
    #expect(abs(a - b) < 1e-4, "\(a), \(b)")
  }
}
