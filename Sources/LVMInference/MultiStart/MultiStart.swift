/// An estimation from many starts: short runs of all, longer ones of the better half, and so on, since a few
/// iterations do not tell a slow good start from a fast bad one.
///
/// On a large table starts are tried on a part of the rows, and only the best go on to all of them.
struct MultiStart<E: RestartableEstimator> {
  let engine: E
  /// Starts that were tried.
  private(set) var count: Int
  /// Iterations each run has had when its round ends.
  private var limit: Int
  /// Runs that others have overtaken, as far as a round spares them.
  private(set) var left: [E.Run] = []

  private var policy: StartPolicy { engine.policy }

  init(_ engine: E) {
    self.engine = engine
    count = engine.policy.count
    limit = engine.policy.short
  }

  /// The best run, and how many starts were tried.
  ///
  /// - Parameter part: the same estimation on a part of the table.
  /// - Throws: `FitError.noStart` where no start has a finite objective.
  static func run(_ whole: E, part: E?) throws -> (run: E.Run, count: Int) {
    var search = MultiStart(part ?? whole)
    var runs = try search.explored()
    if let moves = search.policy.moves, !moves.isAfterwards, let best = runs.first {
      runs[0] = try search.moved(best, moves)
    }
    if part != nil {
      if let gap = search.policy.clearly {
        // All rows would hardly turn round what a part tells so clearly.
        let best = E.Run.best(runs) ?? -.infinity
        runs = runs.filter { !$0.floored.isEmpty || $0.value > best - gap }
      }
      runs = try runs.map(whole.carry).sorted(by: E.Run.isBetter)
    }
    let end = MultiStart(whole)
    let finished = try end.finish(runs)
    var kept = finished[0]
    if let moves = whole.policy.moves, moves.isAfterwards {
      let places = end.distinct(finished.filter(\.value.isFinite))
      for origin in places.prefix(moves.origins) {
        let moved = try end.moved(origin, moves)
        if E.Run.isBetter(moved, kept) {
          kept = moved.converged ? moved : try end.finish([moved])[0]
        }
      }
    }
    kept = try whole.conclude(kept, left: search.left, of: search.count)
    return (kept, search.count)
  }

  // MARK: Rounds

  /// The best of some starts; of more, where the leading of the first disagree.
  private mutating func explored() throws -> [E.Run] {
    var runs = try begin(0..<count)
    if let from = policy.leadsFrom, runs.count > from {
      runs = try lead(runs, isFirst: true)
      if policy.most > count, !agree(runs) {
        limit = policy.short
        let done = count
        count = policy.most
        runs += try lead(begin(done..<count), isFirst: false)
        runs = distinct(runs)
      } else if !policy.halvesLeaders {
        return runs
      }
      for round in policy.last { runs = try carryOut(round, runs, isFirst: true) }
    }
    runs = try halve(runs)
    guard !runs.isEmpty else { throw FitError.noStart(engine.noStart(count, of: count)) }
    return runs
  }

  /// Short runs from some of the starts, until the best place was come to often enough.
  private func begin(_ starts: Range<Int>) throws -> [E.Run] {
    var runs: [E.Run] = []
    var failures = 0
    for start in starts {
      guard runs.count < policy.enough || hits(runs) < policy.enough else { break }
      if let run = try engine.begin(start, of: count, beside: runs) {
        runs.append(run)
      } else {
        failures += 1
      }
    }
    guard !runs.isEmpty || starts.lowerBound > 0 else {
      throw FitError.noStart(engine.noStart(failures, of: count))
    }
    return runs
  }

  /// The leading runs, far enough on to be told from one another.
  private mutating func lead(_ all: [E.Run], isFirst: Bool) throws -> [E.Run] {
    var runs = all
    for round in policy.leading { runs = try carryOut(round, runs, isFirst: isFirst) }
    return distinct(runs)
  }

  private mutating func carryOut(
    _ round: StartPolicy.Round, _ all: [E.Run], isFirst: Bool
  ) throws -> [E.Run] {
    var runs = all
    repeat {
      if let most = round.whileMoreThan, runs.count <= most { break }
      runs = better(
        runs, atLeast: round.fewest, atMost: round.most, sparesOthers: round.sparesOthers)
      if round.tellsApart { runs = distinct(runs) }
      if !isFirst, let few = round.fewestLater { runs = better(runs, atLeast: few) }
      let leg = leg(round.stretch)
      runs = try advance(runs, leg)
    } while round.whileMoreThan != nil
    return runs
  }

  /// The best few, after ever longer runs of ever fewer.
  private mutating func halve(_ all: [E.Run]) throws -> [E.Run] {
    var runs = all
    let halving = policy.halving
    while runs.count > 1 {
      if halving.tellsApart { runs = distinct(runs) }
      runs = better(runs, atLeast: halving.fewest, sparesOthers: halving.sparesOthers)
      if runs.count <= halving.enough { break }
      let leg =
        runs.count <= halving.toTheEndFrom
        ? .end(halving.climbing) : leg(.times(halving.growth, halving.climbing))
      runs = try advance(runs, leg)
    }
    return runs
  }

  private mutating func leg(_ stretch: StartPolicy.Stretch) -> Leg {
    switch stretch {
    case .times(let factor, let climbing):
      limit *= factor
      return .until(limit, climbing)
    case .atLeast(let least, let climbing):
      limit = Swift.max(limit, least)
      return .until(limit, climbing)
    case .more(let iterations): return .more(iterations)
    case .end(let climbing): return .end(climbing)
    }
  }

  /// Goes on with each run that has not ended; where no other optimiser takes over, no longer than
  /// it may still catch up with one that has converged.
  private func advance(_ all: [E.Run], _ leg: Leg) throws -> [E.Run] {
    var runs = all
    var lost: Set<Int> = []
    for i in runs.indices where !runs[i].hasEnded {
      var rival: Double?
      if case .until(_, .none) = leg { rival = E.Run.best(runs.filter(\.converged)) }
      if try !engine.advance(&runs[i], leg, rival: rival, stage: "fitting") { lost.insert(i) }
    }
    return lost.isEmpty ? runs : runs.indices.filter { !lost.contains($0) }.map { runs[$0] }
  }

  /// Runs each to its end, unless it cannot catch up with one before it; the best of them first.
  private func finish(_ all: [E.Run]) throws -> [E.Run] {
    var runs = Array(all.prefix(policy.mostFinished))
    for i in runs.indices where !runs[i].hasEnded {
      let rival = E.Run.best(Array(runs[..<i]))
      _ = try engine.advance(&runs[i], .end(.long), rival: rival, stage: "fitting")
    }
    runs.sort(by: E.Run.isBetter)
    guard runs[0].value.isFinite else {
      throw FitError.notFinite(stage: "while the best start was run on", parameter: nil)
    }
    if !runs[0].converged { try engine.settle(&runs[0]) }
    return runs
  }

  // MARK: Places

  private func isSame(_ a: Double, _ b: Double) -> Bool {
    Swift.abs(a - b) <= policy.place.same * (Swift.abs(b) + 1)
  }

  /// Whether runs came to one place: then others would hardly come to another.
  private func agree(_ runs: [E.Run]) -> Bool {
    let values = runs.map(\.value)
    guard let top = values.max(), let bottom = values.min() else { return true }
    return (!policy.place.looksAtFloors || runs.allSatisfy { $0.floored.isEmpty })
      && isSame(bottom, top)
  }

  /// Runs that came to where the best is.
  private func hits(_ runs: [E.Run]) -> Int {
    guard let best = runs.min(by: E.Run.isBetter), best.floored.isEmpty else { return 0 }
    return runs.count {
      best.value - $0.value <= policy.place.same * (Swift.abs(best.value) + 1)
    }
  }

  /// Runs without those that came to where a better one is.
  private func distinct(_ runs: [E.Run]) -> [E.Run] {
    var result: [E.Run] = []
    for run in runs.sorted(by: E.Run.isBetter) {
      let isKnown = result.contains {
        (!policy.place.looksAtFloors || $0.floored == run.floored) && isSame($0.value, run.value)
      }
      if !isKnown { result.append(run) }
    }
    return result
  }

  /// The better half, but not fewer nor more than wanted.
  private mutating func better(
    _ runs: [E.Run], atLeast few: Int, atMost most: Int = .max, sparesOthers: Bool = false
  ) -> [E.Run] {
    let sorted = runs.sorted(by: E.Run.isBetter)
    let half = Swift.min(Swift.max(few, (runs.count + 1) / 2), most)
    if sparesOthers { left += sorted.dropFirst(half).filter(\.floored.isEmpty) }
    return Array(sorted.prefix(half))
  }
}
