/// Why the oracle has no answer.
public enum OracleError: Error, Equatable {
  case unsizedModel(String)
  case missingValues(of: String)
  case wrongLength(of: String, expected: Int, got: Int)
  case missingGroups(plate: String)
  case networksAreOutOfScope
  /// `previous` reaches before the first row of a series.
  case beforeStart(variable: String)
  case indexOutOfRange(Int, size: Int)
  case shape(String)
  /// A value was read that no method has fixed: a sign of a cycle, or of a bug here.
  case unsetValue(of: String)
  case notPositiveDefinite
  /// Observed values have no density: no noise on some direction.
  case degenerate
  case unsupported(String)
  case tooManyDimensions([String])
  case tooManyConfigurations(Double)
  case quadratureDidNotConverge
  case notAffine([String])
  case spansRows
}
