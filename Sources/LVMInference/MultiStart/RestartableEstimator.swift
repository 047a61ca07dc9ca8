import LVMCompute

/// One run of an estimation from one start.
protocol EstimationRun {
  var parameters: [String: Tensor] { get }
  /// The objective there; −∞ where it left the finite numbers.
  var value: Double { get }
  /// Parameters that the floor under spreads holds up.
  var floored: Set<String> { get }
  var converged: Bool { get }
  /// Whether going on is pointless although it has not converged.
  var isExhausted: Bool { get }
}

extension EstimationRun {
  var hasEnded: Bool { converged || isExhausted }

  /// A collapsed component has a likelihood as high as its floor is low: it wins only among its like.
  static func isBetter(_ a: Self, _ b: Self) -> Bool {
    if a.floored.isEmpty != b.floored.isEmpty { return a.floored.isEmpty }
    return a.value > b.value
  }

  /// The highest objective of those that no floor holds up.
  static func best(_ runs: [Self]) -> Double? { runs.filter(\.floored.isEmpty).map(\.value).max() }
}

/// Whether another optimiser takes over where iterations crawl: not, briefly to tell runs apart, or as long as
/// it takes.
enum Climbing { case none, brief, long }

/// How far a run goes on.
enum Leg {
  /// Until it has had so many iterations in all, or so many more.
  case until(Int, Climbing)
  case more(Int)
  case end(Climbing)
}

/// An estimation on one table that can begin at many places.
protocol RestartableEstimator {
  associatedtype Run: EstimationRun
  var task: FitTask { get }
  var policy: StartPolicy { get }

  /// A short run from one of `count` starts, beside those that others led to; nil where it leads nowhere.
  func begin(_ start: Int, of count: Int, beside runs: [Run]) throws -> Run?

  /// A short run from given weights of the labels; `rival` is an objective that it should come to.
  func begin(_ weights: [String: DataColumn], at run: Run, rival: Double?) throws -> Run?

  /// Goes on with a run; false if it is not worth keeping.
  func advance(_ run: inout Run, _ leg: Leg, rival: Double?, stage: String) throws -> Bool

  /// A run on this table from where one on a part of it came to.
  func carry(_ run: Run) throws -> Run

  /// Ends a run that has not converged on a point that is known.
  func settle(_ run: inout Run) throws

  /// What is done with the best run in the end; `left` are runs that others overtook.
  func conclude(_ run: Run, left: [Run], of count: Int) throws -> Run

  /// Moves of states from where they are not needed to where they are; nil where there are none.
  func splitMerge() throws -> SplitMerge?

  /// Why none of some starts leads anywhere.
  func noStart(_ failures: Int, of count: Int) -> String
}
