import LVMCompute
import LVMModel
import LVMSyntax

/// What guides read in place of the data: every cell filled, for guides that were never told of empty ones.
///
/// A column `$told.NAME` holds the cells that are there as they are, and whatever the asker puts in the
/// others.
struct GuideView {
  /// Variables with such a column.
  var told: [Variable]

  /// - Parameter masked: variables with empty cells in the data at hand.
  init(_ plan: InferencePlan, masked: Set<String>, _ structure: ModelStructure) {
    let entries = plan.model.guides.filter { plan.sampled.contains($0.variable) }
    let read = entries.reduce(into: Set<VariableID>()) { $0.formUnion(structure.reads($1)) }
    let indicated = Set(
      plan.model.networks.flatMap { network in
        (network.encoder?.indicated ?? []).map { network.inputs[$0].name }
      })
    told = read.sorted().map { plan.model[$0] }.filter {
      masked.contains($0.name) && !indicated.contains($0.name)
    }
  }

  static func column(_ variable: Variable) -> String { "$told.\(variable.name)" }

  /// Puts the filled columns in place of the data.
  func stand(in context: LoweringContext) throws {
    for v in told {
      let dims = try context.dims(v.type, at: v.typeSpan)
      context.replacements[v.id] = Lowered(
        context.builder.data(Self.column(v), plate: context.plates.compute(v.plate), dims))
      context.filled.insert(v.id)
    }
  }
}

extension LoweringContext {
  /// log q of a latent's value under its guide, a number a row; nil for a point.
  func logDensity(of value: Value, under entry: GuideEntry) throws -> Value? {
    let variable = model[entry.variable]
    switch entry.definition {
    case .equal: return nil
    case .drawn(.family(let name, let form, let arguments, _)):
      let family = LVMModel.family(name)
      let isFree = guidesFreeNumbers(variable, family)
      let own = try guideShape(variable, family)
      let values = try guideArguments(variable, family, form, arguments, own)
      guard isFree else {
        let density = family.logDensity(value, values, form: form)
        return density.sum(axes: Array(density.shape.dims.indices))
      }
      let (free, logJacobian) = GuideRange(variable).unconstrained(value)
      let density = family.logDensity(free, values, form: form)
      return density.sum(axes: Array(density.shape.dims.indices)) - logJacobian
    case .drawn(let other):
      throw LoweringFailure(.guideIsCombinator, at: other.span)
    }
  }
}

extension LoweringContext {
  /// Puts the data of labels that are summed where they are missing in place of their axes: guides read
  /// what the row shows.
  func showLabels(_ opened: Set<VariableID>) throws {
    for id in opened.sorted() {
      let v = model[id]
      replacements[id] = Lowered(builder.data(ModelColumn.values(v), plate: .rows, []))
    }
  }
}
