import LVM
import LVMOracle
import Testing

/// log p(gx; gθ) + log |g| = log p(x; θ), by the oracle, for every small model and every generated one.
@Suite struct FrameAgreementTests {
  @Test(arguments: SmallModels.all + GeneratedModels.all)
  func jointDensitiesChangeByTheJacobianAlone(_ c: Case) throws {
    let model = try Model(text: c.text).graph.sized([:])
    let frames = Frames(model)
    var checked = 0
    // Narrow supports are hit by few rows sooner.
    for seed in 0..<100 where checked < 3 {
      let drawn = DrawnModel(model, name: c.name, seed: seed, rows: seed < 20 ? c.rows : 1)
      guard let problems = try FrameCheck(drawn, frames, seed: seed).problems() else { continue }
      #expect(problems == [], "seed \(seed)")
      checked += 1
    }
    #expect(checked == 3)
  }

  /// With latents summed and integrated out, and with missing cells.
  @Test(arguments: GeneratedModels.all)
  func marginalDensitiesChangeByTheJacobianAlone(_ c: Case) throws {
    let model = try Model(text: c.text).graph.sized([:])
    let frames = Frames(model)
    for seed in 0..<2 {
      let drawn = DrawnModel(
        model, name: c.name, seed: seed, rows: c.rows, missing: max(c.missing, 0.2))
      #expect(try FrameCheck(drawn, frames, seed: seed).marginalProblems() == [], "seed \(seed)")
    }
  }
}
