import LVMCompute
import LVMModel
import LVMSyntax

/// Networks applied to numbers, one value at a time, for ancestral draws. Each is compiled at its first use.
final class NetworkEvaluator {
  private let model: ModelGraph
  private let parameters: [String: Tensor]
  private var programs: [NetworkID: Executor] = [:]

  init(_ model: ModelGraph, parameters: [String: Tensor]) {
    self.model = model
    self.parameters = parameters
  }

  /// One output at given inputs.
  ///
  /// - Throws: `LoweringFailure` for layers without an engine.
  func output(_ output: Int, of id: NetworkID, at inputs: [Tensor]) throws -> Tensor {
    let network = model[id]
    let executor: Executor
    if let known = programs[id] {
      executor = known
    } else {
      executor = try compile(network)
      programs[id] = executor
    }
    var values = parameters
    for (i, input) in inputs.enumerated() {
      let dims = network.inputs[i].type.dims ?? input.dims
      values["$in.\(i)"] = input.broadcast(to: dims)
    }
    return try executor.run(values)["$out.\(output)"] ?? Tensor(.nan)
  }

  private func compile(_ network: Network) throws -> Executor {
    let builder = GraphBuilder()
    let context = LoweringContext(
      model: model, builder: builder, plates: try PlateNesting(model))
    let inputs = network.inputs.enumerated().map { i, port in
      (value: Lowered(builder.parameter("$in.\(i)", port.type.dims ?? [])), source: Variable?.none)
    }
    for (j, _) in network.outputs.enumerated() {
      let value = try context.apply(network, to: inputs, output: j, at: network.span)
      builder.setOutput("$out.\(j)", value.value)
    }
    return Runtime.serial.evaluator(Program(builder.finish()))
  }
}
