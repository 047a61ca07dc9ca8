import LVMCompute
import LVMData
import LVMInference

/// How a fit does on rows that it was not fitted to.
public struct Validation: Sendable, Hashable, Codable {
  /// Total log likelihood of the held-out table, in nats.
  public var value: Double
  public var rows: Int
  /// SHA-256 of the file's bytes, in hex.
  public var sha256: String
}

extension Fit {
  /// log p(table | parameters), for a table that the fit has not seen.
  ///
  /// - Throws: `DataErrors` of the binding; `DataErrors` too for a table without rows.
  public func validate(_ table: Table, runtime: Runtime = .serial) throws -> Validation {
    let (scores, bound) = try logLikelihood(of: table, runtime: runtime)
    let values = scores.values
    let total = runtime.fold(rows: values.count, width: 1, Sums(count: 1)) { sum, rows in
      for i in rows { sum.numbers[0] += values[i] }
    }
    return Validation(
      value: total.numbers[0], rows: bound.data.rows, sha256: try table.sha256())
  }
}
