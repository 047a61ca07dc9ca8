import LVMModel

/// A finite latent as a dimension of a table: the variable at this row, or at the row before.
public struct Axis: Hashable, Sendable, Comparable {
  public var variable: VariableID
  /// Which entry of a vector of finite latents; 0 for a scalar.
  public var component: Int
  /// 0 for this row, 1 for the previous one.
  public var lag: Int

  public init(_ variable: VariableID, component: Int = 0, lag: Int = 0) {
    self.variable = variable
    self.component = component
    self.lag = lag
  }

  public static func < (a: Axis, b: Axis) -> Bool {
    (a.variable, a.component, a.lag) < (b.variable, b.component, b.lag)
  }
}
