import LVMCompute
import LVMModel

/// One variable's predictive distribution as values of the program, every one on the variable's plate.
package struct LoweredPredictive {
  var variable: VariableID
  var size: Int
  var axes: [(axis: Axis, values: Int)] = []
  var weights: Value?
  /// Of latents that quadrature integrates: their values at each state, [states × size].
  var nodes: [(latent: VariableID, values: Value)] = []
  var content: Content

  enum Content {
    case probabilities(Value, values: Int)
    case normal(mean: Value, variance: Value)
    /// Without moments they are found from the form's distribution function.
    case scalar(PredictiveForm?, mean: Value?, variance: Value?, arguments: [Value])
    case drawn(reason: String)
  }
}
