/// Dictionaries walked by key. Nodes are numbered as they are built and their gradients are summed in that
/// order, so a walk in the order of hashes would change the last bits from one run to the next.
extension Dictionary where Key: Comparable {
  var inOrder: [(key: Key, value: Value)] { sorted { $0.key < $1.key } }

  /// `mapValues`, by key.
  func mappingInOrder<T>(_ body: (Value) throws -> T) rethrows -> [Key: T] {
    var result: [Key: T] = [:]
    for (key, value) in inOrder { result[key] = try body(value) }
    return result
  }
}
