import LVMCompute
import LVMData
import LVMInference
import LVMModel

/// Means of observed variables at latents that are known: of draws, and on the way from row to row.
extension Fit {
  /// Observed variables on which nothing else depends.
  var averagedVariables: [String] {
    model.variables.filter { $0.role == .observe && model.children(of: $0.id).isEmpty }.map(\.name)
  }

  /// Adds the means of some variables at drawn latents.
  func addMeans(
    of names: [String], to draws: inout [String: DataColumn], _ frame: ModelSampler.Frame,
    at parameters: [String: Tensor], runtime: Runtime
  ) throws {
    guard !names.isEmpty else { return }
    var known = frame.givens
    for (name, drawn) in draws where !names.contains(name) { known[name] = drawn }
    let means = try LatentDecoder(plan.inference, model: model, parameters: parameters)
      .means(of: names, at: DataColumns(layout: frame.layout, columns: known), runtime: runtime)
    draws.merge(means) { $1 }
  }

  /// Observed variables in the mean along the straight line between the latents of two rows.
  ///
  /// The ends are the means of the rows' posteriors. Given numbers go along in a straight line too; labels
  /// that are given, or observed and depended upon, must be the same in both rows.
  ///
  /// - Parameters:
  ///   - from: the number of a row of the table, counted from 1; `to` likewise.
  ///   - steps: how many points, both ends among them; at least 2.
  /// - Throws: `QueryError` for rows that are not there and latents that are no numbers of a row.
  public func interpolate(
    _ table: Table, from: Int, to: Int, steps: Int = 10, runtime: Runtime = .serial
  ) throws -> Samples {
    let bound = try bound(to: table)
    for row in [from, to] where !(1...max(1, bound.data.rows)).contains(row) {
      throw QueryError.noRow(row, rows: bound.data.rows)
    }
    let names = averagedVariables
    let decoder = LatentDecoder(plan.inference, model: model, parameters: parameters)
    let latents = decoder.latents(readBy: names)
    try refuseInterpolation(of: latents, names)
    let data = bound.data.selecting(rows: [from - 1, to - 1])
    let columns = try ends(of: latents, bound, data, runtime: runtime)
      .merging(knownEnds(names, bound, data)) { $1 }
    let count = max(2, steps)
    var along: [String: DataColumn] = [:]
    for (name, column) in columns {
      let values = column.values
      let width = column.width
      var points: [Double] = []
      for step in 0..<count {
        let t = Double(step) / Double(count - 1)
        for j in 0..<width {
          let (a, b) = (values[j], values[width + j])
          points.append(a == b ? a : a + t * (b - a))
        }
      }
      along[name] = DataColumn(dims: column.dims, values: points)
    }
    let means = try decoder.means(
      of: names, at: DataColumns(layout: .rows(count), columns: along), runtime: runtime)
    return Samples(
      rows: count,
      columns: names.compactMap { model.variable(named: $0) }.flatMap { v in
        sampleColumns(v, means[v.name]?.values ?? [], areMeans: true)
      })
  }

  private func refuseInterpolation(of latents: [Variable], _ names: [String]) throws {
    guard plan.isOfRows else {
      throw QueryError.noInterpolation(
        variable: latents.first?.name ?? model.name,
        reason: "it belongs to a group or a chain, and rows are not independent of one another")
    }
    guard !latents.isEmpty else {
      throw QueryError.noInterpolation(
        variable: names.first ?? model.name, reason: "it depends on no latent")
    }
    for v in latents where v.type.kind.isFinite {
      throw QueryError.noInterpolation(
        variable: v.name, reason: "it is a label, and between two labels there is none")
    }
    for v in latents where v.plate == .global {
      throw QueryError.noInterpolation(
        variable: v.name, reason: "it is the same for all rows")
    }
  }

  /// Posterior means of latents at two rows.
  private func ends(
    of latents: [Variable], _ bound: BoundModel, _ data: ModelData, runtime: Runtime
  ) throws -> [String: DataColumn] {
    let plan = try plan(bound)
    let posteriors = try posterior(plan, data, runtime: runtime).latents()
    var result: [String: DataColumn] = [:]
    for v in latents {
      guard let found = posteriors.first(where: { $0.variable == v.name }),
        case .moments(let mean, _, _) = found.content
      else {
        throw QueryError.noInterpolation(variable: v.name, reason: "its posterior has no mean")
      }
      result[v.name] = DataColumn(dims: v.type.dims ?? [], values: mean)
    }
    return result
  }

  /// Given variables, and observed ones that others depend on, at two rows.
  private func knownEnds(_ names: [String], _ bound: BoundModel, _ data: ModelData) throws
    -> [String: DataColumn]
  {
    var result: [String: DataColumn] = [:]
    for v in model.variables where v.role == .given || v.role == .observe {
      guard !names.contains(v.name), let column = data.columns.columns[v.name] else { continue }
      let mask = data.columns.columns["$mask.\(v.name)"]?.values
      if mask?.contains(0) ?? false {
        throw QueryError.noInterpolation(
          variable: v.name, reason: "it is missing in one of the two rows")
      }
      let values = column.values
      if v.type.kind.isFinite, values.prefix(column.width) != values.suffix(column.width) {
        throw QueryError.noInterpolation(
          variable: v.name, reason: "it is a label, and the two rows have different ones")
      }
      result[v.name] = column
    }
    return result
  }
}
