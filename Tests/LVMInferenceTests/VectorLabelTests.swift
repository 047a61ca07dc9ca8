import LVM
import Testing

/// Vectors of labels come in one order whatever the seed: each entry's own parameters entry by entry, shared
/// ones all alike.
@Suite struct VectorLabelTests {
  private static func table() throws -> Table {
    var d = ReferenceDraws(state: 5)
    let (a, b) = ([5.0, -3, 1], [40.0, 10, 25])
    let columns = (0..<300).map { _ in
      (
        a[d.choice([0.5, 0.3, 0.2])] + 0.4 * d.normal(),
        b[d.choice([0.2, 0.3, 0.5])] + 0.4 * d.normal()
      )
    }
    return try Table(columns: [Column("u", columns.map(\.0)), Column("v", columns.map(\.1))])
  }

  @Test(arguments: 1...4) func entriesOfTheirOwn(_ seed: Int) throws {
    let fit = try Model(
      text: """
        model M
        param w : simplex[2, 3] param m : real[2, 3] param s : positive
        each row {
          latent c : category[2, 3] ~ Categorical(w)
          observe u : real ~ Normal(m[1, c[1]], s)
          observe v : real ~ Normal(m[2, c[2]], s)
        }
        """
    ).fit(try Self.table(), options: FitOptions(seed: UInt64(seed)))
    let m = try #require(fit["m"]?.values)
    let w = try #require(fit["w"]?.values)
    for (found, near) in zip(m, [-3.0, 1, 5, 10, 25, 40]) { #expect(abs(found - near) < 0.3) }
    for (found, near) in zip(w, [0.3, 0.2, 0.5, 0.3, 0.5, 0.2]) { #expect(abs(found - near) < 0.1) }
    // What a label says goes with the order of its states.
    let rows = try Table(columns: [Column("u", [5.1, -2.9]), Column("v", [10, 40])])
    let posterior = try #require(try fit.posterior(of: "c1", given: rows))
    guard case .probabilities(let p, 3) = posterior.content else {
      Issue.record("no probabilities")
      return
    }
    #expect(p[2] > 0.99 && p[3] > 0.99)
  }

  @Test(arguments: 1...4) func sharedNumbering(_ seed: Int) throws {
    let fit = try Model(
      text: """
        model M
        param w : simplex[3] param m : real[3] param s : positive
        each row {
          latent c : category[2, 3] ~ Categorical(w)
          observe u : real ~ Normal(m[c[1]], s)
          observe v : real ~ Normal(10 * m[c[2]], s)
        }
        """
    ).fit(try Self.sharedTable(), options: FitOptions(seed: UInt64(seed)))
    let m = try #require(fit["m"]?.values)
    for (found, near) in zip(m, [-3.0, 1, 5]) { #expect(abs(found - near) < 0.3) }
  }

  private static func sharedTable() throws -> Table {
    var d = ReferenceDraws(state: 6)
    let m = [5.0, -3, 1]
    let columns = (0..<300).map { _ in
      (
        m[d.choice([0.5, 0.3, 0.2])] + 0.4 * d.normal(),
        10 * m[d.choice([0.5, 0.3, 0.2])] + 0.4 * d.normal()
      )
    }
    return try Table(columns: [Column("u", columns.map(\.0)), Column("v", columns.map(\.1))])
  }
}
