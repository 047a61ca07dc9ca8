/// Rows of numbers that are read a block at a time, so that a column need not be in memory as a whole.
public protocol RowSource: Sendable {
  /// Copies the values of some rows, row-major; several threads may call at once.
  ///
  /// Where reading fails the numbers are NaN and `failure` says why.
  func copyRows(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>)
  /// All values one after the other, where they lie so in memory as long as the source lives.
  var contiguous: UnsafePointer<Double>? { get }
  /// The first reading that failed.
  var failure: (any Error)? { get }
}

/// Takes the rows of a column that is computed once and read many times.
public protocol RowSink: AnyObject {
  /// Adds whole rows, row-major.
  func append(_ values: [Double]) throws
  /// The rows so far.
  func finish() throws -> any RowSource
}

extension RowSource {
  public var contiguous: UnsafePointer<Double>? { nil }
  public var failure: (any Error)? { nil }
}
