import LVMCompute
import LVMModel
import LVMSyntax

extension LoweringContext {
  /// Draws a latent from its guide: q's arguments, noise, and the draw as a function of both.
  func draw(_ entry: GuideEntry, sample: Int) throws -> GuideDraw {
    let variable = model[entry.variable]
    let shape = try dims(variable.type, at: variable.typeSpan)
    let plate = plates.compute(variable.plate)
    switch entry.definition {
    case .equal(let e):
      let point = try guideValue(e, shape, plate, variable)
      return GuideDraw(
        latent: variable.id, value: point, logDensity: nil, mean: point, deviation: nil,
        location: point, spread: nil)
    case .drawn(.family(let name, let form, let arguments, let span)):
      let family = LVMModel.family(name)
      guard let kind = family.noise else {
        throw LoweringFailure(.cannotGuide(variable.name, name), at: span)
      }
      return try reparameterised(
        variable, family, form, arguments, kind, shape, plate, sample: sample)
    case .drawn(let other):
      throw LoweringFailure(.guideIsCombinator, at: other.span)
    }
  }

  /// Whether a guide speaks of a latent's free numbers, as one that the compiler wrote does.
  func guidesFreeNumbers(_ variable: Variable, _ family: any Family) -> Bool {
    family.name == .normal && GuideRange(variable) != .line
  }

  /// The dims of what a guide draws.
  func guideShape(_ variable: Variable, _ family: any Family) throws -> [Int] {
    guidesFreeNumbers(variable, family)
      ? AutomaticGuide.freeShape(variable.type).map { $0.constant ?? 1 }
      : try dims(variable.type, at: variable.typeSpan)
  }

  /// A guide's arguments on the latent's plate, for draws of dims `own`.
  func guideArguments(
    _ variable: Variable, _ family: any Family, _ form: Int, _ arguments: [Expression],
    _ own: [Int]
  ) throws -> [Value] {
    let plate = plates.compute(variable.plate)
    let batch = Array(own.dropLast(family.eventRank))
    return try zip(arguments, family.forms[form]).map { e, parameter in
      let event = parameter.eventRank == 0 ? batch : batch + own.suffix(parameter.eventRank)
      return try guideValue(e, event, plate, variable)
    }
  }

  private func guideValue(
    _ e: Expression, _ event: [Int], _ plate: PlateID, _ variable: Variable
  ) throws -> Value {
    let value = try lower(e)
    guard value.axes.isEmpty else {
      throw LoweringFailure(.guideReadsLabel(variable.name), at: e.span)
    }
    let placed = value.on(plate).broadcast(event: event)
    if placed.plate == plate { return placed.value }
    return placed.value * ones(plate).reshape([Int](repeating: 1, count: event.count))
  }

  private func reparameterised(
    _ variable: Variable, _ family: any Family, _ form: Int, _ arguments: [Expression],
    _ kind: StandardNoise, _ shape: [Int], _ plate: PlateID, sample: Int
  ) throws -> GuideDraw {
    let isFree = guidesFreeNumbers(variable, family)
    let own = try guideShape(variable, family)
    let values = try guideArguments(variable, family, form, arguments, own)
    let column = "$noise.\(variable.name).\(sample)"
    noise.append(Noise(column: column, kind: kind, dims: own))
    let draw = builder.data(column, plate: plate, own)
    guard let x = family.transport(draw, values, form: form) else {
      throw LoweringFailure(.noReparameterisedDraw(family.name), at: variable.span)
    }
    let density = family.logDensity(x, values, form: form)
    var logDensity = density.sum(axes: Array(density.shape.dims.indices))
    if isFree {
      let range = GuideRange(variable)
      let (value, logJacobian) = range.constrained(x)
      logDensity = logDensity - logJacobian
      let (mean, _) = range.constrained(values[0])
      return GuideDraw(
        latent: variable.id, value: value, logDensity: logDensity, mean: mean, deviation: nil,
        location: values[0], spread: values[1])
    }
    let mean = family.mean(values, form: form) ?? x
    let deviation = family.variance(values, form: form)?.sqrt()
    return GuideDraw(
      latent: variable.id, value: x, logDensity: logDensity, mean: mean, deviation: deviation,
      gaussian: family.name == .normal ? (values[0], values[1]) : nil, location: mean,
      spread: deviation)
  }
}
