import CLVMKernels

#if canImport(Accelerate)
  import Accelerate
#else
  import COpenBLAS
#endif

/// The triangular factor R of a data matrix with a column of ones in front: RᵀR = [1, X]ᵀ[1, X].
///
/// Sums of squares of anything affine in a row are the same over the rows of R as over the rows of X.
/// The first row of R is √N·(1, means); the others have a zero in front and hold the scatter about the
/// mean. The scatter is summed about a centre near the mean and factorised (dsyrk, dpotrf); where columns
/// are so close to collinear that this would lose digits, the rows are reduced by orthogonal
/// transformations instead, block upon block (dgeqrf; Demmel, Grigori, Hoemmen and Langou 2012).
///
/// - Parameters:
///   - rows: N, at least d + 1.
///   - width: d, the columns of X.
///   - runtime: where it runs; the bits do not depend on it.
///   - read: writes `count` rows of X from a first one on, row-major; called more than once per row, by
///     several threads at once.
/// - Returns: row-major, (d + 1) × (d + 1).
public func rowFactor(
  rows: Int, width d: Int, runtime: Runtime = .serial,
  read: (_ first: Int, _ count: Int, _ into: UnsafeMutablePointer<Double>) -> Void
) -> [Double] {
  rowFactor(rows: rows, width: d, runtime: runtime, numbers: nil, read: read)
}

/// The same for all rows of a column, which are not copied where they lie in memory.
public func rowFactor(of column: DataColumn, runtime: Runtime = .serial) -> [Double] {
  let d = column.width
  return withExtendedLifetime(column) {
    rowFactor(rows: column.count / d, width: d, runtime: runtime, numbers: column.address) {
      first, count, out in
      column.copyRows(
        first..<(first + count), into: UnsafeMutableBufferPointer(start: out, count: count * d))
    }
  }
}

private func rowFactor(
  rows: Int, width d: Int, runtime: Runtime, numbers: UnsafePointer<Double>?,
  read: (_ first: Int, _ count: Int, _ into: UnsafeMutablePointer<Double>) -> Void
) -> [Double] {
  precondition(rows > d, "more columns than rows")
  _ = BLAS.pinned
  let (mean, factor) = withoutActuallyEscaping(read) { read -> ([Double], [Double]) in
    let fold = RowFold(rows: rows, width: d, runtime: runtime, numbers: numbers, read: read)
    var (mean, scatter) = fold.scatter()
    if let root = RowFold.root(&scatter, d) { return (mean, root) }
    return (mean, fold.reduced(about: mean))
  }
  let root = Double(rows).squareRoot()
  var result = [Double](repeating: 0, count: (d + 1) * (d + 1))
  result[0] = root
  for j in 0..<d { result[j + 1] = root * mean[j] }
  // What the rounding of the mean leaves in the row of ones is put back there.
  let lead = factor.count == d * d ? 0 : 1
  let side = d + lead
  for j in 0..<d where lead == 1 { result[j + 1] += factor[j + 1] }
  for i in 0..<d {
    for j in i..<d { result[(i + 1) * (d + 1) + j + 1] = factor[(i + lead) * side + j + lead] }
  }
  return result
}

/// One reading of the rows of a data matrix, in blocks.
private struct RowFold {
  var rows: Int
  var width: Int
  var runtime: Runtime
  /// X row-major, where it lies in memory.
  var numbers: UnsafePointer<Double>?
  var read: (Int, Int, UnsafeMutablePointer<Double>) -> Void

  private static let block = 128
  private static let sample = 1024

  /// Parts whose sums are added up one after the other, by shapes alone; together no more numbers than a
  /// quarter of the rows.
  private var parts: Int {
    Swift.max(1, Swift.min(16, rows / Swift.max(4 * width, 2 * Self.sample)))
  }

  /// Means, and the scatter about them in the upper triangle.
  func scatter() -> (mean: [Double], scatter: [Double]) {
    let d = width
    let centre = roughMean()
    let parts = parts
    let side = d * d + d
    let all = UnsafeMutablePointer<Double>.allocate(capacity: parts * side)
    defer { all.deallocate() }
    all.initialize(repeating: 0, count: parts * side)
    centre.withUnsafeBufferPointer { centre in
      guard let centre = centre.baseAddress else { return }
      let share = runtime.rank.share(of: parts)
      ThreadPool(threads: Swift.min(runtime.threads, share.count)).run(tasks: share.count) { i, _ in
        let part = share.lowerBound + i
        let own = all + part * side
        add((part * rows / parts)..<((part + 1) * rows / parts), about: centre, own, own + d * d)
      }
      let bytes = side * MemoryLayout<Double>.stride
      runtime.complete(
        all, own: (share.lowerBound * bytes)..<(share.upperBound * bytes), total: parts * bytes)
    }
    var scatter = Array(UnsafeBufferPointer(start: all, count: d * d))
    var sums = Array(UnsafeBufferPointer(start: all + d * d, count: d))
    for part in 1..<Swift.max(parts, 1) {
      let own = all + part * side
      for i in 0..<(d * d) { scatter[i] += own[i] }
      for j in 0..<d { sums[j] += own[d * d + j] }
    }
    let n = Double(rows)
    for i in 0..<d {
      for j in i..<d { scatter[i * d + j] -= sums[i] * sums[j] / n }
    }
    return (zip(centre, sums).map { $0 + $1 / n }, scatter)
  }

  /// The mean of rows from all over the table: near enough to the mean that nothing large cancels.
  private func roughMean() -> [Double] {
    let d = width
    var centre = [Double](repeating: 0, count: d)
    let taken = Swift.min(rows, Self.sample)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: d) { buffer in
      guard let row = buffer.baseAddress else { return }
      for i in 0..<taken {
        let place = i * rows / taken
        if let numbers {
          for j in 0..<d { centre[j] += numbers[place * d + j] }
        } else {
          read(place, 1, row)
          for j in 0..<d { centre[j] += row[j] }
        }
      }
    }
    return centre.map { $0 / Double(taken) }
  }

  /// Adds rows about a centre to their sums and, in the upper triangle, to their products.
  private func add(
    _ range: Range<Int>, about centre: UnsafePointer<Double>,
    _ products: UnsafeMutablePointer<Double>, _ sums: UnsafeMutablePointer<Double>
  ) {
    let d = width
    let x = UnsafeMutablePointer<Double>.allocate(capacity: Self.block * d)
    defer { x.deallocate() }
    for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.block) {
      let count = Swift.min(Self.block, range.upperBound - first)
      if numbers == nil { read(first, count, x) }
      lvm_centre_rows(numbers.map { $0 + first * d } ?? UnsafePointer(x), centre, x, sums, count, d)
      cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasTrans, Int32(d), Int32(count), 1, x, Int32(d), 1, products,
        Int32(d))
    }
  }

  /// The upper factor of a scatter; nil where a column is so nearly a combination of others that fewer
  /// than nine digits of what is left of it would be right.
  static func root(_ scatter: inout [Double], _ d: Int) -> [Double]? {
    let sd = (0..<d).map { scatter[$0 * d + $0].squareRoot() }
    guard sd.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    for i in 0..<d {
      for j in i..<d { scatter[i * d + j] /= sd[i] * sd[j] }
    }
    // Row-major upper is column-major lower.
    var uplo = CChar(UInt8(ascii: "L"))
    var size = Int32(d)
    var lead = Int32(Swift.max(d, 1))
    var info: Int32 = 0
    dpotrf_(&uplo, &size, &scatter, &lead, &info)
    guard info == 0 else { return nil }
    for i in 0..<d {
      guard scatter[i * d + i] > 1e-3 else { return nil }
      for j in i..<d { scatter[i * d + j] *= sd[j] }
    }
    return scatter
  }

  /// The factor of [1, X − mean] by orthogonal reduction, (d + 1) × (d + 1), the ones' row divided out.
  func reduced(about mean: [Double]) -> [Double] {
    let d = width
    let side = d + 1
    let block = Swift.max(2 * side, Self.block)
    var kept = [Double](repeating: 0, count: side * side)
    var keptRows = 0
    var source = [Double](repeating: 0, count: block * d)
    var stack = [Double](repeating: 0, count: (block + side) * side)
    var tau = [Double](repeating: 0, count: side)
    var work = [Double](repeating: 0, count: side * 64)
    for first in stride(from: 0, to: rows, by: block) {
      let count = Swift.min(block, rows - first)
      source.withUnsafeMutableBufferPointer { if let p = $0.baseAddress { read(first, count, p) } }
      let m = keptRows + count
      var total = Int32(m)
      var lead = Int32(m)
      // Column-major: the factor so far above the new rows.
      for j in 0..<side {
        for i in 0..<keptRows { stack[j * m + i] = kept[i * side + j] }
        for i in 0..<count {
          stack[j * m + keptRows + i] = j == 0 ? 1 : source[i * d + j - 1] - mean[j - 1]
        }
      }
      var columns = Int32(side)
      var workSize = Int32(work.count)
      var info: Int32 = 0
      dgeqrf_(&total, &columns, &stack, &lead, &tau, &work, &workSize, &info)
      keptRows = Swift.min(m, side)
      for i in 0..<keptRows {
        for j in 0..<side { kept[i * side + j] = j < i ? 0 : stack[j * m + i] }
      }
    }
    // The sign of the first row is free; its entries beyond the first are what the mean's rounding left.
    if kept[0] < 0 { for j in 0..<side { kept[j] = -kept[j] } }
    return kept
  }
}
