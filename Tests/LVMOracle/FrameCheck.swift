import Foundation
import LVMModel

/// Whether the frames of a model do what they say, at one drawn point: densities at gx and gθ are those at
/// x and θ, less what g stretches.
public struct FrameCheck {
  public let drawn: DrawnModel
  public let element: FrameElement

  /// - Parameter seed: also draws the element.
  public init(_ drawn: DrawnModel, _ frames: Frames, seed: Int) {
    self.drawn = drawn
    var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / 9_007_199_254_740_992
    }
    element = FrameElement(
      frames, scales: frames.scales.map { $0.granularity * (Int(uniform() * 9) - 4) },
      shifts: frames.shifts.map { _ in 6 * uniform() - 3 })
  }

  private var frames: Frames { element.frames }

  private func oracle(moved: Bool) -> Oracle {
    guard moved else {
      return Oracle(model: drawn.model, data: drawn.data, parameters: drawn.parameters)
    }
    var data = drawn.data
    for v in drawn.model.variables where data.values[v.name] != nil {
      data.values[v.name] = data.values[v.name]?.map { element.moved($0, of: v.id) }
    }
    return Oracle(
      model: element.model.withStandIns(), data: data,
      parameters: element.moved(parameters: drawn.parameters))
  }

  private func movedLatents() -> [String: [Double]] {
    var result = drawn.latents
    for v in drawn.model.variables where v.role == .latent {
      result[v.name] = element.moved(drawn.latents[v.name] ?? [], of: v.id)
    }
    return result
  }

  /// What is wrong with the joint density of data and latents, with the prior, or with the way back;
  /// nil where the density at the drawn point is not finite.
  public func problems() throws -> [String]? {
    let (a, b) = (oracle(moved: false), oracle(moved: true))
    let before = try a.logJoint(drawn.latents)
    let prior = try a.logPrior()
    guard before.isFinite, prior.isFinite else { return nil }
    var problems = element.model.verify()
    let change = element.logJacobian(cells: try cells()) + (try latentJacobian())
    compare("joint", try b.logJoint(movedLatents()) + change, before, &problems)
    compare("prior", try b.logPrior() + element.logPriorJacobian, prior, &problems)
    try compareEquations(a, b, &problems)
    let back = element.restored(parameters: b.parameters)
    for (name, values) in drawn.parameters {
      for (x, y) in zip(values, back[name] ?? []) where abs(x - y) > 1e-11 * max(1, abs(x)) {
        problems.append("\(name) comes back as \(y), was \(x)")
      }
    }
    for v in drawn.model.variables {
      for (old, new) in zip(drawn.data.values[v.name] ?? [], b.data.values[v.name] ?? []) {
        for (x, y) in zip(old, element.restored(new, of: v.id)) where abs(x - y) > 1e-11 {
          problems.append("\(v.name) comes back as \(y), was \(x)")
        }
      }
    }
    return problems
  }

  /// What is wrong with the density of the data alone, latents summed and integrated out; nil where it is
  /// not finite.
  public func marginalProblems() throws -> [String]? {
    var problems: [String] = []
    let before = try oracle(moved: false).logLikelihood()
    guard before.isFinite else { return nil }
    let after = try oracle(moved: true).logLikelihood()
    compare("marginal", after + element.logJacobian(cells: try cells()), before, &problems)
    return problems
  }

  private func compare(_ what: String, _ a: Double, _ b: Double, _ problems: inout [String]) {
    if !(abs(a - b) <= 1e-9 * max(1, abs(b))) {
      problems.append("\(what): \(a) after, \(b) before, scales \(element.scales)")
    }
  }

  private func world() throws -> World {
    try World(model: drawn.model, data: drawn.data, parameters: drawn.parameters)
  }

  /// Observed values that are equal to an expression have no density; the expression has to move as they do.
  private func compareEquations(_ a: Oracle, _ b: Oracle, _ problems: inout [String]) throws {
    let (before, after) = (try a.world(at: drawn.latents), try b.world(at: movedLatents()))
    for site in before.sites where site.variable.role == .observe {
      guard case .equal(let e) = site.rule, case .equal(let f) = after.rule(of: site) else {
        continue
      }
      let old = try before.evaluate(e, row: site.row).expanded(to: site.dims)
      let new = try after.evaluate(f, row: site.row).expanded(to: site.dims)
      for (x, y) in zip(element.moved(old.values, of: site.variable.id), new.values) {
        compare(site.variable.name, y, x, &problems)
      }
    }
  }

  /// Present cells with a density, by column.
  private func cells() throws -> [Int] {
    let world = try world()
    return frames.columns.map { column in
      world.sites(of: column.variable).count { i in
        let site = world.sites[i]
        guard site.variable.role == .observe, case .drawn = site.rule else { return false }
        let row = drawn.data.values.mapValues { $0[site.row] }
        let isPresent = row[site.variable.name].map { !$0[column.entry].isNaN } ?? false
        return isPresent && frames.hasDensity(column, row: row)
      }
    }
  }

  private func latentJacobian() throws -> Double {
    let world = try world()
    return world.sites.reduce(0) { total, site in
      guard site.variable.role == .latent, case .drawn = site.rule else { return total }
      return total + element.logScale(of: site.variable)
    } * log(2)
  }
}

extension World {
  /// The rule of the same instance of a variable, in this world.
  fileprivate func rule(of site: Site) -> Rule {
    sites[sites(of: site.variable.id).lowerBound + site.instance].rule
  }
}

extension Oracle {
  fileprivate func world(at latents: [String: [Double]]) throws -> World {
    let world = try World(model: model, data: data, parameters: parameters)
    for (i, site) in world.sites.enumerated() where site.variable.role == .latent {
      guard case .drawn = site.rule, let all = latents[site.variable.name] else { continue }
      let n = Tensor.count(site.dims)
      world.assign(i, Array(all[site.instance * n..<(site.instance + 1) * n]))
    }
    return world
  }

  /// log p(observed, latents | parameters) at values of the latents, instance after instance by name.
  public func logJoint(_ latents: [String: [Double]]) throws -> Double {
    let world = try world(at: latents)
    return try world.sites.indices.reduce(0) { total, i in
      world.sites[i].variable.role == .param ? total : total + (try world.logDensity(of: i))
    }
  }
}
