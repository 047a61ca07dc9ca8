/// The inverse of a symmetric positive definite matrix, from its eigenvalues.
///
/// - Parameters:
///   - matrix: row-major, n × n.
///   - n: the side.
/// - Returns: row-major; nil where an eigenvalue is not above rounding, n·2⁻⁵² of the largest.
public func invertSymmetric(_ matrix: [Double], _ n: Int) -> [Double]? {
  guard let (values, vectors) = symmetricEigen(matrix, n), let top = values.last, top > 0,
    let low = values.first, low > Double(n) * 0x1p-52 * top
  else { return nil }
  var inverse = [Double](repeating: 0, count: n * n)
  for k in 0..<n {
    for i in 0..<n {
      let scaled = vectors[k * n + i] / values[k]
      for j in 0..<n { inverse[i * n + j] += scaled * vectors[k * n + j] }
    }
  }
  return inverse
}
