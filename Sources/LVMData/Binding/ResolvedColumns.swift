/// One value of a row before preparation: a table's cell, a sum of cells, or nothing.
struct ResolvedColumn {
  enum Cells {
    case column(Int)
    case sum([Int], label: String)
    /// The table lacks it; every row is missing.
    case absent(String)
  }

  var cells: Cells
  /// What is done to it, innermost first.
  var steps: [PreparationRequest] = []

  /// The table's columns that it reads.
  var sources: [Int] {
    switch cells {
    case .column(let i): [i]
    case .sum(let columns, _): columns
    case .absent: []
    }
  }
}

/// A preparation as asked for, its constants from data not yet known.
struct PreparationRequest {
  var name: PreparationName
  /// The number after the columns; 0 where there is none.
  var constant: Double
}

/// A request with the columns that were found for it.
struct ResolvedRequest {
  var request: ColumnRequest
  var spec: ColumnSpec?
  var columns: [ResolvedColumn] = []
  var isResolved = false
  /// It takes every remaining column, for want of any of its name.
  var isLeftover = false
}
