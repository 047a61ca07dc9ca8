import LVMModel

/// How the parameters of a plan are estimated: the estimator that was chosen, which is what runs, and those
/// that refused before it.
public struct Estimation: Sendable {
  public let estimator: any Estimator
  public let refusals: [(method: MethodName, reason: String)]

  public var method: MethodName { estimator.method }
  public var reason: String { estimator.reason }
  public var steps: [EstimationStep] { estimator.steps }
  public var objective: ObjectiveName { estimator.objective }

  /// Whether any step goes over minibatches: progress is counted in epochs, and a state can be kept to go on
  /// from.
  public var isByMinibatches: Bool { steps.contains { $0.schedule == .minibatches } }

  /// Whether the objective is better the smaller it is; an estimate then has its negative.
  public var isMinimised: Bool { steps.last?.direction == .minimise }

  /// Whether the estimate is an optimum of an exact objective on all data, so that its value and its
  /// gradient there say where the fit ended.
  public var isExactOptimum: Bool {
    let exact: [ObjectiveName] = [.logLikelihood, .logJoint, .reconstruction]
    return exact.contains(objective) && !isByMinibatches
  }

  /// Whether the estimate is the maximum of the likelihood of all data, without priors.
  public var isMaximumLikelihood: Bool { isExactOptimum && objective == .logLikelihood }

  /// The first estimator that offers, of those that are asked in turn.
  ///
  /// - Throws: `Refusal` with all reasons where none does.
  static func chosen(
    for inquiry: Inquiry, from estimators: [any Estimator.Type]
  ) throws(Refusal) -> Estimation {
    var refusals: [(method: MethodName, reason: String)] = []
    for type in estimators {
      do {
        return Estimation(estimator: try type.offer(inquiry), refusals: refusals)
      } catch {
        refusals.append((type.name, error.reason))
      }
    }
    throw Refusal(
      "no estimator serves: "
        + refusals.map { "\($0.method.rawValue): \($0.reason)" }.joined(separator: "; "))
  }

  /// What stands in a plan whose eliminations alone are decided.
  static let undecided = Estimation(estimator: Undecided(), refusals: [])

  private struct Undecided: Estimator {
    static let name = MethodName(rawValue: "undecided")
    static func offer(_ inquiry: Inquiry) throws(Refusal) -> Undecided { Undecided() }
    var reason: String { "no estimator has been chosen" }
    var steps: [EstimationStep] { [] }
    func run(_ task: FitTask) throws -> Estimate { throw FitError.noStart(reason) }
  }
}
