import Foundation
import Testing

/// Tables of one column, tables of another fit, and readers that stop early.
@Suite struct TableReadingCommandTests {
  private static let level = """
    model Level
    param d : positive
    param s : positive
    each row in order {
      latent  l : real initially Normal(0, 10) then Normal(previous(l), d)
      observe v : real ~ Normal(l, s)
    }

    """

  private func fitted() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("level.lvm", Self.level)
    try scratch.write("v.csv", "v\n1\n3\n\n2\n4\n3\n")
    let result = try Lvmc.run(["run", "level.lvm", "v.csv", "-o", "a.fit", "--quiet"], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    return scratch
  }

  /// A blank line between rows of one cell is a row; after the last one it is none.
  @Test func aBlankLineIsAMissingCellOfOneColumn() throws {
    let scratch = try fitted()
    try scratch.write("one.csv", "v\n1\n\n2\nNA\nNA\n\n")
    try scratch.write("two.csv", "v,w\n1,5\n,\n2,5\n,\n,\n\n")
    let one = try Lvmc.run(["predict", "a.fit", "one.csv"], in: scratch)
    let two = try Lvmc.run(["predict", "a.fit", "two.csv"], in: scratch)
    #expect(one.status == 0 && two.status == 0)
    #expect(one.output == two.output)
    #expect(one.output.split(separator: "\n").count == 6)
    #expect(one.errors.contains("[blank-lines]") && two.errors.isEmpty)
    let deviations = one.output.split(separator: "\n").dropFirst().map {
      Double($0.split(separator: ",")[1]) ?? .nan
    }
    // The forecast grows less sure as it goes.
    #expect(deviations[1] > 0 && deviations[3] > deviations[1] && deviations[4] > deviations[3])
  }

  @Test(arguments: ["score", "encode", "predict", "impute", "reconstruct"])
  func aTableOfAnotherFitIsRefused(_ command: String) throws {
    let scratch = try fitted()
    try scratch.write("other.csv", "q\n1\n2\n")
    let result = try Lvmc.run([command, "a.fit", "other.csv"], in: scratch)
    #expect(result.status == 3)
    #expect(result.errors.contains("none of the columns that the fit was made with: `v`"))
    #expect(result.output.isEmpty)
  }

  @Test func aReaderThatStopsIsNoError() throws {
    let scratch = try fitted()
    try scratch.write(
      "long.csv", "v\n" + (0..<60_000).map { "\($0 % 7)\n" }.joined())
    let result = try Lvmc.shell("\"$LVMC\" encode a.fit long.csv | head -n 1", in: scratch)
    #expect(result.output == "l_mean,l_sd\n")
    #expect(result.errors.isEmpty)
  }
}
