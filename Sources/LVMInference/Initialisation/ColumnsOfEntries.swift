import LVMModel

/// Which entries of a parameter each element of an expression reads, whatever its indices come to be.
struct ColumnsOfEntries {
  /// Per element of an array, row-major, `depth` places for positions of entries; −1 where there is none.
  struct Cells {
    var dims: [Int]
    var depth: Int
    var places: [Int]

    var count: Int { dims.reduce(1, *) }

    /// The positions that an element reads, with repetitions.
    func entries(of element: Int) -> ArraySlice<Int> {
      places[(element * depth)..<((element + 1) * depth)]
    }
  }

  private let structure: ModelStructure
  private let parameter: Variable
  private var named: [VariableID: Cells] = [:]

  init(_ parameter: Variable, _ structure: ModelStructure) {
    self.parameter = parameter
    self.structure = structure
  }

  /// Places in all, and names for expressions one inside the other, beyond which nothing is told.
  private static let limit = 4_000_000
  private static let deepest = 200

  /// Nil where it cannot be told.
  mutating func cells(of e: Expression, depth: Int = 0) -> Cells? {
    guard depth < Self.deepest, let dims = e.type.dims else { return nil }
    let none = Cells(dims: dims, depth: 0, places: [])
    switch e.node {
    case .number, .size, .previous, .previousRange: return none
    case .variable(let id):
      if id == parameter.id {
        return Cells(dims: dims, depth: 1, places: Array(0..<dims.reduce(1, *)))
      }
      guard case .equal(let inner) = structure.model[id].definition,
        structure.reads(inner).contains(parameter.id)
      else { return none }
      if let known = named[id] { return known }
      guard let found = cells(of: inner, depth: depth + 1) else { return nil }
      named[id] = found
      return found
    case .map(_, let inner), .negate(let inner): return cells(of: inner, depth: depth + 1)
    case .arithmetic(_, let a, let b):
      guard let x = cells(of: a, depth: depth + 1), let y = cells(of: b, depth: depth + 1) else {
        return nil
      }
      return Self.joined(x, y, dims)
    case .matrixProduct(let a, let b):
      guard let x = cells(of: a, depth: depth + 1), let y = cells(of: b, depth: depth + 1) else {
        return nil
      }
      return Self.product(x, y, dims)
    case .index(let base, let indices):
      guard var result = cells(of: base, depth: depth + 1) else { return nil }
      var axis = 0
      for index in indices {
        guard let next = Self.indexed(result, axis, index) else { return nil }
        result = next
        if case .range = index { axis += 1 }
      }
      return result
    case .array(let parts): return stacked(parts, depth + 1)
    case .function(let function, let arguments):
      return cells(of: function, arguments, dims, depth + 1)
    case .network(_, let inputs, _):
      return inputs.contains { structure.reads($0).contains(parameter.id) } ? nil : none
    }
  }

  private mutating func cells(
    of function: BuiltinFunction, _ arguments: [Expression], _ dims: [Int], _ depth: Int
  ) -> Cells? {
    let none = Cells(dims: dims, depth: 0, places: [])
    guard arguments.contains(where: { structure.reads($0).contains(parameter.id) }) else {
      return none
    }
    switch function {
    case .stack: return stacked(arguments, depth)
    case .concat:
      guard let parts = parts(arguments, depth) else { return nil }
      return Cells(dims: dims, depth: parts.depth, places: parts.cells.flatMap(\.places))
    case .transpose:
      guard let x = cells(of: arguments[0], depth: depth), x.dims.count == 2 else { return nil }
      let (n, m) = (x.dims[0], x.dims[1])
      var result = Cells(dims: [m, n], depth: x.depth, places: [])
      for j in 0..<m { for i in 0..<n { result.places += x.entries(of: i * m + j) } }
      return result
    case .diag:
      guard let x = cells(of: arguments[0], depth: depth) else { return nil }
      let n = x.dims.first ?? 1
      guard x.dims.count == 1 else {
        let places = (0..<n).flatMap { x.entries(of: $0 * n + $0) }
        return Cells(dims: dims, depth: x.depth, places: places)
      }
      guard n * n * x.depth <= Self.limit else { return nil }
      var places = [Int](repeating: -1, count: n * n * x.depth)
      for i in 0..<n {
        let start = (i * n + i) * x.depth
        places.replaceSubrange(start..<(start + x.depth), with: x.entries(of: i))
      }
      return Cells(dims: dims, depth: x.depth, places: places)
    case .sum, .mean, .dot, .min, .max, .norm, .logsumexp, .logdet:
      guard dims.isEmpty else { return nil }
      var all: [Int] = []
      for argument in arguments {
        guard let x = cells(of: argument, depth: depth) else { return nil }
        all += x.places
      }
      return Cells(dims: [], depth: all.count, places: all)
    case .softmax, .inverse, .cholesky, .cumsum, .oneHot, .identity, .zeros, .ones: return nil
    }
  }

  /// Cells of several expressions, all of one depth.
  private mutating func parts(_ expressions: [Expression], _ depth: Int) -> (
    cells: [Cells], depth: Int
  )? {
    var parts: [Cells] = []
    for e in expressions {
      guard let part = cells(of: e, depth: depth) else { return nil }
      parts.append(part)
    }
    let deepest = parts.map(\.depth).max() ?? 0
    guard parts.reduce(0, { $0 + $1.count }) * deepest <= Self.limit else { return nil }
    for i in parts.indices where parts[i].depth < deepest {
      let missing = [Int](repeating: -1, count: deepest - parts[i].depth)
      parts[i].places = (0..<parts[i].count).flatMap { parts[i].entries(of: $0) + missing }
      parts[i].depth = deepest
    }
    return (parts, deepest)
  }

  private mutating func stacked(_ expressions: [Expression], _ depth: Int) -> Cells? {
    guard let (parts, deepest) = parts(expressions, depth) else { return nil }
    let shape = parts.map(\.dims).max { $0.count < $1.count } ?? []
    let count = shape.reduce(1, *)
    var result = Cells(dims: [parts.count] + shape, depth: deepest, places: [])
    for part in parts {
      for i in 0..<count { result.places += part.entries(of: i % Swift.max(1, part.count)) }
    }
    return result
  }

  /// Elementwise; the smaller shape repeats along the leading dimensions of the larger.
  private static func joined(_ x: Cells, _ y: Cells, _ dims: [Int]) -> Cells? {
    if y.depth == 0, x.dims == dims { return x }
    if x.depth == 0, y.dims == dims { return y }
    if x.dims == y.dims, x.depth == y.depth, x.places == y.places { return x }
    var result = Cells(dims: dims, depth: x.depth + y.depth, places: [])
    guard result.count * result.depth <= limit, x.count > 0, y.count > 0 else { return nil }
    result.places.reserveCapacity(result.count * result.depth)
    for i in 0..<result.count {
      result.places += x.entries(of: i % x.count)
      result.places += y.entries(of: i % y.count)
    }
    return result
  }

  /// Of matrices, or of a matrix and a vector: an element reads a row of one and a column of the other.
  private static func product(_ x: Cells, _ y: Cells, _ dims: [Int]) -> Cells? {
    guard (1...2).contains(x.dims.count), (1...2).contains(y.dims.count), let k = x.dims.last,
      k == y.dims[0]
    else { return nil }
    let n = x.dims.count == 1 ? 1 : x.dims[0]
    let m = y.dims.count == 1 ? 1 : y.dims[1]
    var result = Cells(dims: dims, depth: k * (x.depth + y.depth), places: [])
    guard result.count == n * m, n * m * result.depth <= limit else { return nil }
    result.places.reserveCapacity(n * m * result.depth)
    for i in 0..<n {
      for j in 0..<m {
        for l in 0..<k {
          result.places += x.entries(of: i * k + l)
          result.places += y.entries(of: l * m + j)
        }
      }
    }
    return result
  }

  /// A position or a range along one axis; a position that data or latents choose may be any.
  private static func indexed(_ x: Cells, _ axis: Int, _ index: ExpressionIndex) -> Cells? {
    guard axis < x.dims.count else { return nil }
    let size = x.dims[axis]
    let outer = x.dims[..<axis].reduce(1, *)
    let inner = x.dims[(axis + 1)...].reduce(1, *)
    var result = x
    result.places = []
    func take(_ o: Int, _ position: Int, _ i: Int) {
      result.places += x.entries(of: (o * size + position) * inner + i)
    }
    switch index {
    case .range(let from, let to):
      guard let first = from.constant, let last = to.constant, first >= 1, first <= last,
        last <= size
      else { return nil }
      result.dims[axis] = last - first + 1
      for o in 0..<outer {
        for position in (first - 1)..<last { for i in 0..<inner { take(o, position, i) } }
      }
    case .at(let e):
      result.dims.remove(at: axis)
      if let position = e.wholeNumber {
        guard (1...Swift.max(1, size)).contains(position) else { return nil }
        for o in 0..<outer { for i in 0..<inner { take(o, position - 1, i) } }
      } else {
        result.depth = x.depth * size
        for o in 0..<outer {
          for i in 0..<inner { for position in 0..<size { take(o, position, i) } }
        }
      }
    }
    return result
  }
}
