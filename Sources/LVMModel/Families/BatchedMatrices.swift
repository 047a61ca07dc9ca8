import LVMCompute

/// Products and quadratic forms of batches of matrices, the last two dims of a value.
///
/// Batches align from the right and dims of size 1 stretch, with or without a plate.
extension Value {
  /// Matrix [b…, m, n] times vector [c…, n]: [common…, m], one matrix product per batch entry of the
  /// matrix, over all rows at once if the matrix is without a plate.
  func timesVector(_ vector: Value) -> Value {
    let batch = commonDims(Array(shape.dims.dropLast(2)), Array(vector.shape.dims.dropLast()))
    let (m, n) = (shape.dims[shape.rank - 2], shape.dims[shape.rank - 1])
    // Labels: place in the batch for batch dims, then m and n.
    let (rowLabel, columnLabel) = (batch.count, batch.count + 1)
    let (a, left) = batchLabelled(in: batch, eventRank: 2)
    let (v, right) = vector.batchLabelled(in: batch, eventRank: 1)
    let output = Set(left + right).sorted()
    let result = a.contract(
      v, left: left + [rowLabel, columnLabel], right: right + [columnLabel],
      output: output + [rowLabel])
    precondition(vector.shape.dims.last == n, "matrix and vector do not fit")
    return result.reshape(batch + [m])
  }

  /// Σ_i a_i b_i' as a matrix [common…, m, n] from vectors [b…, m] and [c…, n]; with the plate summed
  /// over unless `keepsPlate`.
  func outer(_ other: Value, keepsPlate: Bool = true) -> Value {
    let batch = commonDims(Array(shape.dims.dropLast()), Array(other.shape.dims.dropLast()))
    let (a, left) = batchLabelled(in: batch, eventRank: 1)
    let (b, right) = other.batchLabelled(in: batch, eventRank: 1)
    let (i, j) = (batch.count, batch.count + 1)
    let result = a.contract(
      b, left: left + [i], right: right + [j], output: Set(left + right).sorted() + [i, j],
      keepsPlate: keepsPlate)
    return result.reshape(
      batch + [shape.dims[shape.rank - 1], other.shape.dims[other.shape.rank - 1]])
  }

  /// L⁻¹ of lower-triangular matrices.
  func inverseFactor() -> Value {
    let n = shape.dims[shape.rank - 1]
    return solvingTriangular(builder.constant(identityTensor(n)))
  }

  /// L⁻¹B for lower-triangular matrices.
  func solvingTriangular(_ right: Value) -> Value {
    builder.add(.triangularSolve(transposed: false), [self, right])
  }

  /// log |A| from its lower Cholesky factor.
  func logDeterminantOfFactor() -> Value { diagonal().log().sumLast() * 2.0 }

  private func batchLabelled(in batch: [Int], eventRank: Int) -> (value: Value, labels: [Int]) {
    let own = shape.dims.dropLast(eventRank)
    let event = Array(shape.dims.suffix(eventRank))
    let offset = batch.count - own.count
    let kept = own.indices.filter { own[$0] != 1 }
    return (reshape(kept.map { own[$0] } + event), kept.map { $0 + offset })
  }
}

func identityTensor(_ n: Int) -> Tensor {
  var values = [Double](repeating: 0, count: n * n)
  for i in 0..<n { values[i * n + i] = 1 }
  return Tensor([n, n], values)
}

/// log Γ_D(a) = D(D − 1)/4 log π + Σ_j log Γ(a − j/2), j = 0 … D − 1.
func logMultivariateGamma(_ a: Value, _ dimension: Int) -> Value {
  let d = Double(dimension)
  let terms = (0..<dimension).map { (a - 0.5 * Double($0)).lgamma() }
  return terms.dropFirst().reduce(terms[0], +) + d * (d - 1) / 4 * logPi
}

/// The lower Cholesky factor of a flat matrix, for draws; a matrix that is only semidefinite, which
/// LAPACK's factorisation refuses, gives zero columns.
func semidefiniteFactor(_ matrix: [Double], _ n: Int) -> [Double] {
  var factor = [Double](repeating: 0, count: n * n)
  for j in 0..<n {
    var pivot = matrix[j * n + j]
    for k in 0..<j { pivot -= factor[j * n + k] * factor[j * n + k] }
    guard pivot > 1e-14 * matrix[j * n + j] else { continue }
    let root = pivot.squareRoot()
    factor[j * n + j] = root
    for i in (j + 1)..<max(n, j + 1) {
      var sum = matrix[i * n + j]
      for k in 0..<j { sum -= factor[i * n + k] * factor[j * n + k] }
      factor[i * n + j] = sum / root
    }
  }
  return factor
}

/// Rows of a flat [n, n] times its transpose: A·Aᵀ.
func timesOwnTranspose(_ a: [Double], _ n: Int) -> [Double] {
  var result = [Double](repeating: 0, count: n * n)
  for i in 0..<n {
    for j in 0...i {
      var sum = 0.0
      for k in 0..<n { sum += a[i * n + k] * a[j * n + k] }
      result[i * n + j] = sum
      result[j * n + i] = sum
    }
  }
  return result
}
