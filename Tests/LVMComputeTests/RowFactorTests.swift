import LVMCompute
import Testing

/// The factor of [1, X]: its products are the data's, whichever way it was computed.
@Suite struct RowFactorTests {
  /// Rows of X and the factor that was read from them.
  private func factor(_ x: [[Double]]) -> [[Double]] {
    let d = x[0].count
    let r = rowFactor(rows: x.count, width: d) { first, count, out in
      for i in 0..<count { for j in 0..<d { out[i * d + j] = x[first + i][j] } }
    }
    return (0...d).map { i in Array(r[(i * (d + 1))..<((i + 1) * (d + 1))]) }
  }

  @Test func threadsDoNotChangeABit() {
    let x = wobble(30_000 * 3)
    let factors = [1, 2, 5].map { threads in
      rowFactor(rows: 30_000, width: 3, runtime: Runtime(threads: threads)) { first, count, out in
        for i in 0..<(count * 3) { out[i] = x[first * 3 + i] }
      }
    }
    let column = DataColumn(dims: [3], values: x)
    for other in factors.dropFirst() + [rowFactor(of: column, runtime: Runtime(threads: 2))] {
      #expect(other == factors[0])
    }
  }

  private func rows(_ n: Int, _ d: Int, offset: Double) -> [[Double]] {
    let values = wobble(n * d)
    return (0..<n).map { i in (0..<d).map { j in offset * Double(j) + values[i * d + j] } }
  }

  @Test(arguments: [(7, 3), (300, 5), (1500, 40)], [0, 1e6])
  func productsAreTheDatas(_ size: (n: Int, d: Int), offset: Double) {
    let x = rows(size.n, size.d, offset: offset)
    let r = factor(x)
    let n = Double(size.n)
    #expect(abs(r[0][0] - n.squareRoot()) < 1e-12 * n)
    for j in 0..<size.d {
      let mean = x.reduce(0) { $0 + $1[j] } / n
      #expect(abs(r[0][j + 1] - n.squareRoot() * mean) <= 1e-12 * abs(r[0][j + 1]) + 1e-12)
      for k in 0...j {
        let other = x.reduce(0) { $0 + $1[k] } / n
        let scatter = x.reduce(0) { $0 + ($1[j] - mean) * ($1[k] - other) }
        let found = (1...size.d).reduce(0) { $0 + r[$1][j + 1] * r[$1][k + 1] }
        #expect(abs(found - scatter) < 1e-9 * n)
      }
    }
    for i in 0...size.d { for j in 0..<i { #expect(r[i][j] == 0) } }
  }

  /// What is left of a column beside one that is nearly its copy keeps its digits.
  @Test func nearlyCollinearColumns() {
    let (a, b) = (wobble(400), wobble(400, salt: 1))
    // Multiples of 2⁻⁴⁰ so that the sum is exact.
    let tiny = b.map { ($0 * 1024).rounded() / 1024 * 0x1p-30 }
    let coarse = a.map { ($0 * 1024).rounded() / 1024 }
    let r = factor(zip(coarse, tiny).map { [$0, $0 + $1] })
    func centred(_ x: [Double]) -> [Double] {
      let mean = x.reduce(0, +) / 400
      return x.map { $0 - mean }
    }
    let (x, y) = (centred(coarse), centred(tiny))
    let xx = x.reduce(0) { $0 + $1 * $1 }
    let xy = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    let rest = zip(x, y).reduce(0) { sum, pair in
      let e = pair.1 - pair.0 * xy / xx
      return sum + e * e
    }.squareRoot()
    #expect(abs(abs(r[2][2]) - rest) < 1e-6 * rest)
  }

  /// log |I + GᵀG| = log(6t² + 3) for G = [[t, t], [1, −1]]: lost at once if GᵀG is formed.
  @Test(arguments: [1, 1e3, 1e8, 1e12])
  func stackedRootsKeepDigits(t: Double) throws {
    let found = try evaluate(["g": Tensor([2, 2], [t, t, 1, -1])]) { b in
      ["root": b.add(.stackedRoot, [b.parameter("g", [2, 2])])]
    }
    let l = try #require(found["root"]?.values)
    #expect(l[1] == 0)
    let product = l[0] * l[3]
    let wanted = (6 * t * t + 3).squareRoot()
    #expect(abs(product - wanted) < 1e-14 * wanted)
  }
}
