import LVMCompute
import LVMModel
import LVMSyntax

/// How the model's plates lie within one another, outermost last: rows are compute plate 0, the group
/// that holds them 1, and so on.
///
/// A group declared beside `each row` holds the rows like one declared round it; two such groups that do
/// not nest are crossed, which no fold over units can serve.
public struct PlateNesting: Sendable {
  /// The model plates from the rows outwards, without the model itself.
  public let chain: [PlateIndex]
  /// Every row plate of the model shares compute plate 0.
  private let position: [PlateIndex: Int]

  /// Two groupings that do not nest.
  public struct Crossed: Error, Sendable {
    public var first: Plate
    public var second: Plate
  }

  public init(_ model: ModelGraph) throws(Crossed) {
    var groups: [PlateIndex] = []
    var position: [PlateIndex: Int] = [:]
    for (i, plate) in model.plates.enumerated() {
      if case .groups = plate.kind { groups.append(PlateIndex(i)) }
    }
    func depth(_ p: PlateIndex) -> Int {
      var count = 0
      var at = model[p].parent
      while let q = at, q != .global {
        count += 1
        at = model[q].parent
      }
      return count
    }
    func isInside(_ inner: PlateIndex, _ outer: PlateIndex) -> Bool {
      var at: PlateIndex? = inner
      while let p = at {
        if p == outer { return true }
        at = model[p].parent
      }
      return false
    }
    // Innermost first; each must lie inside the next.
    groups.sort { depth($0) == depth($1) ? $0 < $1 : depth($0) > depth($1) }
    for (inner, outer) in zip(groups, groups.dropFirst()) where !isInside(inner, outer) {
      // In the order of the text.
      throw Crossed(first: model[min(inner, outer)], second: model[max(inner, outer)])
    }
    var chain: [PlateIndex] = []
    for (i, plate) in model.plates.enumerated() {
      if case .rows = plate.kind {
        position[PlateIndex(i)] = 0
        if chain.isEmpty { chain.append(PlateIndex(i)) }
      }
    }
    if chain.isEmpty { chain.append(.global) }
    for (i, p) in groups.enumerated() { position[p] = i + 1 }
    self.chain = chain + groups
    self.position = position
  }

  /// The compute plate of a model plate; rows for the model itself is never asked.
  package func compute(_ plate: PlateIndex) -> PlateID { PlateID(position[plate] ?? 0) }

  /// The name of a compute plate, or `model` where nothing repeats.
  package func name(_ plate: PlateID, _ model: ModelGraph) -> String {
    plate.index < chain.count ? model[chain[plate.index]].name : "model"
  }

  /// The plates that hold a plate's instances; none of the outermost.
  func parents(of plate: PlateID) -> [PlateID] {
    plate.index + 1 < chain.count ? [PlateID(plate.index + 1)] : []
  }

  /// Whether a plate is another or lies inside it.
  func isInside(_ plate: PlateID, _ outer: PlateID) -> Bool { plate <= outer }

  /// Number of compute plates: rows and the groups round them.
  public var count: Int { chain.count }
  public var outermost: PlateID { PlateID(chain.count - 1) }

  /// The plate that cuts rows into series: the innermost group, or none for one series.
  var segment: PlateID? { chain.count > 1 ? PlateID(1) : nil }
}
