import LVMData
import LVMInference
import LVMModel

/// Queries of rows that are independent take some rows at a time, so that neither a large table nor its answer
/// is ever all in memory.
extension Fit {
  /// Numbers of a table that a piece has, about.
  private static let pieceNumbers = 1_000_000

  /// Hands over a table's rows in order, some at a time, with the model bound to just these; everything at
  /// once where rows are tied to each other or latents are drawn.
  ///
  /// Pieces depend on the columns alone, hence the same answers whether the table lies in memory or not.
  func eachPiece(
    of table: Table, _ bound: BoundModel, _ body: (BoundModel, Table) throws -> Void
  ) throws {
    let width = max(1, bound.binding.variables.reduce(0) { $0 + $1.width })
    let step = max(256, min(32_768, Self.pieceNumbers / width))
    guard bound.rowsAreIndependent, bound.data.rows > step, try !plan(bound).answersByRowNumber
    else {
      return try body(bound, table)
    }
    for start in stride(from: 0, to: bound.data.rows, by: step) {
      let rows = start..<min(start + step, bound.data.rows)
      try body(bound.rows(rows), table.rows(rows))
      for variable in bound.binding.variables {
        if let failure = variable.failure { throw failure }
      }
    }
  }
}
