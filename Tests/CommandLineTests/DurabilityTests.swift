import Foundation
import LVM
import Testing

/// A fit that is being replaced is the old one or the new one at any moment, whatever happens.
@Suite struct DurabilityTests {
  private func words(_ model: String, seed: Int) -> [String] {
    [
      "run", Lvmc.model(model), Lvmc.data("faithful"), "-o", "a.fit", "--quiet", "--seed",
      "\(seed)",
    ]
  }

  @Test func killedProgramsLeaveOneFit() throws {
    let scratch = try Scratch()
    let clock = ContinuousClock()
    let began = clock.now
    #expect(try Lvmc.run(words("gaussian-mixture", seed: 1), in: scratch).status == 0)
    let whole = clock.now - began
    var seed: UInt64 = 1
    var replaced = 0
    for round in 0..<24 {
      let next = UInt64(round + 2)
      let process = try Lvmc.start(words("gaussian-mixture", seed: Int(next)), in: scratch)
      // Moments from the very start to after the end, in an order that jumps about.
      let part = Double(round * 17 % 24) / 22
      Thread.sleep(forTimeInterval: whole / .seconds(1) * part)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      let fit = try Fit(contentsOf: scratch.url("a.fit"))
      #expect(fit.seed == seed || fit.seed == next)
      if fit.seed == next { replaced += 1 }
      seed = fit.seed
      #expect(
        try fit.logLikelihood(of: Table.read(path: Lvmc.data("faithful"))).scores.values.count > 0)
      // What killed programs leave does not pile up: the next one clears it away.
      #expect(scratch.entries.count <= 2, "\(scratch.entries)")
    }
    #expect(replaced < 24)
    #expect(try Lvmc.run(words("gaussian-mixture", seed: 1), in: scratch).status == 0)
    #expect(scratch.entries == ["a.fit"])
  }

  @Test func programsThatWriteTheSameFitDoNotDisturbEachOther() throws {
    let scratch = try Scratch()
    let places = try (0..<5).map { _ in try Scratch() }
    let running = try places.enumerated().map { i, place in
      var line = words("gaussian", seed: i)
      line[line.firstIndex(of: "a.fit") ?? 0] = scratch.path("a.fit")
      return try Lvmc.start(line, in: place)
    }
    for (process, place) in zip(running, places) {
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\((try? place.read(".stderr")) ?? "")")
    }
    #expect(try Fit(contentsOf: scratch.url("a.fit")).seed < 5)
    #expect(scratch.entries == ["a.fit"])
  }

  @Test func whatKilledProgramsLeftIsCleared() throws {
    let scratch = try Scratch()
    // A number that no process has.
    let stale = ".a.fit.tmp-999999999-1a2b"
    let backup = ".a.fit.old-999999999-1a2b"
    let own = ".a.fit.tmp-notes"
    for name in [stale, backup, own] {
      try FileManager.default.createDirectory(
        at: scratch.url(name), withIntermediateDirectories: true)
    }
    let file = ".out.csv.tmp-999999999-77"
    try scratch.write(file, "half a table")
    #expect(try Lvmc.run(words("gaussian-mixture", seed: 1), in: scratch).status == 0)
    #expect(scratch.entries == [own, file, "a.fit"].sorted())
    let line = ["encode", "a.fit", Lvmc.data("faithful"), "-o", "out.csv"]
    #expect(try Lvmc.run(line, in: scratch).status == 0)
    #expect(scratch.entries == [own, "a.fit", "out.csv"].sorted())
  }
}
