/// One column of data: `dims` numbers for each instance of its plate, row-major.
///
/// The numbers are an array, one number repeated, or rows that a source reads when they are asked for.
public struct DataColumn: Sendable {
  public var plate: PlateID
  public var dims: [Int]
  private(set) var storage: Storage

  enum Storage: Sendable {
    case values([Double])
    /// The same number everywhere; how many numbers there are.
    case constant(Double, count: Int)
    /// Rows of a source from `first` on.
    case rows(any RowSource, first: Int, count: Int)
  }

  public init(plate: PlateID = .rows, dims: [Int] = [], values: [Double]) {
    self.plate = plate
    self.dims = dims
    storage = .values(values)
  }

  /// A column of one number for `instances` instances.
  public init(
    plate: PlateID = .rows, dims: [Int] = [], repeating value: Double, instances: Int
  ) {
    self.plate = plate
    self.dims = dims
    storage = .constant(value, count: instances * max(1, dims.reduce(1, *)))
  }

  /// A column of the first `instances` rows of a source.
  public init(
    plate: PlateID = .rows, dims: [Int] = [], source: any RowSource, instances: Int
  ) {
    self.plate = plate
    self.dims = dims
    storage = .rows(source, first: 0, count: instances)
  }

  /// Numbers of one instance.
  public var width: Int { max(1, dims.reduce(1, *)) }

  /// Numbers in all.
  public var count: Int {
    switch storage {
    case .values(let values): values.count
    case .constant(_, let count): count
    case .rows(_, _, let count): count * width
    }
  }

  /// All numbers; of a source they are read anew each time.
  public var values: [Double] {
    get {
      switch storage {
      case .values(let values): values
      case .constant(let value, let count): [Double](repeating: value, count: count)
      case .rows(_, _, let rows):
        [Double](unsafeUninitializedCapacity: rows * width) { buffer, filled in
          copyRows(0..<rows, into: buffer)
          filled = rows * width
        }
      }
    }
    set { storage = .values(newValue) }
  }

  /// Adds numbers to a column that is an array.
  public mutating func append(_ more: [Double]) {
    guard case .values(var values) = storage else {
      self.values += more
      return
    }
    storage = .constant(0, count: 0)
    values += more
    storage = .values(values)
  }

  /// The column with its numbers in an array.
  public var materialized: DataColumn { DataColumn(plate: plate, dims: dims, values: values) }

  /// The numbers of some instances.
  public func numbers(of instances: Range<Int>) -> [Double] {
    let count = instances.count * width
    return [Double](unsafeUninitializedCapacity: count) { buffer, filled in
      copyRows(instances, into: buffer)
      filled = count
    }
  }

  /// Copies the numbers of some instances.
  public func copyRows(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) {
    let count = rows.count * width
    precondition(buffer.count >= count, "the buffer is too short")
    guard count > 0, let to = buffer.baseAddress else { return }
    switch storage {
    case .values(let values):
      values.withUnsafeBufferPointer { from in
        if let base = from.baseAddress {
          to.update(from: base + rows.lowerBound * width, count: count)
        }
      }
    case .constant(let value, _): to.update(repeating: value, count: count)
    case .rows(let source, let first, _):
      source.copyRows(
        (rows.lowerBound + first)..<(rows.upperBound + first),
        into: UnsafeMutableBufferPointer(start: to, count: count))
    }
  }

  /// Hands over all numbers in order, a block of whole instances at a time.
  public func eachBlock(_ body: (_ values: UnsafeBufferPointer<Double>) throws -> Void) rethrows {
    if case .values(let values) = storage {
      try values.withUnsafeBufferPointer(body)
      return
    }
    let instances = count / width
    let block = max(1, min(instances, 65_536 / width))
    let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: block * width)
    defer { buffer.deallocate() }
    for start in stride(from: 0, to: instances, by: block) {
      let rows = start..<min(start + block, instances)
      copyRows(rows, into: buffer)
      try body(UnsafeBufferPointer(rebasing: buffer[..<(rows.count * width)]))
    }
  }

  /// Some instances as a column of their own.
  func instances(_ range: Range<Int>) -> DataColumn {
    var copy = self
    switch storage {
    case .values(let values):
      copy.storage = .values(
        Array(values[(range.lowerBound * width)..<(range.upperBound * width)]))
    case .constant(let value, _): copy.storage = .constant(value, count: range.count * width)
    case .rows(let source, let first, _):
      copy.storage = .rows(source, first: first + range.lowerBound, count: range.count)
    }
    return copy
  }

  /// The first number where all lie one after the other in memory; the column must be kept meanwhile.
  var address: UnsafePointer<Double>? {
    switch storage {
    // An array that is held and not changed stays where it is.
    case .values(let values): values.withUnsafeBufferPointer { $0.baseAddress }
    case .constant: nil
    case .rows(let source, let first, _): source.contiguous.map { $0 + first * width }
    }
  }

  var failure: (any Error)? {
    if case .rows(let source, _, _) = storage { return source.failure }
    return nil
  }

  var isConstant: Bool {
    if case .constant = storage { return true }
    return false
  }
}
