import Foundation
import LVM
import Testing

/// A table that may not lie in memory gives the bits that one in memory gives.
@Suite struct LargeTableTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "mixture with missing cells",
      text: """
        model Mixture(K = 3, D)
        param weights : simplex[K]
        param mean : real[K, D]
        param sd : positive[K, D]
        each row {
          latent kind : category[K] ~ Categorical(weights)
          observe x : real[D] ~ Normal(mean[kind], sd[kind])
        }
        """),
    Case(
      name: "mixture of full covariances",
      text: """
        model Mixture(K = 2, D)
        param weights : simplex[K]
        param mean : real[K, D]
        param cov : covariance[K, D]
        each row {
          latent kind : category[K] ~ Categorical(weights)
          observe x : real[D] from "w*" ~ MultivariateNormal(mean[kind], cov[kind])
        }
        """),
    Case(
      name: "mixture of mixed types",
      text: """
        model Mixed(K = 2)
        param weights : simplex[K]
        param mean : real[K]
        param sd : positive[K]
        param rate : positive[K]
        param share : simplex[K, 3]
        each row {
          latent kind : category[K] ~ Categorical(weights)
          observe x1 : real ~ Normal(mean[kind], sd[kind])
          observe visits : count ~ Poisson(rate[kind])
          observe colour : category[3] ~ Categorical(share[kind])
        }
        """),
    Case(
      name: "principal components of prepared columns",
      text: """
        model PPCA(L = 1, D)
        param W : real[D, L]
        param mu : real[D]
        param sigma : positive
        each row {
          latent z : real[L] ~ Normal(0, 1)
          observe w : real[D] from standardize("w*") ~ Normal(W * z + mu, sigma)
        }
        """),
  ]

  /// 3000 rows of two kinds, so that blocks and pieces are several.
  static let csv: String = {
    var lines = ["x1,x2,w1,w2,w3,visits,colour"]
    let names = ["red", "green", "blue"]
    for row in 0..<3000 {
      var random = RandomStream(seed: 7, purpose: "large table", site: 0, row: row)
      let kind = random.uniform() < 0.4
      let z = random.normal()
      var cells = (0..<2).map { j in
        random.uniform() < 0.05 ? "" : String((kind ? 3.0 : -1) + Double(j) + random.normal())
      }
      for j in 0..<3 {
        cells.append(String(Double(j + 1) * z + (kind ? 4.0 : 0) + 0.3 * random.normal()))
      }
      cells.append(String(Int(random.uniform() * (kind ? 12 : 4))))
      cells.append(names[Int(random.uniform() * (kind ? 2 : 3))])
      lines.append(cells.joined(separator: ","))
    }
    return lines.joined(separator: "\n") + "\n"
  }()

  /// A directory with the table in it.
  private static func withTable(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("lvmc-large-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("table.csv").path
    try Data(csv.utf8).write(to: URL(fileURLWithPath: path))
    try body(path)
  }

  private static func fit(_ model: Model, _ table: Table) throws -> Fit {
    try model.fit(
      table,
      options: FitOptions(seed: 3, runtime: Runtime(threads: 2), restarts: 2, maximumIterations: 25)
    )
  }

  private static func latents(_ fit: Fit, _ table: Table) throws -> [UInt8] {
    var text: [UInt8] = []
    try fit.writePosteriors(given: table, runtime: Runtime(threads: 2)) { text += $2 }
    return text
  }

  @Test(arguments: cases) func sameBitsFromTheDisk(_ example: Case) throws {
    try Self.withTable { path in
      let model = try Model(text: example.text)
      let (whole, blocks) = (
        try Table.read(path: path), try Table.read(path: path, memory: 1000)
      )
      #expect(whole.memoryLimit == nil && blocks.memoryLimit == 1000)
      let a = try Self.fit(model, whole)
      let b = try Self.fit(model, blocks)
      #expect(!a.trace.isEmpty && a.trace == b.trace)
      #expect(a.parameters == b.parameters)
      #expect(a.objective.logJacobian == b.objective.logJacobian)
      #expect(try Self.latents(a, whole) == Self.latents(b, blocks))
      #expect(
        try a.logLikelihood(of: whole).scores.values == b.logLikelihood(of: blocks).scores.values)
      // In memory, pieces are those of the posterior as a whole.
      let all = try a.posteriors(given: whole)
      #expect(
        LatentTable.all(of: all.latents, in: all.bound).flatMap(\.csv)
          == (try Self.latents(a, whole)))
    }
  }

  @Test func standardErrorsFromTheDisk() throws {
    try Self.withTable { path in
      let whole = try Table.read(path: path)
      let fit = try Self.fit(try Model(text: Self.cases[3].text), whole)
      let a = try fit.standardErrors(whole)
      let b = try fit.standardErrors(try Table.read(path: path, memory: 1000))
      #expect(!a.values.isEmpty)
      #expect(
        a.values.mapValues { $0.values.map(\.bitPattern) }
          == b.values.mapValues { $0.values.map(\.bitPattern) })
    }
  }

  @Test func whatNeedsTheTableInMemorySaysSo() throws {
    try Self.withTable { path in
      let model = try Model(
        text: """
          model Walk
          param drift : positive
          param sd : positive
          each row in order {
            latent level : real initially Normal(0, 1) then Normal(previous(level), drift)
            observe x1 : real ~ Normal(level, sd)
          }
          """)
      let table = try Table.read(path: path, memory: 1000)
      let error = #expect(throws: DataErrors.self) { _ = try model.bound(to: table) }
      #expect(error?.items.map(\.code) == ["memory-too-small"])
    }
  }
}
