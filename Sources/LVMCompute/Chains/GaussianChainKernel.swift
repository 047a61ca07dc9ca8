import CLVMKernels

/// Log likelihood, its gradient and the smoothed states of linear-Gaussian state chains, one segment of a
/// plate at a time.
///
/// x₁ ~ N(m0, P0); x_t = A x_{t−1} + b + N(0, Q); y_t = C x_t + d + N(0, diag R), coordinates of y with
/// mask 0 missing. The filter holds covariances as U D Uᵀ (Bierman 1977, Thornton 1976) and takes
/// observations one at a time: singular Q and P0, R of zero and P0 of 1e12 are all right. Time
/// O(rows · (S³ + M S²)). No call allocates: work space is in doubles, uninitialised, one per call.
public struct GaussianChainKernel: Sendable {
  /// The inputs, in the order of `Op.gaussianChain`: [S], [S, S], [S, S], [S], [S, S], [M, S], [M], [M],
  /// [M], [M]. Q and R are (co)variances. A segment's first row gives m0 and P0; A, b, Q of row t lead
  /// into t.
  public struct Inputs: Sendable {
    public var m0, p0, a, b, q, c, d, r, y, mask: ChainInput

    public init(
      m0: ChainInput, p0: ChainInput, a: ChainInput, b: ChainInput, q: ChainInput, c: ChainInput,
      d: ChainInput, r: ChainInput, y: ChainInput, mask: ChainInput
    ) {
      self.m0 = m0
      self.p0 = p0
      self.a = a
      self.b = b
      self.q = q
      self.c = c
      self.d = d
      self.r = r
      self.y = y
      self.mask = mask
    }
  }

  public let states, observations: Int
  public let inputs: Inputs

  public init(states: Int, observations: Int, inputs: Inputs) {
    precondition(states > 0 && observations >= 0)
    self.states = states
    self.observations = observations
    self.inputs = inputs
  }

  /// Numbers a row of `adjoint`: 2S + 3S² + MS + 3M.
  public var adjointWidth: Int {
    2 * states + 3 * states * states + observations * states + 3 * observations
  }

  /// Numbers a row of `smoother`: S + S².
  public var smootherWidth: Int { states + states * states }

  /// Work space of `logLikelihood`.
  public var workspaceCount: Int { lvm_gaussian_chain_workspace(states, observations) }

  /// Work space of `adjoint` and `smoother` for a segment of so many rows.
  public func backwardWorkspaceCount(rows: Int) -> Int {
    lvm_gaussian_chain_backward_workspace(rows, states, observations)
  }

  /// The log likelihood: 0 without rows; NaN if P0 or Q is not positive semidefinite, R is negative, or
  /// an observation has prediction variance zero.
  public func logLikelihood(rows: Range<Int>, workspace: UnsafeMutablePointer<Double>) -> Double {
    var chain = segment(rows)
    return lvm_gaussian_chain_log_likelihood(&chain, workspace)
  }

  /// What each row adds to the log likelihood: log p(row | rows before it). NaN from the row on where
  /// `logLikelihood` is NaN.
  public func rowLogLikelihoods(rows: Range<Int>) -> [Double] {
    var chain = segment(rows)
    var work = [Double](repeating: 0, count: workspaceCount)
    return [Double](unsafeUninitializedCapacity: rows.count) { buffer, filled in
      buffer.initialize(repeating: .nan)
      if let out = buffer.baseAddress { lvm_gaussian_chain_row_terms(&chain, out, &work) }
      filled = rows.count
    }
  }

  /// Writes the gradient with respect to m0, P0, A, b, Q, C, d, R, y, packed, at
  /// `out + t * adjointWidth` for each row t of the plate in `rows`; returns the log likelihood.
  ///
  /// For P0 and Q it is the symmetric G with dL = Σ G_ij dP_ij. Zeros where a row's value is not used: m0
  /// and P0 after the first row, A, b and Q in it, C, d, R and y of missing coordinates. NaN where the
  /// log likelihood is. Disturbance smoother (Koopman & Shephard 1992), no inverse of Q, P or R.
  @discardableResult
  public func adjoint(
    rows: Range<Int>, into out: UnsafeMutablePointer<Double>,
    workspace: UnsafeMutablePointer<Double>
  ) -> Double {
    var chain = segment(rows)
    let first = out + rows.lowerBound * adjointWidth
    return lvm_gaussian_chain_adjoint(&chain, first, adjointWidth, workspace)
  }

  /// Writes smoothed means [S] and covariances [S, S] at `out + t * smootherWidth` for each row t of the
  /// plate in `rows`; returns the log likelihood.
  ///
  /// Rauch–Tung–Striebel in Joseph form. It loses digits as the predicted covariance loses condition: 1e-5
  /// of the largest entry in the first rows where a prior variance of 1e12 covers several states.
  @discardableResult
  public func smoother(
    rows: Range<Int>, into out: UnsafeMutablePointer<Double>,
    workspace: UnsafeMutablePointer<Double>
  ) -> Double {
    var chain = segment(rows)
    let first = out + rows.lowerBound * smootherWidth
    return lvm_gaussian_chain_smoother(&chain, first, smootherWidth, workspace)
  }

  private func segment(_ rows: Range<Int>) -> lvm_gaussian_chain {
    let t = rows.lowerBound
    return lvm_gaussian_chain(
      rows: rows.count, states: states, observations: observations,
      m0: inputs.m0.kernelInput(from: t), p0: inputs.p0.kernelInput(from: t),
      a: inputs.a.kernelInput(from: t), b: inputs.b.kernelInput(from: t),
      q: inputs.q.kernelInput(from: t), c: inputs.c.kernelInput(from: t),
      d: inputs.d.kernelInput(from: t), r: inputs.r.kernelInput(from: t),
      y: inputs.y.kernelInput(from: t), mask: inputs.mask.kernelInput(from: t))
  }
}
