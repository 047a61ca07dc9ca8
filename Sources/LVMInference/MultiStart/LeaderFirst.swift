/// An estimation that seldom has more than one optimum, so that further starts need only show that they would
/// come to a better one.
protocol LeadableEstimator {
  associatedtype Run
  var task: FitTask { get }

  /// Where a start begins; nil where it has no finite objective.
  func begin(_ start: Int) throws -> Run?

  /// Up to so many iterations more, beside a run that leads; false where nothing moved.
  func advance(_ run: inout Run, most: Int, beside leader: Run?, stage: String) throws -> Bool

  func value(_ run: Run) -> Double
  func iterations(_ run: Run) -> Int
  /// What a run gained in the later half of its iterations.
  func gainedLately(_ run: Run) -> Double
  func hasConverged(_ run: Run) -> Bool
  /// Whether a run is on its way to where another is.
  func isNear(_ run: Run, _ other: Run) -> Bool
}

/// One start to the end, then others as far as they might still overtake it.
struct LeaderFirst<E: LeadableEstimator> {
  let engine: E
  let count: Int
  /// Iterations of a further start before it must promise to overtake.
  let trial: Int
  /// Whether what overtakes goes to the end before others are compared with it.
  let finishesEach: Bool

  /// Gain, relative to the objective, beyond rounding.
  private static var margin: Double { 1e-9 }

  /// - Throws: `FitError.noStart` where no start has a finite objective.
  func run() throws -> E.Run {
    var best: E.Run?
    for start in 0..<count {
      guard var run = try engine.begin(start) else { continue }
      guard let leader = best else {
        best = try finished(run)
        continue
      }
      try challenge(leader, with: &run, stage: "start \(start + 1) of \(count)")
      guard overtakes(engine.value(run), leader) else { continue }
      best = finishesEach ? try finished(run) ?? leader : run
    }
    guard let best else {
      throw FitError.noStart("the likelihood is not finite at any of \(count) starting points")
    }
    return finishesEach ? best : try finished(best) ?? best
  }

  private var most: Int { engine.task.options.maximumIterations }

  private func overtakes(_ value: Double, _ leader: E.Run) -> Bool {
    let lead = engine.value(leader)
    return value > lead + Self.margin * (Swift.abs(lead) + 1)
  }

  /// A run at its end; nil where that is not finite.
  private func finished(_ run: E.Run) throws -> E.Run? {
    var run = run
    if !engine.hasConverged(run) {
      _ = try engine.advance(&run, most: most, beside: nil, stage: "fitting")
    }
    return engine.value(run).isFinite ? run : nil
  }

  /// On as long as what a run gained in its later half, once more, would bring it past the leader by more than
  /// rounding.
  private func challenge(_ leader: E.Run, with run: inout E.Run, stage: String) throws {
    guard try engine.advance(&run, most: trial, beside: leader, stage: stage) else { return }
    while !engine.hasConverged(run), engine.iterations(run) < most, !engine.isNear(run, leader),
      overtakes(engine.value(run) + engine.gainedLately(run), leader)
    {
      guard try engine.advance(&run, most: trial, beside: leader, stage: stage) else { return }
    }
  }
}
