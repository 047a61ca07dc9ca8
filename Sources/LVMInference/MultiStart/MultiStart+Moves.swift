/// Moves of states (split–merge): what no ascent reaches is jumped to.
extension MultiStart {
  /// Runs that are taken further of those that a round of moves leads to.
  private static var mostMoved: Int { 2 }
  /// Gain, relative to the objective, that is worth another round.
  private static var worthwhile: Double { 1e-7 }

  /// Moves states from where they are not needed to where they are, as long as that gains or comes near.
  func moved(_ best: E.Run, _ moves: StartPolicy.Moves) throws -> E.Run {
    guard let splitMerge = try engine.splitMerge() else { return best }
    var kept = best
    var vain = 0
    for round in 0..<moves.rounds where vain < moves.mostVain {
      let rival = kept.floored.isEmpty ? kept.value : nil
      let starts = try splitMerge.moves(
        at: kept.parameters, seed: engine.task.options.seed, round: round, tried: vain,
        pieces: moves.pieces)
      var tried = try starts.compactMap { try engine.begin($0, at: kept, rival: rival) }
      // The likeliest moves come first: where all of these were hopeless at once the others are.
      if !tried.isEmpty, tried.allSatisfy(\.isExhausted) { break }
      tried.sort(by: E.Run.isBetter)
      tried = Array(tried.prefix(Self.mostMoved))
      for i in tried.indices where !tried[i].hasEnded {
        _ = try engine.advance(
          &tried[i], .end(moves.climbing), rival: rival, stage: "regrouping")
      }
      let slack = Self.worthwhile * (Swift.abs(kept.value) + 1)
      guard let top = tried.min(by: E.Run.isBetter), E.Run.isBetter(top, kept),
        top.value > kept.value + slack || !kept.floored.isEmpty
      else {
        vain += 1
        continue
      }
      kept = top
      vain = 0
    }
    return kept
  }
}
