import LVMCompute
import LVMModel
import LVMSyntax

/// What lowering needs to know: the model, where each variable's value comes from, and the builder.
///
/// Finite latents become axes; continuous ones must have been eliminated by whoever asks (the affine and
/// conjugate forms treat them as unknowns), so that meeting one here is a failure that names it.
package final class LoweringContext {
  package let model: ModelGraph
  package let builder: GraphBuilder
  package let plates: PlateNesting
  /// Values that stand for variables in place of the default; M-steps put updated parameters here.
  var replacements: [VariableID: Lowered] = [:] {
    didSet { known = KnownNames() }
  }
  /// Per block of quadrature by its first member, how far its nodes lie from its centre.
  var nodeOffsets: [VariableID: Lowered] = [:]
  /// Names for expressions that have been lowered, so that each is lowered once.
  var known = KnownNames()
  /// Observed variables with missing cells; their masks are data columns.
  var masked: Set<VariableID> = []
  /// Those of them that have a value in every cell all the same: encoders take them as they are.
  var filled: Set<VariableID> = []
  /// How networks run, the values that stand for their weights, and what they ask for: weights by name,
  /// columns of noise, batch statistics whose running averages are kept.
  var networkMode = NetworkMode.evaluation {
    didSet { bodies = [:] }
  }
  var weightReplacements: [String: Value] = [:] {
    didSet { bodies = [:] }
  }
  /// Bodies of networks that have been lowered, without their heads.
  var bodies: [NetworkCall: Lowered] = [:]
  var weightNames: Set<String> = []
  var noise: [Noise] = []
  /// Draws of sampled latents, once guides have been lowered.
  var guided = GuidedDraws()
  /// Variables whose own factor whoever asked for the lowering adds itself.
  var apart: Set<VariableID> = []
  var runningAverages: [(name: String, value: Value)] = []
  /// Whether rows are weighted sums of original rows.
  var isWeighted = false
  /// Where latents at nodes are put.
  var nodePosition = NodePosition.rule
  /// Variables whose values are data.
  private(set) lazy var dataVariables = Set(
    model.variables.filter { $0.role == .given || $0.role == .observe }.map(\.id))
  /// The last unknowns that a mean of such rows was affine in, and the same with the data.
  var unknownsBesideData: (latents: Set<VariableID>, all: Set<VariableID>)?
  /// Whether curvatures are taken, in which what is stationary for a gradient counts.
  var takesCurvatures: Bool { nodePosition.takesCurvatures }
  /// Questions about the model.
  package var structure: ModelStructure { ModelStructure(model: model, nesting: plates) }

  init(model: ModelGraph, builder: GraphBuilder, plates: PlateNesting) {
    self.model = model
    self.builder = builder
    self.plates = plates
  }

  func dims(_ type: ValueType, at span: Span) throws -> [Int] {
    guard let dims = type.dims else {
      throw LoweringFailure(.sizeUnknown(of: "\(type)"), at: span)
    }
    return dims
  }

  /// How many values a finite variable takes.
  func states(of type: ValueType) -> Int? {
    switch type.kind {
    case .binary: 2
    case .category(let size, _): size.constant
    case .real, .positive, .unit, .count, .integer, .simplex, .covariance, .correlation, .cholesky,
      .orthonormal:
      nil
    }
  }

  /// 0, 1, … along a finite latent's own axis.
  func iota(_ axis: Axis) -> Lowered? {
    guard let k = states(of: model[axis.variable].type) else { return nil }
    return Lowered(
      builder.constant(Tensor([k], (0..<k).map(Double.init))), axes: [axis])
  }

  /// The value of a variable at this row.
  func value(of id: VariableID, at span: Span) throws -> Lowered {
    if let replacement = replacements[id] { return replacement }
    let variable = model[id]
    let shape = try dims(variable.type, at: variable.typeSpan)
    switch variable.role {
    case .param:
      if case .equal(let e) = variable.definition { return try named(id, e) }
      return Lowered(builder.parameter(variable.name, shape))
    case .given, .observe:
      return Lowered(
        builder.data(ModelColumn.values(variable), plate: plates.compute(variable.plate), shape))
    case .binding:
      guard case .equal(let e) = variable.definition else {
        throw LoweringFailure(.noValue(variable.name), at: span)
      }
      return try named(id, e)
    case .latent:
      if case .equal(let e) = variable.definition { return try named(id, e) }
      guard variable.type.kind.isFinite else {
        throw LoweringFailure(.continuousLatent(variable.name), at: span)
      }
      // A vector of finite latents has an axis for each entry.
      let parts = (0..<shape.reduce(1, *)).compactMap { iota(Axis(id, component: $0)) }
      guard !parts.isEmpty else {
        throw LoweringFailure(.valuesUnknown(variable.name), at: span)
      }
      return shape.isEmpty ? parts[0] : stack(parts).reshape(event: shape)
    }
  }

  /// The value of a variable some rows before.
  func previous(_ id: VariableID, lag: Int, at span: Span) throws -> Lowered {
    let variable = model[id]
    switch variable.role {
    case .given, .observe:
      let shape = try dims(variable.type, at: variable.typeSpan)
      return Lowered(
        builder.data(
          ModelColumn.lag(variable, lag), plate: plates.compute(variable.plate), shape))
    case .latent:
      guard lag == 1, variable.type.kind.isFinite, let axis = iota(Axis(id, lag: 1)) else {
        throw LoweringFailure(
          variable.type.kind.isFinite
            ? .longPast(variable.name, lag: lag) : .continuousLatent(variable.name), at: span)
      }
      return axis
    case .param, .binding:
      throw LoweringFailure(.noPast(variable.name), at: span)
    }
  }
}
