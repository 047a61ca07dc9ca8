import LVMSyntax

/// What is wrong with `each` blocks, and with what may stand in them.
enum PlateError: WordedFinding {
  case secondRows(first: Span)
  case insideRows(unit: String)
  case rowsBy
  case groupWithoutColumn(String)
  case groupInOrder(String)
  case groupColumn(found: String)

  var wording: Wording {
    switch self {
    case .secondRows(let first):
      return Wording(
        .secondRows, "there is already an `each row`", secondary: [.init(first, "the first one")],
        help: ["a table has one kind of row: put all that a row holds into one block"])
    case .insideRows(let unit):
      return Wording(
        .eachInsideRows, "`each \(unit)` cannot stand inside `each row`: a row holds no groups",
        help: ["put it outside; the names of a group are visible in its rows"])
    case .rowsBy:
      return Wording(
        .rowsBy, "rows are not grouped: `each row` takes no `by`",
        help: ["name the group, as in `each subject by id { each row { … } }`"])
    case .groupWithoutColumn(let unit):
      let near = nearestSpelling(unit, among: ["row"])
      return Wording(
        .groupWithoutColumn, "`each \(unit)` does not say which column makes the groups",
        help: near != nil
          ? ["for every row of the table write `each row`"] : ["write `each \(unit) by COLUMN`"])
    case .groupInOrder(let unit):
      return Wording(
        .groupInOrder, "only rows can be in order, `each \(unit)` is a group",
        help: ["write `each \(unit) by … { each row in order { … } }`"])
    case .groupColumn(let found):
      return Wording(
        .groupColumn, "groups are made by the values of a column, not by \(found)",
        help: ["write its name, or its exact name in quotes"])
    }
  }
}
