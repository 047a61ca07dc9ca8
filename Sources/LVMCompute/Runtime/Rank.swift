/// Which of several processes that share a run one is.
public struct Rank: Sendable, Hashable {
  /// 0 for the first.
  public let index: Int
  /// How many there are.
  public let count: Int

  public init(_ index: Int, of count: Int) {
    precondition(count > 0 && 0..<count ~= index, "no such rank")
    self.index = index
    self.count = count
  }

  /// The one process of a run that nothing shares.
  public static let only = Rank(0, of: 1)

  /// The tasks that are its own: neighbours, about as many for each rank.
  public func share(of tasks: Int) -> Range<Int> {
    (index * tasks / count)..<((index + 1) * tasks / count)
  }
}
