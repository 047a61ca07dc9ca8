import LVMCompute
import LVMModel
import LVMSyntax

extension LoweringContext {
  /// The factor of a combinator: an opaque log density.
  func combinatorFactor(
    _ variable: Variable, _ distribution: Distribution, _ part: FactorPart, _ span: Span
  ) throws -> LoweredFactor {
    throw LoweringFailure("combinators have no engine yet", at: span)
  }

  /// log P(low ≤ x ≤ high) of a family, if it has a closed form.
  func logProbability(
    of family: any Family, between low: Value?, and high: Value?, arguments: [Value], form: Int
  ) -> Value? {
    family.logCDFInterval(low: low, high: high, arguments, form: form)
  }
}
