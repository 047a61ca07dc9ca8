import LVMCompute

/// Least-squares steps from normal equations, block by block, with what the data do not tell left alone.
struct LeastSquares {
  private var blocks: [[Int]] = []
  private var blockOf: [Int]
  private var placeInBlock: [Int]
  /// Per block, the symmetric matrix and the right-hand side.
  private var matrices: [[Double]] = []
  private var sides: [[Double]] = []

  /// Smallest eigenvalue that counts, of a matrix whose diagonal is 1.
  static let tolerance = 1e-13

  /// Unknowns in blocks that no equation joins; `groups` lists unknowns that share one.
  init(count: Int, joined groups: [[Int]]) {
    var parent = Array(0..<count)
    func root(_ i: Int) -> Int {
      var i = i
      while parent[i] != i { i = parent[i] }
      return i
    }
    for group in groups {
      guard let first = group.first else { continue }
      for other in group.dropFirst() {
        let (a, b) = (root(first), root(other))
        if a != b { parent[Swift.max(a, b)] = Swift.min(a, b) }
      }
    }
    blockOf = [Int](repeating: -1, count: count)
    placeInBlock = blockOf
    for i in 0..<count {
      let r = root(i)
      if r == i {
        blockOf[i] = blocks.count
        blocks.append([])
      }
      blockOf[i] = blockOf[r]
      placeInBlock[i] = blocks[blockOf[i]].count
      blocks[blockOf[i]].append(i)
    }
    clear()
  }

  mutating func clear() {
    matrices = blocks.map { [Double](repeating: 0, count: $0.count * $0.count) }
    sides = blocks.map { [Double](repeating: 0, count: $0.count) }
  }

  /// Adds to one entry of the matrix; unknowns of different blocks must not meet.
  mutating func add(_ value: Double, at i: Int, _ j: Int) {
    let b = blockOf[i]
    precondition(b == blockOf[j], "unknowns of two blocks in one equation")
    matrices[b][placeInBlock[i] * blocks[b].count + placeInBlock[j]] += value
  }

  mutating func add(_ value: Double, toSide i: Int) {
    sides[blockOf[i]][placeInBlock[i]] += value
  }

  /// The solution, and the unknowns that the equations leave open although they are in use; those move
  /// only as far as the rest needs (the shortest solution in scaled coordinates).
  func solution() -> (values: [Double], open: Set<Int>) {
    var values = [Double](repeating: 0, count: blockOf.count)
    var open: Set<Int> = []
    for (b, members) in blocks.enumerated() {
      let n = members.count
      // Coordinates in which the diagonal is 1.
      let scale = (0..<n).map { i -> Double in
        let d = matrices[b][i * n + i]
        return d > 0 && d.isFinite ? 1 / d.squareRoot() : 0
      }
      var scaled = matrices[b]
      for i in 0..<n { for j in 0..<n { scaled[i * n + j] *= scale[i] * scale[j] } }
      for i in 0..<n where scale[i] == 0 { scaled[i * n + i] = 1 }
      let side = (0..<n).map { sides[b][$0] * scale[$0] }
      let (x, unknown) = Self.solve(scaled, side, n)
      for i in 0..<n {
        values[members[i]] = x[i] * scale[i]
        if unknown.contains(i) || scale[i] == 0 { open.insert(members[i]) }
      }
    }
    return (values, open)
  }

  private static func solve(_ a: [Double], _ b: [Double], _ n: Int) -> ([Double], Set<Int>) {
    if let x = byCholesky(a, b, n) { return (x, []) }
    guard a.allSatisfy(\.isFinite), let (values, vectors) = symmetricEigen(a, n) else {
      return ([Double](repeating: 0, count: n), Set(0..<n))
    }
    var x = [Double](repeating: 0, count: n)
    var open: Set<Int> = []
    for k in 0..<n {
      let v = vectors[(k * n)..<((k + 1) * n)]
      guard values[k] > tolerance * Double(n) else {
        for (i, entry) in v.enumerated() where Swift.abs(entry) > 1e-6 { open.insert(i) }
        continue
      }
      var along = 0.0
      for (entry, side) in zip(v, b) { along += entry * side }
      for (i, entry) in v.enumerated() { x[i] += along / values[k] * entry }
    }
    return (x, open)
  }

  /// Nil where a pivot is small.
  private static func byCholesky(_ a: [Double], _ b: [Double], _ n: Int) -> [Double]? {
    var l = a
    for j in 0..<n {
      var d = l[j * n + j]
      for k in 0..<j { d -= l[j * n + k] * l[j * n + k] }
      guard d > 1e-11 else { return nil }
      let root = d.squareRoot()
      l[j * n + j] = root
      for i in (j + 1)..<Swift.max(n, j + 1) {
        var sum = l[i * n + j]
        for k in 0..<j { sum -= l[i * n + k] * l[j * n + k] }
        l[i * n + j] = sum / root
      }
    }
    var x = b
    for i in 0..<n {
      for k in 0..<i { x[i] -= l[i * n + k] * x[k] }
      x[i] /= l[i * n + i]
    }
    for i in (0..<n).reversed() {
      for k in (i + 1)..<Swift.max(n, i + 1) { x[i] -= l[k * n + i] * x[k] }
      x[i] /= l[i * n + i]
    }
    return x
  }
}
