import LVM
import LVMOracle
import Testing

/// A model with its table and parameters, for questions that engine and oracle both answer.
struct QueryCase: Sendable, CustomTestStringConvertible {
  let name: String
  let text: String
  let table: Table
  let parameters: [String: [Double]]
  /// Observed variables with missing cells.
  let wanted: [String]

  var testDescription: String { name }

  init(
    _ name: String, _ statements: String, _ columns: [String: [Double]],
    _ parameters: [String: [Double]], wanted: [String] = ["x"]
  ) throws {
    self.name = name
    text = "model M\n" + statements + "\n"
    table = try Table(columns: columns.sorted { $0.key < $1.key }.map { Column($0.key, $0.value) })
    self.parameters = parameters
    self.wanted = wanted
  }

  func bound() throws -> (bound: BoundModel, plan: Plan, parameters: [String: Tensor]) {
    let bound = try Model(text: text).bound(to: table)
    let plan = try Planner.plan(bound.graph, facts: DataFacts(masked: bound.data.masked))
    var tensors: [String: Tensor] = [:]
    for v in bound.graph.variables where v.role == .param {
      tensors[v.name] = Tensor(v.type.dims ?? [], parameters[v.name] ?? [])
    }
    return (bound, plan, tensors)
  }

  func oracle(_ bound: BoundModel) -> Oracle {
    var values: [String: [[Double]]] = [:]
    for v in bound.binding.variables {
      let all = v.values
      values[v.name] = (0..<v.rowCount).map { Array(all[($0 * v.width)..<(($0 + 1) * v.width)]) }
    }
    var groups: [String: [Int]] = [:]
    for g in bound.binding.groups { groups[g.name] = g.groupOfRow }
    return Oracle(
      model: bound.graph,
      data: OracleData(rows: bound.data.rows, values: values, groups: groups),
      parameters: parameters)
  }
}
