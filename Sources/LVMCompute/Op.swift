/// Elementwise functions of one argument.
public enum UnaryFunction: String, Hashable, Sendable, CaseIterable {
  case negate, exp, expm1, log, log1p, sqrt, square, reciprocal, abs, sign, floor
  case tanh, sigmoid, softplus, relu
  /// 1 where positive, else 0; its gradient is zero.
  case step
  case lgamma, digamma, trigamma
  /// The normal cumulative distribution and its logarithm, accurate in both tails.
  case normalCDF, logNormalCDF
}

/// Elementwise functions of two arguments; shapes broadcast.
public enum BinaryFunction: String, Hashable, Sendable, CaseIterable {
  case add, subtract, multiply, divide, power, maximum, minimum
  /// 1 where the comparison holds, else 0; no gradient.
  case less, lessEqual, equal
  /// x·log y, and x·log(1 + y), both 0 where x is 0.
  case xlogy, xlog1py
  /// log Γ(x + n) − log Γ(x), without cancellation.
  case logRising
  /// log B(a, b), without cancellation.
  case lbeta
  /// exp(a − b), 0 where a is −∞: softmax from values and their log-sum-exp.
  case expDifference
  /// ψ(x + n) − ψ(x), without cancellation: the derivative of `logRising` in x.
  case digammaRising
}

/// A product of two arrays summed over shared axes, in the manner of einsum.
///
/// Axes carry labels; `ContractSpec.plate` marks the plate axis and is given where an operand has one.
/// A label in both operands and not in the output is summed over; labels within an operand are distinct.
/// Labels of the output each occur in an operand. Leaving the plate out of the output sums over it.
public struct ContractSpec: Hashable, Sendable {
  /// Labels of the static dims of the operands and the result, in order; the plate is not listed.
  public var left: [Int]
  public var right: [Int]
  public var output: [Int]
  /// Whether the result keeps the plate axis of its operands; false sums over it.
  public var keepsPlate: Bool

  public init(left: [Int], right: [Int], output: [Int], keepsPlate: Bool) {
    self.left = left
    self.right = right
    self.output = output
    self.keepsPlate = keepsPlate
  }
}

/// Windows that move over images in steps, and the images' and the results' sizes.
public struct WindowSpec: Hashable, Sendable {
  /// Height and width of the image.
  public var image: [Int]
  /// Height and width of a window.
  public var kernel: [Int]
  /// Steps down and to the right.
  public var stride: [Int]
  /// Rows above and columns left of the image that windows may reach.
  public var padding: [Int]
  /// Windows down and to the right; those that reach beyond the image see `fill` there.
  public var result: [Int]
  /// What is seen outside the image. `foldPatches` drops what falls there.
  public var fill: Double

  public init(
    image: [Int], kernel: [Int], stride: [Int], padding: [Int], result: [Int], fill: Double = 0
  ) {
    precondition(
      [image, kernel, stride, padding, result].allSatisfy { $0.count == 2 }
        && (image + kernel + stride + result).allSatisfy { $0 > 0 }
        && padding.allSatisfy { $0 >= 0 },
      "windows have two positive sizes each")
    self.image = image
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.result = result
    self.fill = fill
  }
}

/// One operation of a tensor program. Every `switch` over it is exhaustive.
public enum Op: Hashable, Sendable {
  // Leaves.
  case parameter(String)
  case data(String)
  case constant(Tensor)
  /// 1 for each instance of a plate; its total is the plate's count.
  case ones

  // Elementwise, broadcasting.
  case unary(UnaryFunction)
  case binary(BinaryFunction)
  /// inputs (condition, a, b): a where the condition is not 0, else b. No gradient to the condition.
  case select
  case cast(DType)

  // Shape; the plate axis stays as it is.
  case reshape([Int])
  /// dims[i] of the result is dims[permutation[i]] of the input.
  case transpose([Int])
  case broadcast([Int])
  case slice(axis: Int, start: Int, count: Int)
  case concat(axis: Int)

  // Reductions over static dims, which they remove.
  case sum(axes: [Int])
  /// Maximum; its gradient goes to all places that attain it, in equal parts.
  case max(axes: [Int])
  /// log Σ exp, safe for −∞; its gradient is the softmax: responsibilities.
  case logSumExp(axes: [Int])
  /// Running sums along an axis; `reversed` sums from the end.
  case cumsum(axis: Int, reversed: Bool)

  // Plates.
  /// Sum over the whole plate; the result has none.
  case sumPlate
  /// Sum of an inner plate within each instance of an outer one.
  case segmentSum(PlateID)
  /// Each outer instance's value repeated over its inner instances.
  case spread(PlateID)

  /// One input on a plate: 1 in the first instance of each segment (of the plate if nil), else 0.
  case segmentStart(PlateID?)

  // Indexing by data. Indices are zero-based numbers held as doubles.
  /// inputs (base [K, …] without a plate, indices [q…] on any plate): result [q…, …].
  case take
  /// inputs (values [q…, …], indices [q…]): adjoint of `take`, summed into [count, …] without a plate.
  case scatterAdd(count: Int)
  /// indices [q…] to [q…, count].
  case oneHot(count: Int)

  // Products and linear algebra. Matrices are the last two dims; everything before is a batch.
  case contract(ContractSpec)
  /// The lower Cholesky factor; NaN where the matrix is not positive definite.
  case cholesky
  /// inputs (G [m, n]): the lower factor L of I + GᵀG = LLᵀ, from an orthogonal reduction of the stack
  /// [I; G], so that rows of very different size keep their digits. Batches in front.
  case stackedRoot
  /// inputs (L lower-triangular [n, n], B [n, m]): L⁻¹B, or L⁻ᵀB with `transposed`. Batches broadcast.
  case triangularSolve(transposed: Bool)
  /// inputs (P [n, n] symmetric positive definite, h [n]): −½ log|P| + ½ hᵀP⁻¹h; the log normaliser of a
  /// Gaussian in information form without its n/2·log 2π. Its gradient is the posterior moments: P⁻¹h,
  /// and −½(P⁻¹ + mmᵀ). Batches broadcast.
  case gaussianIntegral
  /// inputs (P, h): P⁻¹h. Batches broadcast.
  case spdSolve
  /// inputs (x [d] on a plate, m [K, d], W [K, d, d] lower-triangular, both without a plate):
  /// ‖W_k (x − m_k)‖² for each k, [K] on the plate; entries of W above the diagonal are not read.
  case whitenedSquares
  /// inputs (x [d] on a plate, c [K, d] without one, w [K] on the plate): summed over the plate,
  /// Σ w_k (x − c_k) then Σ w_k (x − c_k)(x − c_k)ᵀ, packed [K, d + d·d]. No gradient.
  case weightedScatter
  /// The inverse of a symmetric positive definite matrix.
  case spdInverse
  /// The diagonal of the last two dims, and a matrix from its diagonal.
  case diagonal, diagonalMatrix
  /// Entries on and below the diagonal, the rest zero; the diagonal itself times `diagonalFactor`.
  case lowerTriangle(diagonalFactor: Double)

  // Chains: one sequence per instance of the outer plate (`segment`), or one over all rows if nil.
  /// inputs (log initial [K], log transition [K, K] (row: from), log emission [K] on rows); initial and
  /// transition may be without a plate or on rows (row t's transition leads into t; a segment's first is
  /// not used). Result: log normaliser per segment.
  case finiteChain(segment: PlateID?)
  /// Same inputs: on rows, [K + K·K]: posterior marginals, then posterior pairs (previous, this), zeros
  /// in a segment's first row. The declared reverse rule of `finiteChain`.
  case finiteChainPosterior(segment: PlateID?)
  /// A linear-Gaussian state chain: inputs in order, each without a plate or on rows:
  /// m0 [S], P0 [S, S], A [S, S], b [S], Q [S, S] (step noise covariance, may be singular), C [M, S],
  /// d [M], R [M] (observation variances, may be zero if the prediction variance is positive), y [M] on
  /// rows, mask [M] on rows (0 where y is missing). Result: log likelihood per segment, by a square-root
  /// or Joseph-form filter that takes observations one at a time.
  case gaussianChain(segment: PlateID?)
  /// Same inputs: gradient of the log likelihood with respect to each input, per row, packed on rows in
  /// input order without the mask: m0, P0, A, b, Q, C, d, R, y (m0 and P0 nonzero in a segment's first
  /// row only; A, b, Q zero there). Disturbance-smoother form (Koopman & Shephard 1992): never inverts Q.
  case gaussianChainAdjoint(segment: PlateID?)
  /// Same inputs: smoothed means and covariances on rows, packed [S + S·S].
  case gaussianChainSmoother(segment: PlateID?)

  /// What windows that move over images see: [.., height, width, channels] to
  /// [.., rows, columns, kernel height · kernel width · channels]. Convolutions are products of it with
  /// weights, pooling its reductions; dims before the image are a batch.
  case patches(WindowSpec)
  /// The adjoint of `patches`: each place gets the sum over the windows that see it. Transposed
  /// convolutions are this of a product.
  case foldPatches(WindowSpec)

  /// Passes its value on and blocks the gradient.
  case stopGradient
}
