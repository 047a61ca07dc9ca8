/// How many starts a fit can afford: as many as a set amount of work allows.
///
/// Work is counted in numbers that a pass over the data goes through and never in seconds, so that every
/// machine tries the same starts.
struct StartBudget {
  /// Rows up to which a pass over the data is cheap.
  static let cheapRows = 20_000

  /// Of one pass.
  let work: Double

  /// What all starts may take together; about half a second.
  private static let whole = 4e8
  private static let most = 300

  /// Starts of some passes each.
  func starts(passes: Int) -> Int {
    Int(Swift.min(Self.whole / (Swift.max(1, work) * Double(passes)), Double(Self.most)))
  }
}
