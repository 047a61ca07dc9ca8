import Foundation
import LVMCompute
import LVMData
import LVMInference
import LVMModel
import LVMSyntax

/// Settings that bear on what a model means for a table.
public struct ModelOptions: Sendable {
  /// Sizes and constants of the header, as `--set` gives them.
  public var settings: [String: Double]
  /// Columns for variables, as `--bind` gives them.
  public var columns: [String: ColumnSpec]
  /// What a fit remembers of its own table; nil when fitting.
  public var memory: BindingMemory?
  /// Whether continuous latents are integrated by quadrature even where a closed form serves.
  public var prefersQuadrature: Bool
  /// What guides latents that are drawn and that the model gives no guide; `point` puts every continuous
  /// latent of a row at its most probable value.
  public var guide: GuideKind

  public init(
    settings: [String: Double] = [:], columns: [String: ColumnSpec] = [:],
    memory: BindingMemory? = nil, prefersQuadrature: Bool = false, guide: GuideKind = .encoder
  ) {
    self.settings = settings
    self.columns = columns
    self.memory = memory
    self.prefersQuadrature = prefersQuadrature
    self.guide = guide
  }

  /// What the planner is told of a table.
  public func facts(of bound: BoundModel) -> DataFacts {
    DataFacts(
      of: bound.data, in: bound.graph, prefersQuadrature: prefersQuadrature, guide: guide)
  }
}

/// A checked `.lvm` model, ready for any table that has its columns.
///
/// ```swift
/// let model = try Model(contentsOf: url)
/// let fit = try model.fit(try Table.read(path: "faithful.csv"))
/// print(fit["mean"]!.values)
/// ```
public struct Model: Sendable {
  public let source: SourceText
  /// The checked model; sizes that only data can tell are still names.
  public let graph: ModelGraph
  /// Findings that did not stop it.
  public let warnings: [Diagnostic]

  /// Parses and checks a model.
  ///
  /// - Throws: `Diagnostics` with every error of the file, or the error of reading it.
  public init(contentsOf url: URL, settings: [String: Double] = [:]) throws {
    let bytes = [UInt8](try Data(contentsOf: url))
    try self.init(source: SourceText(name: url.relativePath, bytes: bytes), settings: settings)
  }

  /// Parses and checks a model given as text.
  public init(text: String, name: String = "model.lvm", settings: [String: Double] = [:]) throws {
    try self.init(source: SourceText(name: name, text: text), settings: settings)
  }

  public init(source: SourceText, settings: [String: Double] = [:]) throws {
    self.source = source
    let parsed = parse(source)
    guard let syntax = parsed.model else {
      throw Diagnostics(source: source, items: parsed.findings)
    }
    // Statements that could be read are checked even if others could not, so that all errors come at once.
    let checked = check(
      syntax, source: source, settings: settings, afterSyntaxErrors: !parsed.findings.isEmpty)
    let findings = (parsed.findings + checked.findings).sorted {
      $0.primary.span.lower < $1.primary.span.lower
    }
    guard let graph = checked.model, !findings.contains(where: { $0.severity == .error }) else {
      throw Diagnostics(source: source, items: findings)
    }
    self.graph = graph
    warnings = findings
  }

  /// The model bound to a table: sizes, columns, missing cells.
  ///
  /// - Throws: `DataErrors` of the binding.
  public func bound(to table: Table, options: ModelOptions = ModelOptions()) throws -> BoundModel {
    try BoundModel(
      graph, table: table,
      options: .init(
        settings: options.settings, columns: options.columns, memory: options.memory))
  }

  /// What would be done with a table.
  ///
  /// - Parameter probing: whether the data are asked which directions of the parameters they leave open.
  public func plan(
    for table: Table, options: ModelOptions = ModelOptions(), registry: Registry = .standard,
    probing: Bool = false
  ) throws -> Plan {
    let bound = try bound(to: table, options: options)
    let plan = try Planner.plan(
      bound.graph, facts: options.facts(of: bound), registry: registry)
    return probing ? plan.probed(bound.data) : plan
  }

  /// What would be done with any table: sizes that the data would tell stand as small numbers.
  public func plan(
    settings: [String: Double] = [:], prefersQuadrature: Bool = false, guide: GuideKind = .encoder,
    registry: Registry = .standard
  ) throws -> Plan {
    var sizes: [String: Int] = [:]
    for (i, name) in graph.unresolvedSizes.enumerated() { sizes[name] = 3 + i }
    for size in graph.sizes where size.isSize {
      if let value = settings[size.name] ?? size.value { sizes[size.name] = Int(value) }
    }
    return try Planner.plan(
      graph.sized(sizes),
      facts: DataFacts(
        sizesAreKnown: graph.unresolvedSizes.isEmpty, prefersQuadrature: prefersQuadrature,
        guide: guide), registry: registry)
  }

  /// Fits the model to a table, by the engines of a registry.
  public func fit(
    _ table: Table, options: FitOptions = FitOptions(), model modelOptions: ModelOptions = .init(),
    registry: Registry = .standard,
    progress: @escaping @Sendable (FitProgress) -> FitDecision = { _ in .continue }
  ) throws -> Fit {
    let bound = try bound(to: table, options: modelOptions)
    return try fit(
      table, bound: bound, facts: modelOptions.facts(of: bound), options: options,
      registry: registry, progress: progress)
  }

  /// Fits the model to a table that it is bound to already.
  public func fit(
    _ table: Table, bound: BoundModel, facts: DataFacts? = nil, options: FitOptions = FitOptions(),
    registry: Registry = .standard,
    progress: @escaping @Sendable (FitProgress) -> FitDecision = { _ in .continue }
  ) throws -> Fit {
    let digest = try table.sha256()
    let clock = ContinuousClock()
    let began = clock.now
    guard bound.data.rows > 0 else {
      throw DataErrors([.reading(.noRows, at: DataPlace(file: table.name))])
    }
    var plan = try Planner.plan(
      bound.graph, facts: facts ?? DataFacts(of: bound.data, in: bound.graph), registry: registry)
    let compiled = clock.now
    var options = plan.options(options)
    options.binarized = bound.binarized
    let estimate: Estimate
    do {
      estimate = try plan.estimate(bound.data, options: options, progress: progress)
    } catch FitError.noStart(let why) {
      // What the checker could not prove is what most likely does not hold.
      let suspects = warnings.filter { $0.code == "argument-range" }.map {
        "line \(source.position($0.primary.span.lower).line): \($0.message)"
      }
      throw FitError.noStart(([why] + suspects).joined(separator: "; "))
    }
    let done = clock.now
    plan = plan.probed(bound.data, at: estimate.parameters, runtime: options.runtime)
    let count =
      ParameterCount.of(plan.model, used: Set(estimate.parameters.keys))
      + plan.networkWeights.filter(\.isTrained).reduce(0) { $0 + $1.dims.reduce(1, *) }
      - plan.identifiability.directions
    let units = bound.data.columns.layout.count(plan.nesting.outermost)
    let bic: Double? =
      plan.estimation.isMaximumLikelihood
      ? Double(count) * Foundation.log(Double(max(1, units))) - 2 * estimate.objective : nil
    var fit = Fit(
      model: bound.graph, plan: plan.settled(by: estimate), parameters: estimate.parameters,
      objective: Self.objective(estimate, plan, bound.logJacobian),
      parameterCount: count, bic: estimate.accuracy == nil ? bic : nil, rows: bound.data.rows,
      seed: options.seed,
      converged: estimate.converged, iterations: estimate.iterations, restarts: estimate.restarts,
      trace: plan.estimation.isMinimised ? estimate.trace.map { -$0 } : estimate.trace,
      seconds: seconds(done - compiled), secondsReading: 0,
      secondsCompiling: seconds(compiled - began),
      data: DataRecord(sha256: digest, memory: bound.memory),
      warnings: lints + bound.warnings.map(Warning.data)
        + plan.settingsWithoutMeaning.map(\.warning)
        + plan.settingWarnings(options, rows: bound.data.rows) + estimate.warnings
        + (plan.estimation.isByMinibatches ? [] : Self.notConverged(estimate))
        + Self.notIdentified(plan, beside: estimate))
    fit.epochs = estimate.epochs
    fit.parameterErrors = fit.ownStandardErrors(bound.data, runtime: options.runtime)
    return fit
  }

  /// Lints of the model as warnings of a fit.
  private var lints: [Warning] {
    warnings.map { finding in
      .model(
        code: finding.code, line: source.position(finding.primary.span.lower).line,
        text: finding.message)
    }
  }

  /// The number that the last step moved, by its name.
  private static func objective(
    _ estimate: Estimate, _ plan: Plan, _ logJacobian: Double
  ) -> Objective {
    let own = plan.estimation.objective
    if own == .elbo {
      return Objective(
        name: own, value: estimate.objective,
        estimator: estimate.draws.map {
          .drawnLowerBound(draws: $0.count, standardError: $0.error)
        } ?? .lowerBound, logJacobian: logJacobian)
    }
    if plan.estimation.isMinimised {
      return Objective(name: own, value: -estimate.objective)
    }
    return Objective(
      name: own, value: estimate.objective,
      estimator: estimate.accuracy.map { .quadrature(nodes: $0.nodes, error: $0.error) } ?? .exact,
      logJacobian: logJacobian)
  }

  private func seconds(_ d: Duration) -> Double {
    Double(d.components.seconds) + Double(d.components.attoseconds) * 1e-18
  }

  /// What no data tell apart, where the fit has not named every parameter of it already.
  private static func notIdentified(_ plan: Plan, beside estimate: Estimate) -> [Warning] {
    let named = Set(
      estimate.warnings.compactMap { warning -> String? in
        if case .notIdentified(let name) = warning { name } else { nil }
      })
    return plan.identifiability.symmetries.compactMap { s in
      let isKnown =
        s.extent == .tradeOff && s.parameters.allSatisfy { named.contains(plan.model[$0].name) }
      return isKnown ? nil : s.redundancy.map(Warning.redundant)
    }
  }

  /// A fit that stopped before its optimum says so by name.
  private static func notConverged(_ estimate: Estimate) -> [Warning] {
    estimate.converged ? [] : [.notConverged(iterations: estimate.iterations)]
  }
}
