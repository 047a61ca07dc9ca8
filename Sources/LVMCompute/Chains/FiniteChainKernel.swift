import CLVMKernels

/// Log normaliser and posterior of chains over K finite states, one segment of a plate at a time.
///
/// Factors are logs and need not be normalised; −∞ is a structural zero. Messages are max-shifted in the
/// linear domain, each entry falling back to the log domain where it would underflow, so every entry
/// keeps its relative accuracy. Time O(rows · K²). No call allocates: work space is `workspaceCount`
/// doubles, uninitialised, one per concurrent call.
public struct FiniteChainKernel: Sendable {
  public let states: Int
  /// Log initial [K] (a segment's first row is used), log transition [K, K] (row: from; row t's leads
  /// into t) and log emission [K].
  public let logInitial, logTransition, logEmission: ChainInput

  public init(
    states: Int, logInitial: ChainInput, logTransition: ChainInput, logEmission: ChainInput
  ) {
    precondition(states > 0)
    self.states = states
    self.logInitial = logInitial
    self.logTransition = logTransition
    self.logEmission = logEmission
  }

  public var workspaceCount: Int { lvm_finite_chain_workspace(states) }

  /// log Σ over state paths of exp(sum of log factors): −∞ if no path is possible, 0 without rows, NaN
  /// if a factor is NaN or +∞.
  public func logNormalizer(rows: Range<Int>, workspace: UnsafeMutablePointer<Double>) -> Double {
    var chain = segment(rows)
    return lvm_finite_chain_log_normalizer(&chain, workspace)
  }

  /// Writes posterior marginals [K], then pairs [K, K] (previous, this), at `out + t * (K + K * K)` for
  /// each row t of the plate in `rows`; returns the log normaliser.
  ///
  /// Pairs of the first row are zeros; all are zeros if no path is possible, NaN if the log normaliser is.
  @discardableResult
  public func posterior(
    rows: Range<Int>, into out: UnsafeMutablePointer<Double>,
    workspace: UnsafeMutablePointer<Double>
  ) -> Double {
    var chain = segment(rows)
    let width = states + states * states
    let first = out + rows.lowerBound * width
    return lvm_finite_chain_posterior(&chain, first, width, first + states, width, workspace)
  }

  /// Writes marginals [K] at `marginals + t * K` and adds the pairs of all rows to `pairs` [K, K].
  ///
  /// What a model with one transition matrix needs, without K² numbers a row.
  @discardableResult
  public func pooledPosterior(
    rows: Range<Int>, marginals: UnsafeMutablePointer<Double>,
    addingPairsTo pairs: UnsafeMutablePointer<Double>, workspace: UnsafeMutablePointer<Double>
  ) -> Double {
    var chain = segment(rows)
    let first = marginals + rows.lowerBound * states
    return lvm_finite_chain_posterior(&chain, first, states, pairs, 0, workspace)
  }

  private func segment(_ rows: Range<Int>) -> lvm_finite_chain {
    let t = rows.lowerBound
    return lvm_finite_chain(
      rows: rows.count, states: states, log_initial: logInitial.kernelInput(from: t),
      log_transition: logTransition.kernelInput(from: t),
      log_emission: logEmission.kernelInput(from: t))
  }
}

extension ChainInput {
  /// The input as a segment that starts at a row of the plate sees it.
  func kernelInput(from row: Int) -> lvm_chain_input {
    lvm_chain_input(data: base + row * stride, stride: stride)
  }
}
