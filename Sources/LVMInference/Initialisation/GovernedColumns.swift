import LVMModel

/// The columns of an observed variable that each entry of a parameter has a say in.
///
/// An entry that goes with one column speaks of that one; an entry that several columns share, of all of
/// them.
struct GovernedColumns {
  /// Per entry its columns; nil for matrices, which have columns of their own.
  private let columns: [[Int]]?
  private let all: Int
  /// Per entry how many columns it has.
  let weights: [Double]

  /// `isMatrix`: the argument of `v`'s distribution is a matrix over the columns, as a covariance is.
  init(
    _ p: Variable, _ argument: Expression, of v: Variable, _ structure: ModelStructure,
    columns all: Int, isMatrix: Bool
  ) {
    self.all = all
    guard p.type.kind == .real || p.type.kind == .positive else {
      columns = nil
      weights = []
      return
    }
    let count = (p.type.dims ?? []).reduce(1, *)
    var found = [[Int]](repeating: [], count: count)
    var reading = ColumnsOfEntries(p, structure)
    if let cells = reading.cells(of: argument), cells.count > 0 {
      // A latent of another shape than what shows it does not tell the columns apart.
      // Components of a mixture lead, and have all columns each.
      let width = isMatrix ? cells.dims.last ?? 1 : Swift.min(cells.count, Swift.max(1, all))
      let isAligned =
        all % width == 0 && cells.count % width == 0
        && (v.role == .observe || (v.type.dims ?? []).reduce(1, *) == all)
      for element in 0..<cells.count {
        let first = isMatrix ? element / width % width : element % width
        let own = isAligned ? Array(stride(from: first, to: all, by: width)) : Array(0..<all)
        for entry in cells.entries(of: element) where entry >= 0 {
          // Elements come in order, so that what is read again was the last to be added.
          if !isAligned, !found[entry].isEmpty { continue }
          if found[entry].last == own.last { continue }
          if found[entry].isEmpty { found[entry] = own } else { found[entry] += own }
        }
      }
    } else {
      found = [[Int]](repeating: Array(0..<all), count: count)
    }
    columns = found
    weights = found.map { Double($0.count) }
  }

  /// Means and root mean squares over the columns of each entry; over all for one that none reads.
  func pooled(mean: [Double], sd: [Double]) -> (mean: [Double], sd: [Double]) {
    guard let columns else { return (mean, sd) }
    var result = (mean: [Double](), sd: [Double]())
    let whole = Self.pooled(mean, sd, Array(0..<all))
    for own in columns {
      let one = own.isEmpty || own.count == all ? whole : Self.pooled(mean, sd, own)
      result.mean.append(one.mean)
      result.sd.append(one.sd)
    }
    return result
  }

  /// The least over the columns of each entry; over all for one that none reads.
  func least(of sd: [Double]) -> [Double] {
    let whole = sd.min() ?? 1
    return (columns ?? []).map { own in
      own.isEmpty || own.count == all ? whole : own.reduce(.infinity) { Swift.min($0, sd[$1]) }
    }
  }

  private static func pooled(_ mean: [Double], _ sd: [Double], _ columns: [Int]) -> (
    mean: Double, sd: Double
  ) {
    let n = Double(Swift.max(1, columns.count))
    let middle = columns.reduce(0) { $0 + mean[$1] / n }
    let longest = columns.reduce(0) { Swift.max($0, sd[$1]) }
    guard columns.count > 1, longest > 0 else { return (middle, longest) }
    let square = columns.reduce(0) { $0 + (sd[$1] / longest) * (sd[$1] / longest) }
    return (middle, longest * (square / n).squareRoot())
  }
}

/// What several variables say of one parameter.
struct PooledReference {
  private(set) var reference: StartingValues.Reference
  private var weights: [Double]

  init(_ first: StartingValues.Reference, _ weights: [Double]) {
    reference = first
    self.weights = weights
  }

  /// Spreads are averaged, as squares, over all columns; what else there is stays as it was first said.
  mutating func add(_ other: StartingValues.Reference, _ more: [Double]) {
    guard more.count == weights.count else { return }
    let open = weights.map { $0 == 0 }
    func filled(_ old: [Double], _ new: [Double]) -> [Double] {
      old.indices.map { open[$0] && more[$0] > 0 ? new[$0] : old[$0] }
    }
    switch (reference, other) {
    case (.scale(let a), .scale(let b)):
      reference = .scale(
        a.indices.map { i in
          let total = weights[i] + more[i]
          let longest = Swift.max(a[i], b[i])
          guard weights[i] > 0, more[i] > 0, longest > 0 else {
            return more[i] > 0 ? b[i] : a[i]
          }
          let (x, y) = (a[i] / longest, b[i] / longest)
          return longest * ((weights[i] * x * x + more[i] * y * y) / total).squareRoot()
        })
    case (.location(let mean, let sd), .location(let otherMean, let otherSD)):
      reference = .location(mean: filled(mean, otherMean), sd: filled(sd, otherSD))
    case (.loading(let a), .loading(let b)): reference = .loading(filled(a, b))
    case (.scale, .location), (.scale, .loading), (.location, .scale), (.location, .loading),
      (.loading, .scale), (.loading, .location):
      return
    }
    weights = zip(weights, more).map { $0 + $1 }
  }
}
