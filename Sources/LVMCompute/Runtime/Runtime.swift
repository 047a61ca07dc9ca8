/// Where programs run: the one value that says with how many threads and, where several processes share
/// a run, which part of it is this one's. Handed down from whoever calls.
///
/// It makes what runs over data: evaluators of all rows and of minibatches, trainers, and folds over
/// columns. Work is divided by shapes alone and partial sums are merged in a fixed order, so that results
/// have the same bits for any number of threads and of ranks.
public struct Runtime: Sendable {
  /// Worker threads, the caller's among them; at least 1.
  public let threads: Int
  /// Which of the processes that share a run this one is.
  public let rank: Rank
  /// Where partial sums of other ranks come from.
  public let reduction: any UnitReduction

  /// - Parameters:
  ///   - threads: workers, the caller's thread among them; fewer than 1 count as 1.
  ///   - rank: which part of each sum is computed here.
  ///   - reduction: brings the other ranks' parts; all ranks do the same, with the same data and options.
  public init(
    threads: Int = 1, rank: Rank = .only, reduction: any UnitReduction = SingleRank()
  ) {
    self.threads = max(1, threads)
    self.rank = rank
    self.reduction = reduction
  }

  /// The caller's thread alone.
  public static let serial = Runtime()
}
