import Foundation
import Testing

/// A fit that is stopped leaves nothing behind and says so.
@Suite struct InterruptionTests {
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(4))])
  func stoppedFitLeavesNothing(_ signal: Int32, _ status: Int32) throws {
    let scratch = try Scratch()
    let earlier = try Lvmc.run(
      ["run", Lvmc.model("gaussian"), Lvmc.data("faithful"), "-o", "a.fit", "--quiet"], in: scratch)
    #expect(earlier.status == 0)
    let before = try scratch.contents(of: "a.fit")
    // Enough rows that the fit takes many seconds.
    let lines = try String(contentsOfFile: Lvmc.data("faithful"), encoding: .utf8)
      .split(separator: "\n")
    let rows = lines.dropFirst().joined(separator: "\n") + "\n"
    try scratch.write("big.csv", lines[0] + "\n" + String(repeating: rows, count: 400))
    let process = try Lvmc.start(
      ["run", Lvmc.model("gaussian-mixture"), "big.csv", "--set", "K=9", "-o", "a.fit"],
      in: scratch)
    // The fit has begun once the strategy is printed.
    for _ in 0..<600 where !(try scratch.read(".stdout").contains("strategy:")) {
      Thread.sleep(forTimeInterval: 0.05)
    }
    #expect(try scratch.read(".stdout").contains("strategy:"))
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == status)
    #expect(try scratch.read(".stderr").contains("no fit was written"))
    #expect(scratch.entries == ["a.fit", "big.csv"])
    #expect(try scratch.contents(of: "a.fit") == before)
  }
}
