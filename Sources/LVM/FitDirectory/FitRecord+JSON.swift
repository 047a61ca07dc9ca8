import LVMCompute
import LVMData
import LVMModel

extension Fit {
  /// What `fit.json` holds, as text: keys in a fixed order, numbers as short as they can be without
  /// losing a bit.
  public var json: String { jsonValue.document }

  /// Numbers of a parameter up to which it is written into `fit.json`.
  static let inlineLimit = 1000

  private var jsonValue: JSONValue {
    var pairs: [(key: String, value: JSONValue)] = [
      ("format", .integer(FitRecord.format)),
      ("model", .text(model.name)),
      ("rows", .integer(rows)),
      ("sizes", .object(sizes)),
      ("seed", seed <= UInt64(Int.max) ? .integer(Int(seed)) : .text(String(seed))),
      ("data", dataValue),
      ("plan", .array(plan.entries.map(Self.value(of:)))),
      ("strategy", .text(plan.strategy.rawValue)),
      ("objective", objectiveValue),
      ("parameterCount", .integer(parameterCount)),
      ("bic", bic.map(JSONValue.number) ?? .null),
      ("converged", .bool(converged)),
      ("iterations", .integer(iterations)),
      ("restarts", .integer(restarts)),
      ("seconds", .number(seconds)),
      ("secondsReading", .number(secondsReading)),
      ("secondsCompiling", .number(secondsCompiling)),
      ("parameters", .object(values(of: parameters))),
      ("standardErrors", .object(values(of: parameterErrors.values))),
      ("standardErrorsOmitted", .object(omittedErrors)),
      ("posterior", .object([])),
    ]
    if plan.guide != .encoder, let place = pairs.firstIndex(where: { $0.key == "strategy" }) {
      pairs.insert(("guide", .text(plan.guide.rawValue)), at: place + 1)
    }
    if plan.prefersQuadrature, let at = pairs.firstIndex(where: { $0.key == "objective" }) {
      pairs.insert(("method", .text(MethodName.quadrature.rawValue)), at: at)
    }
    if let validation {
      pairs.append(
        (
          "validation",
          .object([
            ("value", .number(validation.value)), ("rows", .integer(validation.rows)),
            ("sha256", .text(validation.sha256)),
          ])
        ))
    }
    pairs.append(("warnings", .array(warnings.map { .text($0.description) })))
    return .object(pairs)
  }

  /// Sizes and constants of the header, in its order.
  private var sizes: [(key: String, value: JSONValue)] {
    model.sizes.compactMap { size in size.value.map { (size.name, .number($0)) } }
  }

  private var objectiveValue: JSONValue {
    var pairs: [(key: String, value: JSONValue)] = [
      ("name", .text(objective.name.rawValue)), ("value", .number(objective.value)),
      ("exact", .bool(objective.exact)),
    ]
    if let estimator = objective.estimator.text { pairs.append(("estimator", .text(estimator))) }
    pairs.append(("logJacobian", .number(objective.logJacobian)))
    return .object(pairs)
  }

  private var dataValue: JSONValue {
    let memory = data.memory
    func sorted<T>(_ values: [String: T], _ write: (T) -> JSONValue) -> JSONValue {
      .object(values.sorted { $0.key < $1.key }.map { ($0.key, write($0.value)) })
    }
    return .object([
      ("sha256", .text(data.sha256)),
      ("columns", sorted(memory.columns) { .array($0.map(JSONValue.text)) }),
      ("labels", sorted(memory.labels) { .array($0.map(JSONValue.text)) }),
      (
        "preparation",
        sorted(memory.preparations) { preparation in
          .array(preparation.columns.map { .array($0.steps.map(Self.value(of:))) })
        }
      ),
    ])
  }

  /// One step of a preparation with its constants.
  private static func value(of step: ColumnPreparation.Step) -> JSONValue {
    var pairs: [(key: String, value: JSONValue)] = [("step", .text(step.name))]
    switch step {
    case .standardize(let mean, let deviation):
      pairs += [("mean", .number(mean)), ("deviation", .number(deviation))]
    case .center(let mean): pairs.append(("mean", .number(mean)))
    case .scale(let factor): pairs.append(("factor", .number(factor)))
    case .threshold(let level): pairs.append(("level", .number(level)))
    case .binarize(let maximum): pairs.append(("maximum", .number(maximum)))
    case .log, .log1p: break
    }
    return .object(pairs)
  }

  private static func value(of entry: PlanEntry) -> JSONValue {
    var pairs: [(key: String, value: JSONValue)] = [
      ("variable", .text(entry.variable)), ("role", .text(entry.role)),
      ("strategy", .text(entry.strategy)),
    ]
    if let identified = entry.identified { pairs.append(("identified", .text(identified))) }
    if let canonical = entry.canonical { pairs.append(("canonical", .text(canonical))) }
    return .object(pairs)
  }

  /// Why parameters have no standard errors, or some entries none.
  private var omittedErrors: [(key: String, value: JSONValue)] {
    parameterNames.compactMap { name in
      parameterErrors.omitted[name].map { (name, .text($0)) }
    }
  }

  /// Arrays in the order of the model; large parameters are in `parameters.safetensors` alone.
  private func values(of tensors: [String: Tensor]) -> [(key: String, value: JSONValue)] {
    parameterNames.compactMap { name in
      guard let tensor = tensors[name], tensor.count <= Self.inlineLimit else { return nil }
      return (name, Self.nested(tensor.values[...], tensor.dims[...]))
    }
  }

  /// Names of all parameters, in the order of the model.
  public var parameterNames: [String] {
    let declared = model.variables.map(\.name).filter { parameters[$0] != nil }
    return declared + parameters.keys.filter { !declared.contains($0) }.sorted()
  }

  private static func nested(_ values: ArraySlice<Double>, _ dims: ArraySlice<Int>) -> JSONValue {
    guard let count = dims.first else { return values.first.map(JSONValue.number) ?? .null }
    let size = count == 0 ? 0 : values.count / count
    return .array(
      (0..<count).map { i in
        let start = values.startIndex + i * size
        return nested(values[start..<(start + size)], dims.dropFirst())
      })
  }
}
