/// Where programs run: the one value that says with how many threads, handed down from whoever calls.
///
/// It makes the evaluators of programs. Results have the same bits for any number of threads.
public struct Runtime: Sendable, Hashable {
  /// Worker threads, the caller's among them; at least 1.
  public let threads: Int

  /// - Parameter threads: workers, the caller's thread among them; fewer than 1 count as 1.
  public init(threads: Int = 1) { self.threads = max(1, threads) }

  /// The caller's thread alone.
  public static let serial = Runtime()
}
