import LVMCompute
import LVMModel

/// Draws from the distribution of a variable's cells: a context by its posterior weight, once for all entries
/// of a value, then the variable's own distribution there.
public struct MixtureSampler {
  private let plan: InferencePlan
  private let data: ModelData
  private let parameters: [String: Tensor]
  private let draws: (any ParameterPosterior)?

  /// - Parameter draws: those that contexts name by number; where they name none, `parameters` hold.
  public init(
    _ plan: InferencePlan, data: ModelData, parameters: [String: Tensor],
    draws: (any ParameterPosterior)? = nil
  ) {
    self.plan = plan
    // Single rows are picked out again and again.
    var data = data
    data.columns = data.columns.materialized
    self.data = data
    self.parameters = parameters
    self.draws = draws
  }

  /// `count` draws for each cell of a mixture, in prepared units: [instances · size] lists.
  ///
  /// - Throws: `QueryError` where an argument cannot be evaluated at a row.
  public func draws(_ law: Mixture, count: Int, seed: UInt64) throws -> [[Double]] {
    let v = plan.model[law.variable]
    guard case .drawn(let distribution) = v.definition else {
      throw QueryError.noDraw(variable: v.name, reason: "it has no distribution of its own")
    }
    let outer = groups(round: PlateID(law.plate))
    var result: [[Double]] = []
    result.reserveCapacity(law.instances.count * law.size)
    for (i, instance) in law.instances.enumerated() {
      // One for each run of contexts that is met.
      var evaluators: [Int: Evaluator] = [:]
      var cells = [[Double]](repeating: [], count: law.size)
      var random = RandomStream(
        seed: seed, purpose: "predict", site: law.variable.index, row: instance)
      let weights = Array(law.weights[(i * law.states)..<((i + 1) * law.states)])
      for _ in 0..<count {
        let state = random.category(weights)
        var (run, own) = (0, state)
        while own >= law.contexts[run].states {
          own -= law.contexts[run].states
          run += 1
        }
        let contexts = law.contexts[run]
        var evaluator =
          try evaluators.removeValue(forKey: run)
          ?? placed(contexts, at: instance, law, within: outer)
        set(&evaluator, law, contexts, own)
        for (id, values) in law.nodes {
          let dims = plan.model[id].type.dims ?? []
          let width = dims.reduce(1, *)
          let at = (i * law.states + state) * width
          evaluator.values[id] = Tensor(dims, Array(values[at..<(at + width)]))
        }
        let x = try evaluator.draw(distribution, v, &random)
        evaluators[run] = evaluator
        for j in 0..<law.size { cells[j].append(x.values[j]) }
      }
      result += cells
    }
    return result
  }

  /// An evaluator at one instance, with the parameters of some contexts.
  private func placed(
    _ contexts: Mixture.Contexts, at instance: Int, _ law: Mixture, within outer: [PlateID: [Int]]
  ) throws -> Evaluator {
    var own = parameters
    if let draws, let number = contexts.parameters {
      own.merge(draws.draw(number)) { $1 }
    }
    var evaluator = Evaluator(plan.model, parameters: own)
    try place(
      &evaluator, at: instance, on: PlateID(law.plate), within: outer, except: law.variable)
    return evaluator
  }

  /// For each plate outside one, which of its instances holds each instance of that one.
  private func groups(round plate: PlateID) -> [PlateID: [Int]] {
    let layout = data.columns.layout
    var result: [PlateID: [Int]] = [:]
    for index in layout.counts.indices where index > plate.index {
      let starts = layout.offsets(of: PlateID(index), into: plate)
      var owner = [Int](repeating: 0, count: layout.count(plate))
      for g in starts.indices.dropLast() { for i in starts[g]..<starts[g + 1] { owner[i] = g } }
      result[PlateID(index)] = owner
    }
    return result
  }

  /// Observed and given values of an instance and of the groups round it, with their pasts.
  private func place(
    _ evaluator: inout Evaluator, at instance: Int, on plate: PlateID,
    within outer: [PlateID: [Int]],
    except id: VariableID
  ) throws {
    for v in plan.model.variables where v.role == .observe || v.role == .given {
      guard v.id != id, let column = data.columns.columns[v.name], column.plate >= plate else {
        continue
      }
      let own = column.plate == plate ? instance : (outer[column.plate]?[instance] ?? 0)
      evaluator.values[v.id] = Tensor(
        column.dims, column.numbers(of: own..<(own + 1)))
    }
    for v in plan.model.variables {
      var past: [Tensor] = []
      var lag = 1
      while let column = data.columns.columns[ModelColumn.lag(v, lag)] {
        past.append(
          Tensor(
            column.dims,
            column.numbers(of: instance..<(instance + 1))))
        lag += 1
      }
      if !past.isEmpty { evaluator.past[v.id] = past }
    }
  }

  /// Puts the labels of one joint state in place.
  private func set(
    _ evaluator: inout Evaluator, _ law: Mixture, _ contexts: Mixture.Contexts, _ state: Int
  ) {
    var rest = state
    for (axis, values) in contexts.axes.reversed() {
      let value = Double(rest % values)
      rest /= values
      // The axis of a block's nodes has no label.
      if law.nodes[axis.variable] != nil { continue }
      if axis.lag > 0 {
        evaluator.past[axis.variable] = [Tensor(value)]
        continue
      }
      let dims = plan.model[axis.variable].type.dims ?? []
      var whole = evaluator.values[axis.variable] ?? Tensor(repeating: 0, dims)
      whole.values[axis.component] = value
      evaluator.values[axis.variable] = whole
    }
  }
}
