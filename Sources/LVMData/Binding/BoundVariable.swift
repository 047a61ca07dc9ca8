/// A variable's values, found in a table.
public struct BoundVariable: Sendable {
  public let name: String
  public let role: ColumnRequest.Role
  public let domain: ValueDomain
  /// The names of the table's columns it reads, in order; a sum names all that it adds.
  public let columns: [String]
  /// Values of one row: 1 for a scalar, the product of the shape otherwise.
  public let width: Int
  public let rowCount: Int
  /// Missing cells in all.
  public let missingCount: Int
  /// Of a categorical variable, in the order of the indices.
  public let labels: [String]?
  /// Labels beyond `labels` that were allowed; their indices follow.
  public let unseenLabels: [String]
  public let preparation: Preparation?
  /// Per column, the sum over observed cells of log |d prepared / d original|; zeros where nothing
  /// is prepared.
  public let logJacobian: [Double]
  private let cells: [ColumnStorage]

  init(
    request: ColumnRequest, columns: [String], rowCount: Int, cells: [ColumnStorage],
    missingCount: Int, labels: [String]?, unseenLabels: [String], preparation: Preparation?,
    logJacobian: [Double]
  ) {
    name = request.name
    role = request.role
    domain = request.domain
    self.columns = columns
    width = cells.count
    self.rowCount = rowCount
    self.missingCount = missingCount
    self.labels = labels
    self.unseenLabels = unseenLabels
    self.preparation = preparation
    self.logJacobian = logJacobian
    self.cells = cells
  }

  /// What a 0/1 variable is written as, where not as 0 and 1: `0 is no, 1 is yes`.
  public var binaryCoding: String? {
    guard domain == .binary, let labels, labels.count == 2 else { return nil }
    return "0 is \(labels[0]), 1 is \(labels[1])"
  }

  /// Some rows of another, copied into memory.
  init(_ whole: BoundVariable, rows: Range<Int>) {
    name = whole.name
    role = whole.role
    domain = whole.domain
    columns = whole.columns
    width = whole.width
    rowCount = rows.count
    missingCount = whole.missingCount
    labels = whole.labels
    unseenLabels = whole.unseenLabels
    preparation = whole.preparation
    logJacobian = whole.logJacobian
    cells = whole.cells.map { $0.rows(rows) }
  }

  /// Copies the prepared values of `rows` into `destination`, row-major, `width` a row; NaN where
  /// missing, a zero-based index in a categorical variable.
  ///
  /// The cells lie compactly in memory; this is how to read a block of them.
  public func copyValues(
    rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Double>
  ) {
    precondition(destination.count >= rows.count * width)
    // Blocks of rows keep the strided writes within the cache.
    let block = max(1, 32_768 / max(1, width))
    var start = rows.lowerBound
    while start < rows.upperBound {
      let end = min(start + block, rows.upperBound)
      let from = (start - rows.lowerBound) * width
      copyCells(
        cells, rows: start..<end,
        into: UnsafeMutableBufferPointer(
          rebasing: destination[from..<(from + (end - start) * width)]))
      for column in 0..<width {
        let offset = from + column
        guard let steps = preparation?.columns[column], !steps.steps.isEmpty else { continue }
        for row in 0..<(end - start) {
          destination[offset + row * width] = steps.apply(destination[offset + row * width])
        }
      }
      start = end
    }
  }

  /// The prepared values row-major, where they lie so in memory as long as this variable lives: an
  /// array of doubles of which all columns are taken in order and nothing is prepared.
  public var contiguousValues: UnsafePointer<Double>? {
    guard case .stored(let first)? = cells.first, let base = first.store.doubles,
      first.store.width == width,
      preparation?.columns.allSatisfy({ $0.steps.isEmpty }) ?? true
    else { return nil }
    for (i, storage) in cells.enumerated() {
      guard case .stored(let own) = storage, own.store === first.store, own.column == i else {
        return nil
      }
    }
    return base
  }

  /// Why cells of a table on the disk could not be read.
  public var failure: DataErrors? {
    for case .stored(let own) in cells { if let failure = own.store.failure { return failure } }
    return nil
  }

  /// All prepared values, row-major: rows by `width`; see `copyValues(rows:into:)`.
  public var values: [Double] { values(rows: 0..<rowCount) }

  /// The prepared values of some rows, row-major.
  public func values(rows: Range<Int>) -> [Double] {
    [Double](unsafeUninitializedCapacity: rows.count * width) { buffer, filled in
      buffer.initialize(repeating: 0)
      copyValues(rows: rows, into: buffer)
      filled = rows.count * width
    }
  }

  /// Per value, in the order of `values`, whether it is missing; `nil` where none is.
  public var missing: [Bool]? {
    missingCount == 0 ? nil : values.map(\.isNaN)
  }
}
