import LVMCompute
import LVMData

/// The prepared rows of a bound variable, as the executor reads them; missing cells hold safe values.
struct BoundRows: RowSource {
  let variable: BoundVariable
  /// What a missing cell of each column holds; nil where none is missing.
  var safe: [Double]?

  func copyRows(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) {
    variable.copyValues(rows: rows, into: buffer)
    guard let safe else { return }
    let width = safe.count
    for i in 0..<(rows.count * width) where buffer[i].isNaN { buffer[i] = safe[i % width] }
  }

  var contiguous: UnsafePointer<Double>? { safe == nil ? variable.contiguousValues : nil }
  var failure: (any Error)? { variable.failure }
}

/// 1 where a cell of a bound variable is observed, 0 where it is missing.
struct BoundMask: RowSource {
  let variable: BoundVariable

  func copyRows(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) {
    variable.copyValues(rows: rows, into: buffer)
    for i in 0..<(rows.count * variable.width) { buffer[i] = buffer[i].isNaN ? 0 : 1 }
  }

  var failure: (any Error)? { variable.failure }
}

/// A column computed from data, on its way to the disk.
final class SpilledColumn: RowSink {
  private let rows: StoredRows

  init(width: Int) throws { rows = try StoredRows(width: width) }

  func append(_ values: [Double]) throws { try rows.append(values) }

  func finish() throws -> any RowSource { SpilledRows(rows: rows) }
}

private struct SpilledRows: RowSource {
  let rows: StoredRows

  func copyRows(_ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) {
    rows.copy(range, into: buffer)
  }

  var failure: (any Error)? { rows.failure }
}
