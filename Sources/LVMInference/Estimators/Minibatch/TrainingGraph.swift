import LVMCompute
import LVMModel

/// What minibatches train, as a program in Float64 over all rows of a table: what gradients and bounds are
/// checked on. Training itself narrows the same graph.
public struct TrainingGraph: Sendable {
  /// Outputs `loss` (minus what is maximised, summed), `bound` (summed) and `rows` (the bound of
  /// each row).
  public let graph: Graph
  /// Names of the parameters that are trained: weights of networks, and free numbers of the model's own.
  public let trained: [String]
  /// Values of parameters that are not trained.
  public let settings: [String: Tensor]
  /// Data columns that training draws at random, with their dims and whether they are uniform.
  public let noise: [(name: String, dims: [Int], isUniform: Bool)]

  public static let loss = TrainingProgram.loss
  public static let bound = TrainingProgram.bound
  public static let rows = TrainingProgram.rowBounds
}

extension InferencePlan {
  /// The program of training on a table's rows.
  ///
  /// - Parameters:
  ///   - isTraining: whether networks run as in training (batch statistics, dropout) or as afterwards.
  ///   - closedForm: whether Gaussian divergences are closed; false gives log weights alone.
  /// - Throws: a lowering failure where the plan is not one that minibatches train.
  public func trainingGraph(
    for data: ModelData, isTraining: Bool = true, closedForm: Bool = true
  ) throws -> TrainingGraph {
    let program = try TrainingProgram(
      self, masked: data.masked, mode: isTraining ? .training : .evaluation, rows: data.rows,
      closedForm: closedForm, isNarrow: false)
    var settings: [String: Tensor] = [:]
    for w in program.kept { settings[w.name] = w.start }
    if program.splits { settings[TrainingProgram.klWeight] = Tensor(1) }
    return TrainingGraph(
      graph: program.graph, trained: program.trainedNames, settings: settings,
      noise: program.noise.map { ($0.column, $0.dims, $0.kind == .uniform) })
  }
}

extension NetworkWeight {
  /// The constant it starts from, zero where it starts at random.
  fileprivate var start: Tensor {
    switch initial {
    case .constant(let value): Tensor(repeating: value, dims)
    case .uniform: Tensor(repeating: 0, dims)
    }
  }
}
