/// How a value that broadcasts to a group's shape is read row by row: its number at (row, column) is at
/// ((row / divisor) mod modulus)·stride + column·inner.
struct OperandMap {
  var divisor = 1
  /// 0 for none.
  var modulus = 0
  var stride = 0
  /// 1 where it runs along the columns, 0 where one number serves a row.
  var inner = 0

  /// - Parameter split: dims before it belong to rows, with the plate; the others are columns.
  /// - Returns: nil where the value does not lie so.
  init?(_ value: Shape, in group: Shape, split: Int) {
    let rank = group.rank
    guard value.rank <= rank else { return nil }
    let dims = [Int](repeating: 1, count: rank - value.rank) + value.dims
    let columns = group.dims[split...].reduce(1, *)
    let tail = split..<rank
    if tail.allSatisfy({ dims[$0] == group.dims[$0] }) {
      inner = 1
    } else if tail.allSatisfy({ dims[$0] == 1 }) {
      inner = 0
    } else {
      return nil
    }
    // The plate leads; its size is not known here and never 1.
    var present = [value.plate != nil]
    var sizes = [0]
    for i in 0..<split where group.dims[i] != 1 {
      present.append(dims[i] != 1)
      sizes.append(group.dims[i])
    }
    guard let first = present.firstIndex(of: true), let last = present.lastIndex(of: true) else {
      return
    }
    guard present[first...last].allSatisfy({ $0 }) else { return nil }
    divisor = sizes[(last + 1)...].reduce(1, *)
    modulus = first == 0 ? 0 : sizes[first...last].reduce(1, *)
    stride = inner == 1 ? columns : 1
  }
}
