import LVMCompute
import LVMModel

/// The factors not yet eliminated while a factor program is lowered.
package struct WorkingFactors {
  /// Log tables, by the compute plate they live on (nil once nothing repeats them).
  package var tables: [(plate: PlateID?, table: Lowered)] = []
  /// The tables of chains of labels: of the first row, and from one to the next.
  var chains: [VariableID: (initial: Lowered, transition: Lowered)] = [:]
  /// Factors that are no tables: what eliminations have gathered in forms of their own.
  var gathered: [any GatheredFactors] = []

  package mutating func add(_ table: Lowered, on plate: PlateID?) {
    tables.append((plate, table))
  }

  /// Removes and returns the tables of a plate that have an axis.
  package mutating func take(_ axis: Axis, on plate: PlateID) -> [Lowered] {
    var taken: [Lowered] = []
    tables.removeAll { entry in
      guard entry.plate == plate, entry.table.axes.contains(axis) else { return false }
      taken.append(entry.table)
      return true
    }
    return taken
  }

  /// Removes and returns all tables of a plate.
  package mutating func takeAll(on plate: PlateID) -> [Lowered] {
    var taken: [Lowered] = []
    tables.removeAll { entry in
      guard entry.plate == plate else { return false }
      taken.append(entry.table)
      return true
    }
    return taken
  }
}

/// Factors that an elimination keeps in a form of its own until it is carried out.
package protocol GatheredFactors {
  /// Adds them over the instances of a plate; the log table that they had there, if any.
  mutating func multiply(over plate: PlateID, _ context: LoweringContext) -> Lowered?
}

extension LoweringContext {
  /// 1 for each instance of a plate: gives a plate to values that lack one.
  func ones(_ plate: PlateID) -> Value { builder.data(ModelColumn.ones(plate), plate: plate, []) }

  /// The product over the instances of a plate: summed into the next outer one, or over all.
  func product(_ table: Lowered, over plate: PlateID) -> Lowered {
    var placed: Value
    if table.plate == nil {
      let n = table.axes.count + table.event.count
      placed = table.value * ones(plate).reshape([Int](repeating: 1, count: n))
    } else {
      placed = table.value
    }
    if isWeighted, plate == .rows {
      let n = table.axes.count + table.event.count
      placed = placed * weights.reshape([Int](repeating: 1, count: n))
    }
    if plate.index + 1 < plates.count {
      return Lowered(
        builder.add(.segmentSum(PlateID(plate.index + 1)), [placed]), axes: table.axes)
    }
    return Lowered(placed.sumPlate(), axes: table.axes)
  }
}
