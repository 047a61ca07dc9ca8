import LVMCompute
import LVMModel
import Testing

/// A number from a graph that `body` builds on parameters of these values.
func evaluated(
  _ tensors: [Tensor], _ body: (GraphBuilder, [Value]) -> Value
) -> Tensor {
  let builder = GraphBuilder()
  let values = tensors.enumerated().map { builder.parameter("p\($0)", $1.dims) }
  builder.setOutput("result", body(builder, values))
  let parameters = Dictionary(
    uniqueKeysWithValues: tensors.enumerated().map { ("p\($0)", $1) })
  return run(builder.finish(), parameters: parameters)["result"] ?? Tensor(Double.nan)
}

/// The log density of one value.
func logDensity(
  _ name: FamilyName, form: Int = 0, _ x: Tensor, _ arguments: [Tensor]
) -> Double {
  evaluated([x] + arguments) { _, values in
    family(name).logDensity(values[0], Array(values.dropFirst()), form: form)
  }.values[0]
}

/// Derivatives of a scalar graph by reverse mode and by central differences, entry by entry.
func gradients(
  _ tensors: [Tensor], with respect: [Int], step: Double = 1e-5,
  _ body: (GraphBuilder, [Value]) -> Value
) -> [(exact: Double, difference: Double)] {
  var pairs: [(exact: Double, difference: Double)] = []
  for index in respect {
    let exact = evaluated(tensors) { builder, values in
      builder.gradient(of: body(builder, values).sumAll(), with: [values[index]])[0]
    }
    for entry in tensors[index].values.indices {
      let h = step * max(abs(tensors[index].values[entry]), 0.1)
      let sides = [-2 * h, -h, h, 2 * h].map { offset -> Double in
        var moved = tensors
        moved[index].values[entry] += offset
        return evaluated(moved) { body($0, $1).sumAll() }.values[0]
      }
      // Fourth order, so that rounding and curvature both stay below 1e-8 or so.
      let difference = (sides[0] - sides[3] + 8 * (sides[2] - sides[1])) / (12 * h)
      pairs.append((exact.values[entry], difference))
    }
  }
  return pairs
}

/// Runs a graph on parameters and on columns of the row plate.
func run(
  _ graph: Graph, parameters: [String: Tensor], data: [String: [Double]] = [:], rows: Int = 0
) -> [String: Tensor] {
  let program = Program(graph)
  let columns = data.filter { program.data[$0.key] != nil }.map { name, values in
    (name, DataColumn(dims: program.data[name]?.dims ?? [], values: values))
  }
  let executor = Runtime.serial.evaluator(
    program,
    data: DataColumns(
      layout: .rows(rows), columns: Dictionary(uniqueKeysWithValues: columns)))
  do {
    return try executor.run(parameters)
  } catch {
    Issue.record(error)
    return [:]
  }
}

/// Whether two numbers agree to a relative tolerance (absolute below one); equal infinities agree.
func agree(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  a == b || abs(a - b) <= tolerance * max(1, abs(b))
}
