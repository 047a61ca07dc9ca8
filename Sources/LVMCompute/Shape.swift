/// The number format of a node: network layers use `f32`, everything exact uses `f64`.
public enum DType: String, Hashable, Sendable {
  case f32, f64
}

/// A run-time leading axis: the rows of a table, or the groups of a grouping.
///
/// Plates are numbered from the innermost outwards: 0 is the row plate; a plate's parent, where it has
/// one, is given by the data's `PlateLayout`. Instances of an inner plate lie contiguously within their
/// outer instance, so that an outer plate is an offset array over an inner one.
public struct PlateID: Hashable, Sendable, Comparable {
  public let index: Int

  public init(_ index: Int) { self.index = index }

  public static let rows = PlateID(0)

  public static func < (a: PlateID, b: PlateID) -> Bool { a.index < b.index }
}

/// The shape of a node: an optional run-time plate axis that leads, then static dimensions, row-major.
public struct Shape: Hashable, Sendable, CustomStringConvertible {
  public var plate: PlateID?
  public var dims: [Int]

  public init(plate: PlateID? = nil, _ dims: [Int] = []) {
    self.plate = plate
    self.dims = dims
  }

  /// Numbers per plate instance.
  public var count: Int { dims.reduce(1, *) }
  public var rank: Int { dims.count }

  public var description: String {
    let inner = dims.map(String.init)
    let outer = plate.map { $0.index == 0 ? ["rows"] : ["plate\($0.index)"] } ?? []
    return "[" + (outer + inner).joined(separator: ", ") + "]"
  }

  /// The shape of an elementwise operation: dimensions align from the right and 1 stretches; a value
  /// without a plate stretches over one. Nil where the two do not fit.
  public static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
    if let p = a.plate, let q = b.plate, p != q { return nil }
    let rank = Swift.max(a.rank, b.rank)
    var dims = [Int](repeating: 1, count: rank)
    for i in 0..<rank {
      let x = i < rank - a.rank ? 1 : a.dims[i - (rank - a.rank)]
      let y = i < rank - b.rank ? 1 : b.dims[i - (rank - b.rank)]
      if x != y && x != 1 && y != 1 { return nil }
      dims[i] = x == 1 ? y : x
    }
    return Shape(plate: a.plate ?? b.plate, dims)
  }
}

/// An array without a plate axis: row-major values of known dimensions.
public struct Tensor: Hashable, Sendable {
  public var dims: [Int]
  public var values: [Double]

  public init(_ dims: [Int], _ values: [Double]) {
    precondition(dims.reduce(1, *) == values.count, "values do not fill the dimensions")
    self.dims = dims
    self.values = values
  }

  public init(_ scalar: Double) {
    self.dims = []
    self.values = [scalar]
  }

  public init(repeating value: Double, _ dims: [Int]) {
    self.dims = dims
    self.values = [Double](repeating: value, count: dims.reduce(1, *))
  }

  public var count: Int { values.count }
}
