import LVMCompute
import LVMModel

/// The linear-Gaussian latents of one plate, integrated all at once.
struct GaussianIntegral: Elimination {
  /// Those of this plate, parents first.
  var latents: [VariableID]
  var plate: PlateID
  /// Those of all plates, parents first: they are written in terms of one system of noises.
  var system: [VariableID]

  var takesFactors: Bool { true }
  var leavesNormal: Bool { true }

  func words(_ model: ModelGraph, _ nesting: PlateNesting) -> String {
    "integrate gaussian \(latents.map { model[$0].name }.joined(separator: ", "))"
      + " per \(nesting.name(plate, model))"
  }

  /// Observed Gaussians become readings of noises, each on its own plate, once for all plates.
  func gather(_ factors: inout WorkingFactors, _ context: LoweringContext) throws {
    if factors.gaussian == nil {
      factors.gaussian = try GaussianFactors(system, context)
    }
  }

  func lower(_ factors: inout WorkingFactors, _ context: LoweringContext) throws
    -> (any Eliminated)?
  {
    try gather(&factors, context)
    guard var gaussian = factors.gaussian else { return nil }
    let left = gaussian.integrate(plate, context)
    factors.gaussian = gaussian
    if let left { factors.add(left, on: plate) }
    guard plate == gaussian.system.levels.keys.max() else { return nil }
    return IntegratedGaussian(
      system: gaussian.system, solutions: gaussian.solutions, tables: gaussian.tables)
  }
}

/// Factors in Gaussian noises that are not tables: readings of the noises of one plate, or informations
/// −½ εᵀΛε + hᵀε + c on the plate of what was read, which add over its instances.
struct GaussianFactors: GatheredFactors {
  var system: GaussianSystem
  private(set) var solutions: [PlateID: GaussianSolution] = [:]
  /// Log tables that remain of the latents of each plate.
  private(set) var tables: [PlateID: Lowered] = [:]
  private var pending: [PlateID: Information] = [:]
  /// Readings of noises that all live on the readers' own plate.
  private var readings: [WhitenedObservation] = []

  init(_ latents: [VariableID], _ context: LoweringContext) throws {
    system = try context.gaussianSystem(latents)
    let structure = context.structure
    var found: [(plate: PlateID, reading: WhitenedObservation)] = []
    for v in context.model.variables where v.role == .observe {
      guard !structure.reads(v).isDisjoint(with: latents), case .drawn(let d) = v.definition else {
        continue
      }
      let plate = context.plates.compute(v.plate)
      found.append((plate, try context.reading(of: v, d, system)))
    }
    if system.levels.count == 1, let level = system.levels.keys.first,
      found.allSatisfy({ $0.plate == level })
    {
      readings = found.map(\.reading)
      return
    }
    for (plate, reading) in found {
      var known = pending[plate] ?? Information()
      known.add(context.information(reading))
      pending[plate] = known
    }
  }

  /// Integrates the noises of a plate; the log table that remains, if any.
  mutating func integrate(_ plate: PlateID, _ context: LoweringContext) -> Lowered? {
    if !readings.isEmpty {
      let (table, solution) = context.integrate(
        readings, level: plate, width: system.width(plate))
      readings = []
      solutions[plate] = solution
      tables[plate] = table
      return table
    }
    guard let information = pending.removeValue(forKey: plate) else {
      // Nothing reads these latents: they integrate to one.
      return nil
    }
    let (rest, solution) = context.integrate(
      information, level: plate, width: system.width(plate))
    solutions[plate] = solution
    tables[plate] = rest.constant
    if !rest.linear.isEmpty {
      // The rest waits for outer levels.
      var waiting = rest
      waiting.constant = nil
      pending[plate] = waiting
    }
    return rest.constant
  }

  /// Adds informations over the instances of a plate; the log table that they had there, if any.
  mutating func multiply(over plate: PlateID, _ context: LoweringContext) -> Lowered? {
    guard let information = pending.removeValue(forKey: plate) else { return nil }
    let outer = PlateID(plate.index + 1)
    var moved = Information()
    for (level, value) in information.linear.inOrder {
      moved.linear[level] = context.product(value, over: plate)
    }
    for (pair, value) in information.quadratic.inOrder {
      moved.quadratic[pair] = context.product(value, over: plate)
    }
    var known = pending[outer] ?? Information()
    known.add(moved)
    pending[outer] = known
    return information.constant
  }
}

/// Posteriors of linear-Gaussian latents: the noises of each plate given those outside it.
struct IntegratedGaussian: Eliminated {
  var system: GaussianSystem
  var solutions: [PlateID: GaussianSolution]
  /// Log tables that remain of the latents of each plate.
  var tables: [PlateID: Lowered]

  func moved(_ map: NodeMap) -> IntegratedGaussian {
    IntegratedGaussian(
      system: system.moved(map), solutions: solutions.mapValues { $0.moved(map) },
      tables: tables.mapValues { map($0) })
  }

  func moments(in fork: Fork) -> [VariableID: LoweredMoments] {
    GaussianMoments(fork, self).all()
  }

  func predictive(of v: Variable, isFresh: Bool, in fork: Fork) throws
    -> LoweredPredictive?
  {
    let structure = fork.context.structure
    guard !structure.reads(v).isDisjoint(with: system.order) else { return nil }
    return try ConditionalNormals(fork, structure, isFresh: isFresh).static(v, self)
  }
}

extension WorkingFactors {
  /// Factors in Gaussian noises, once something has asked for them.
  fileprivate var gaussian: GaussianFactors? {
    get { gathered.lazy.compactMap { $0 as? GaussianFactors }.first }
    set {
      gathered.removeAll { $0 is GaussianFactors }
      if let newValue { gathered.append(newValue) }
    }
  }
}
