import Foundation
import LVM
import Testing

/// Sizes at their limits: models of very many variables, very few rows, counts that no machine reaches.
@Suite struct SizeLimitTests {
  /// The bound is some twenty times what this takes unoptimised; the square of the number would pass it.
  @Test(arguments: [false, true])
  func aThousandVariablesAreCheckedAtOnce(_ hasLatent: Bool) throws {
    let scratch = try Scratch()
    var parameters = ""
    var rows = hasLatent ? "  latent z : real ~ Normal(0, 1)\n" : ""
    for i in 0..<1000 {
      parameters += "param m\(i) : real\nparam s\(i) : positive\n"
      rows += "  observe x\(i) : real ~ Normal(m\(i)\(hasLatent ? " * z" : ""), s\(i))\n"
    }
    try scratch.write("wide.lvm", "model Wide\n\n\(parameters)\neach row {\n\(rows)}\n")
    let clock = ContinuousClock()
    let began = clock.now
    let result = try Lvmc.run(["check", "wide.lvm"], in: scratch)
    #expect(result.status == 0, "\(result.errors)")
    #expect(clock.now - began < .seconds(60))
  }

  @Test func oneRowShowsNoSpread() throws {
    let scratch = try Scratch()
    try scratch.write("one.csv", "a,b,c,d\n5.1,3.5,1.4,0.2\n")
    let text = try String(contentsOfFile: Lvmc.model("ppca"), encoding: .utf8)
      .replacing("from not species ", with: "")
    try scratch.write("ppca.lvm", text)
    let result = try Lvmc.run(["run", "ppca.lvm", "one.csv", "-o", "a.fit"], in: scratch)
    #expect(result.status == 4)
    #expect(result.errors.contains("one row does not show"), "\(result.errors)")
    #expect(!scratch.entries.contains("a.fit"))
  }

  @Test(arguments: ["epochs", "batch", "samples", "warmup"])
  func countsOfTrainingHaveALimit(_ key: String) throws {
    let scratch = try Scratch()
    let result = try Lvmc.run(
      [
        "run", Lvmc.model("linear-vae"), Lvmc.data("iris"), "-o", "a.fit", "--fit",
        "\(key)=9223372036854775807",
      ], in: scratch)
    #expect(result.status == 2)
    #expect(result.errors.contains("1000000000"), "\(result.errors)")
  }

  @Test func startsHaveALimit() throws {
    let scratch = try Scratch()
    let result = try Lvmc.run(
      [
        "run", Lvmc.model("gaussian-mixture"), Lvmc.data("faithful"), "-o", "a.fit",
        "--restarts", "9223372036854775807",
      ], in: scratch)
    #expect(result.status == 2)
    #expect(result.errors.contains("1000000000"), "\(result.errors)")
  }
}
