import LVMCompute
import LVMModel

/// Names of the columns of a bound table: binding fills them, lowered models read them.
package enum ModelColumn {
  /// A variable's values.
  static func values(_ variable: Variable) -> String { variable.name }
  /// 1 where a variable's cell is present.
  static func mask(_ variable: Variable) -> String { mask(named: variable.name) }
  static func mask(named name: String) -> String { "$mask.\(name)" }
  /// A variable's values `lag` rows before, zero in a series' first rows.
  static func lag(_ variable: Variable, _ lag: Int) -> String { "$lag\(lag).\(variable.name)" }
  /// 0 on every instance of a plate.
  static func zero(_ plate: PlateID) -> String { "$zero\(plate.index)" }
  /// 1 on every instance of a plate.
  static func ones(_ plate: PlateID) -> String { "$one\(plate.index)" }
  /// What the constant 1 of an original row became, where rows stand for sums over many.
  static let unit = "$unit"
  /// How often the log density of such a row counts.
  static let weight = "$weight"
  /// Starting weights of a finite latent's entry.
  static func seed(_ variable: Variable, _ component: Int) -> String {
    "$seed.\(variable.name).\(component)"
  }
}
