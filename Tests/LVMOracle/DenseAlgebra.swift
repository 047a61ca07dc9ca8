import Foundation

/// A dense matrix, row-major, with the plainest algorithms.
struct Matrix: Equatable {
  var rows: Int
  var columns: Int
  var values: [Double]

  init(_ rows: Int, _ columns: Int, _ values: [Double]) {
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  init(zeros rows: Int, _ columns: Int) {
    self.init(rows, columns, Array(repeating: 0, count: rows * columns))
  }

  init(identity n: Int) {
    self.init(zeros: n, n)
    for i in 0..<n { self[i, i] = 1 }
  }

  subscript(_ i: Int, _ j: Int) -> Double {
    get { values[i * columns + j] }
    set { values[i * columns + j] = newValue }
  }

  var transpose: Matrix {
    var result = Matrix(zeros: columns, rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = self[i, j] } }
    return result
  }

  static func * (a: Matrix, b: Matrix) -> Matrix {
    precondition(a.columns == b.rows)
    var result = Matrix(zeros: a.rows, b.columns)
    for i in 0..<a.rows {
      for k in 0..<a.columns {
        let x = a[i, k]
        if x == 0 { continue }
        for j in 0..<b.columns { result[i, j] += x * b[k, j] }
      }
    }
    return result
  }

  /// Half of this matrix plus its transpose: symmetric inputs move as symmetric ones do.
  var symmetrized: Matrix {
    var result = self
    for i in 0..<rows { for j in 0..<columns { result[i, j] = 0.5 * (self[i, j] + self[j, i]) } }
    return result
  }

  /// Lower factor of a symmetric matrix; with `semidefinite`, zero pivots give zero columns.
  func cholesky(semidefinite: Bool = false) throws -> Matrix {
    let a = symmetrized
    var l = Matrix(zeros: rows, rows)
    for j in 0..<rows {
      var pivot = a[j, j]
      for k in 0..<j { pivot -= l[j, k] * l[j, k] }
      if semidefinite, pivot <= 1e-13 * Swift.abs(a[j, j]) || a[j, j] == 0 {
        guard pivot >= -1e-9 * (Swift.abs(a[j, j]) + 1e-300) else {
          throw OracleError.notPositiveDefinite
        }
        continue
      }
      guard pivot > 0 else { throw OracleError.notPositiveDefinite }
      l[j, j] = pivot.squareRoot()
      for i in j + 1..<max(rows, j + 1) {
        var s = a[i, j]
        for k in 0..<j { s -= l[i, k] * l[j, k] }
        l[i, j] = s / l[j, j]
      }
    }
    return l
  }

  /// L⁻¹ b for a lower triangle L.
  func solvingLower(_ b: [Double]) -> [Double] {
    var x = b
    for i in 0..<rows {
      for k in 0..<i { x[i] -= self[i, k] * x[k] }
      x[i] /= self[i, i]
    }
    return x
  }

  /// Solution of A X = B and log |det A| by Gaussian elimination with row exchanges.
  func solving(_ b: Matrix) throws -> (solution: Matrix, logAbsDeterminant: Double, sign: Double) {
    precondition(rows == columns && b.rows == rows)
    var a = self
    var x = b
    var logDeterminant = 0.0
    var sign = 1.0
    for k in 0..<rows {
      let pivot = (k..<rows).max { Swift.abs(a[$0, k]) < Swift.abs(a[$1, k]) } ?? k
      guard a[pivot, k] != 0 else { throw OracleError.degenerate }
      if pivot != k {
        sign = -sign
        for j in 0..<rows { (a[k, j], a[pivot, j]) = (a[pivot, j], a[k, j]) }
        for j in 0..<x.columns { (x[k, j], x[pivot, j]) = (x[pivot, j], x[k, j]) }
      }
      logDeterminant += log(Swift.abs(a[k, k]))
      if a[k, k] < 0 { sign = -sign }
      for i in k + 1..<max(rows, k + 1) {
        let f = a[i, k] / a[k, k]
        if f == 0 { continue }
        for j in k..<rows { a[i, j] -= f * a[k, j] }
        for j in 0..<x.columns { x[i, j] -= f * x[k, j] }
      }
    }
    for i in stride(from: rows - 1, through: 0, by: -1) {
      for j in 0..<x.columns {
        for k in i + 1..<max(rows, i + 1) { x[i, j] -= a[i, k] * x[k, j] }
        x[i, j] /= a[i, i]
      }
    }
    return (x, logDeterminant, sign)
  }

  func inverse() throws -> Matrix { try solving(Matrix(identity: rows)).solution }

  /// Householder reduction of this matrix [m, n], m ≥ n, to R (in place, upper triangle), the same
  /// reflections applied to `others` [m, k].
  func reduced(applyingTo others: Matrix) -> (r: Matrix, others: Matrix) {
    var a = self
    var b = others
    for k in 0..<min(columns, rows) {
      var norm = 0.0
      for i in k..<rows { norm = hypot(norm, a[i, k]) }
      if norm == 0 { continue }
      let alpha = a[k, k] > 0 ? -norm : norm
      var v = (k..<rows).map { a[$0, k] }
      v[0] -= alpha
      var squared = 0.0
      for x in v { squared += x * x }
      if squared == 0 { continue }
      func reflect(_ m: inout Matrix, _ from: Int) {
        for j in from..<max(from, m.columns) {
          var s = 0.0
          for i in k..<rows { s += v[i - k] * m[i, j] }
          s *= 2 / squared
          for i in k..<rows { m[i, j] -= s * v[i - k] }
        }
      }
      reflect(&a, k)
      reflect(&b, 0)
    }
    return (a, b)
  }
}
