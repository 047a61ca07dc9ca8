/// An order in which every variable stands after what it reads at the same row.
extension ModelGraph {
  /// Among free choices the order of the text. What `previous` reads does not count: it lies in
  /// earlier rows. Variables in a circle, which a checked model has not, are left out.
  public var topologicalOrder: [VariableID] {
    var waiting = [Int](repeating: 0, count: variables.count)
    var readers = [[Int]](repeating: [], count: variables.count)
    for variable in variables {
      let parents = parents(of: variable.id)
      waiting[variable.id.index] = parents.count
      for parent in parents { readers[parent.index].append(variable.id.index) }
    }
    var ready = Array(waiting.indices.filter { waiting[$0] == 0 }.reversed())
    var order: [VariableID] = []
    // `ready` stays sorted downwards, so that the smallest index is at its end.
    while let next = ready.popLast() {
      order.append(VariableID(next))
      for reader in readers[next] {
        waiting[reader] -= 1
        if waiting[reader] == 0 {
          var low = 0
          var high = ready.count
          while low < high {
            let middle = (low + high) / 2
            if ready[middle] > reader { low = middle + 1 } else { high = middle }
          }
          ready.insert(reader, at: low)
        }
      }
    }
    return order
  }
}
