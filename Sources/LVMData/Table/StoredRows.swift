/// Rows of numbers in a temporary file: written once, then read in any order.
public final class StoredRows: @unchecked Sendable {
  // Sendable: writing comes before the value is shared; reading changes nothing.
  private let file: ScratchFile
  private let width: Int
  private var store: RowStore?
  private static let name = "temporary file"

  /// Throws `temporary-file` where none can be made.
  public init(width: Int) throws(DataErrors) {
    self.width = width
    do {
      file = try ScratchFile()
    } catch {
      throw DataErrors(error.problem, at: .init(file: Self.name))
    }
  }

  /// Adds whole rows, row-major; throws `temporary-file` where the disk is full.
  public func append(_ values: [Double]) throws(DataErrors) {
    var failed: ScratchError?
    values.withUnsafeBytes { bytes in
      do throws(ScratchError) { try file.append(bytes) } catch { failed = error }
    }
    if let failed { throw DataErrors(failed.problem, at: .init(file: Self.name)) }
    let rows = file.count / (8 * width)
    store = RowStore(.scratch(file), rows: rows, width: width, type: .f8, name: Self.name)
  }

  /// Copies rows, row-major.
  public func copy(_ rows: Range<Int>, into buffer: UnsafeMutableBufferPointer<Double>) {
    guard let store, let base = buffer.baseAddress else { return }
    let all = Array(0..<width)
    store.copy(rows: rows, columns: all, to: base, positions: all, stride: width)
  }

  /// The first reading that failed.
  public var failure: DataErrors? { store?.failure }
}
