import LVMCompute
import LVMModel

/// One way of dealing with latents of one plate: a step of a factor program, with all that it needs to be
/// carried out.
///
/// A step takes the factors that touch its latents and returns factors without them.
package protocol Elimination: Sendable {
  /// The latents that are gone after it.
  var latents: [VariableID] { get }
  /// The plate of its latents.
  var plate: PlateID { get }
  /// What stands in place of its latents while factors are lowered, if anything does.
  var substitution: Substitution? { get }
  /// The axis that its latents then are in tables, and its places, until it is carried out.
  var places: (axis: Axis, count: Int)? { get }
  /// What an instance of the plate takes: cells of the largest table.
  var cells: Double { get }
  /// Whether it goes along the rows of a series, so that rows depend on one another.
  var runsAlongRows: Bool { get }
  /// Whether its latents are normal given the data, labels and latents drawn.
  var leavesNormal: Bool { get }
  /// As `--emit factors` prints it, in the user's names.
  func words(_ model: ModelGraph, _ nesting: PlateNesting) -> String
  /// Whether it takes up its latents' distributions, and those of what reads them, by itself: no tables are made
  /// of their factors.
  var takesFactors: Bool { get }
  /// Takes up what it will need of factors on inner plates, before those are multiplied over theirs.
  ///
  /// - Throws: `LoweringFailure`.
  func gather(_ factors: inout WorkingFactors, _ context: LoweringContext) throws
  /// Carries the step out; what it leaves for posteriors and predictions, if anything.
  ///
  /// - Throws: `LoweringFailure` where factors do not have the form it needs.
  func lower(_ factors: inout WorkingFactors, _ context: LoweringContext) throws
    -> (any Eliminated)?
}

extension Elimination {
  package var substitution: Substitution? { nil }
  package var places: (axis: Axis, count: Int)? { nil }
  package var cells: Double { 1 }
  package var runsAlongRows: Bool { false }
  package var leavesNormal: Bool { false }
  package var takesFactors: Bool { false }
  package func gather(_ factors: inout WorkingFactors, _ context: LoweringContext) throws {}
}

/// What an elimination leaves of its latents in a lowered model.
package protocol Eliminated {
  /// The same in a fork.
  func moved(_ map: NodeMap) -> Self
  /// Posterior moments of its latents, over the labels they depend on.
  func moments(in fork: Fork) -> [VariableID: LoweredMoments]
  /// The predictive distribution of a variable's cells; nil where it does not read these latents by itself.
  ///
  /// - Parameter isFresh: whether nothing of the variable itself counts as present.
  /// - Throws: `QueryError` where it reads them and has none.
  func predictive(of v: Variable, isFresh: Bool, in fork: Fork) throws
    -> LoweredPredictive?
}

extension Eliminated {
  package func predictive(of v: Variable, isFresh: Bool, in fork: Fork) throws
    -> LoweredPredictive?
  { nil }
}

extension FactorProgram {
  /// The eliminations in the order in which they are carried out.
  package var eliminations: [any Elimination] {
    steps.compactMap { step in
      guard case .eliminate(let elimination) = step else { return nil }
      return elimination
    }
  }

  /// The eliminations of one kind.
  func all<E: Elimination>(_ kind: E.Type) -> [E] { eliminations.compactMap { $0 as? E } }

  /// The substitutions of one kind.
  func substitutions<R: SubstitutionRule>(_ kind: R.Type) -> [R] {
    steps.compactMap { step in
      guard case .substitute(let substitution) = step else { return nil }
      return substitution.rule as? R
    }
  }
}
