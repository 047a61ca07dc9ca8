import LVMModel
import LVMSyntax

/// Why an expression or a factor could not be put into the form an elimination needs.
///
/// The planner turns it into a refusal that names the variable and shows the place.
struct LoweringFailure: Error {
  var reason: String
  var span: Span

  init(_ reason: String, at span: Span) {
    self.reason = reason
    self.span = span
  }
}
