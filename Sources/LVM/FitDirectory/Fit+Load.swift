import Foundation
import LVMCompute
import LVMData
import LVMInference
import LVMModel
import LVMSyntax

extension Fit {
  /// Loads a fit that `save` or `lvmc run` wrote: parameters have the bits they were saved with.
  ///
  /// The model is parsed, checked and planned again from its text, by the engines of a registry: those it
  /// was fitted with. Throws `FitDirectoryError`, which names the file and what is wrong with it.
  public init(contentsOf directory: URL, registry: Registry = .standard) throws {
    func identity() -> Int? {
      let attributes = try? FileManager.default.attributesOfItem(atPath: directory.path)
      return (attributes?[.systemFileNumber] as? NSNumber)?.intValue
    }
    // One that is replaced while it is being read is read again, lest files of two fits mix.
    for _ in 0..<20 {
      let before = identity()
      let loaded = Result { try Self(reading: directory, registry) }
      guard identity() == before else { continue }
      self = try loaded.get()
      return
    }
    throw FitDirectoryError.unreadable(
      path: directory.relativePath, reason: "it is replaced again and again")
  }

  private init(reading directory: URL, _ registry: Registry) throws {
    let path = directory.path
    AtomicDirectory.recover(path)
    let files = FitFiles(directory: path)
    guard FileManager.default.fileExists(atPath: path) else {
      throw FitDirectoryError.absent(
        path: directory.relativePath, nearest: Self.nearestFit(to: directory))
    }
    guard FileManager.default.fileExists(atPath: files.path(Self.marker)) else {
      throw FitDirectoryError.notAFit(path: path)
    }
    let record = try files.record()
    guard let memory = record.data.memory else {
      throw FitDirectoryError.damaged(
        path: files.path(Self.marker), reason: "`preparation` holds a step that is not known")
    }
    let graph = try files.model()
    let arrays = try files.arrays()
    let plan: Plan
    do {
      plan = try Planner.plan(
        graph,
        facts: DataFacts(
          indicated: Network.indicatedInputs(arrays.keys),
          prefersQuadrature: record.method == MethodName.quadrature.rawValue,
          guide: record.guide.flatMap(GuideKind.init(rawValue:)) ?? .encoder),
        registry: registry)
    } catch {
      throw FitDirectoryError.damaged(
        path: files.path("model.lvm"), reason: error.items.first?.message ?? "it has no plan")
    }
    let parameters = try files.parameters(of: graph, plan, among: arrays)
    self.init(
      model: graph, plan: plan, parameters: parameters,
      objective: Objective(
        name: record.objective.name, value: record.objective.value,
        estimator: record.objective.exact ? .exact : .other(record.objective.estimator),
        logJacobian: record.objective.logJacobian),
      parameterCount: record.parameterCount, bic: record.bic, rows: record.rows,
      seed: record.seed.value, converged: record.converged, iterations: record.iterations,
      restarts: record.restarts, trace: files.trace(), seconds: record.seconds,
      secondsReading: record.secondsReading, secondsCompiling: record.secondsCompiling,
      data: DataRecord(sha256: record.data.sha256, memory: memory), warnings: record.warnings)
    parameterPosterior = try files.draws(of: parameters)
    validation = record.validation
    parameterErrors = StandardErrors(
      values: (record.standardErrors ?? [:]).filter { $0.value.isRegular }.mapValues(\.tensor),
      omitted: record.standardErrorsOmitted ?? [:])
  }
}

extension Fit {
  /// A fit beside a path with nearly its name, or its name and `.fit`.
  private static func nearestFit(to directory: URL) -> String? {
    let name = directory.lastPathComponent
    let folder = directory.deletingLastPathComponent().path
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let fits = entries.filter { $0.hasSuffix(".fit") }.sorted()
    let typed = directory.relativePath
    let near = fits.contains(name + ".fit") ? name + ".fit" : nearestSpelling(name, among: fits)
    return near.map { typed.hasSuffix(name) ? typed.dropLast(name.count) + $0 : $0 }
  }
}

/// The files of a fit directory, read with errors that name the file.
private struct FitFiles {
  var directory: String

  func path(_ name: String) -> String { directory + "/" + name }

  func bytes(_ name: String) throws(FitDirectoryError) -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: path(name)))
    } catch {
      if !FileManager.default.fileExists(atPath: path(name)) {
        throw .missingFile(path: path(name))
      }
      throw .unreadable(path: path(name), reason: "reading it is not permitted, or it is no file")
    }
  }

  func record() throws(FitDirectoryError) -> FitRecord {
    struct Format: Decodable { var format: Int }
    let data = try bytes(Fit.marker)
    let decoder = JSONDecoder()
    if let found = try? decoder.decode(Format.self, from: data), found.format != FitRecord.format {
      throw .otherFormat(
        path: path(Fit.marker), found: found.format, known: FitRecord.format)
    }
    do {
      return try decoder.decode(FitRecord.self, from: data)
    } catch {
      throw .damaged(path: path(Fit.marker), reason: Self.words(for: error))
    }
  }

  private static func words(for error: any Error) -> String {
    func place(_ keys: [any CodingKey]) -> String {
      keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    switch error as? DecodingError {
    case .keyNotFound(let key, let context):
      return "the key `\(place(context.codingPath + [key]))` is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "`\(place(context.codingPath))` is not of the right type"
    case .dataCorrupted, .none: return "it is not valid JSON"
    @unknown default: return "it is not valid JSON"
    }
  }

  func model() throws(FitDirectoryError) -> ModelGraph {
    let name = path("model.lvm")
    let source = SourceText(name: name, bytes: [UInt8](try bytes("model.lvm")))
    let graph: ModelGraph
    do {
      graph = try Model(source: source).graph.sized([:])
    } catch {
      let first = (error as? Diagnostics)?.errors.first
      let line = first.map { "line \(source.position($0.primary.span.lower).line): \($0.message)" }
      throw .damaged(path: name, reason: line ?? "it is not a model")
    }
    if let open = graph.unresolvedSizes.first {
      throw .damaged(path: name, reason: "the size `\(open)` has no value")
    }
    return graph
  }

  /// The saved arrays by name.
  func arrays() throws(FitDirectoryError) -> [String: Tensor] {
    try arrays(in: "parameters.safetensors")
  }

  private func arrays(in file: String) throws(FitDirectoryError) -> [String: Tensor] {
    let name = path(file)
    do {
      return try Safetensors.decode([UInt8](try bytes(file)))
    } catch let damage as Safetensors.Damage {
      throw .damaged(path: name, reason: damage.reason)
    } catch let error as FitDirectoryError {
      throw error
    } catch {
      throw .damaged(path: name, reason: "\(error)")
    }
  }

  func parameters(
    of graph: ModelGraph, _ plan: Plan, among tensors: [String: Tensor]
  ) throws(FitDirectoryError) -> [String: Tensor] {
    let name = path("parameters.safetensors")
    let weights = plan.networkWeights
    for weight in weights {
      guard let tensor = tensors[weight.name] else {
        throw .missingParameter(path: name, name: weight.name)
      }
      guard tensor.dims == weight.dims else {
        throw .parameterShape(
          path: name, name: weight.name, expected: weight.dims, found: tensor.dims)
      }
    }
    let known = Set(weights.map(\.name))
    let declared = graph.variables.filter { $0.role == .param }
    for key in tensors.keys.sorted()
    where !known.contains(key) && !declared.contains(where: { $0.name == key }) {
      throw .unknownParameter(path: name, name: key)
    }
    for variable in declared {
      if case .equal = variable.definition { continue }
      guard let tensor = tensors[variable.name] else {
        // A parameter that nothing uses is not estimated.
        if graph.children(of: variable.id).isEmpty { continue }
        throw .missingParameter(path: name, name: variable.name)
      }
      let expected = variable.type.dims ?? []
      guard tensor.dims == expected else {
        throw .parameterShape(
          path: name, name: variable.name, expected: expected, found: tensor.dims)
      }
      if let wish = variable.type.kind.wish(of: tensor) {
        throw .damaged(
          path: name, reason: "`\(variable.name)` is \(variable.type), and \(wish)")
      }
    }
    return tensors
  }

  /// Draws of the parameters, where the fit has any.
  func draws(of parameters: [String: Tensor]) throws(FitDirectoryError) -> DrawsOfParameters? {
    guard FileManager.default.fileExists(atPath: path(Fit.draws)) else { return nil }
    let found = try arrays(in: Fit.draws)
    for (key, tensor) in found.sorted(by: { $0.key < $1.key }) {
      guard let expected = parameters[key]?.dims else {
        throw .unknownParameter(path: path(Fit.draws), name: key)
      }
      guard Array(tensor.dims.dropFirst()) == expected else {
        throw .parameterShape(
          path: path(Fit.draws), name: key, expected: expected,
          found: Array(tensor.dims.dropFirst()))
      }
    }
    guard let draws = DrawsOfParameters(found) else {
      throw .damaged(
        path: path(Fit.draws), reason: "its parameters do not all have the same number of draws")
    }
    return draws
  }

  /// The objective per iteration, as far as it was kept: nothing depends on it.
  func trace() -> [Double] {
    guard let table = try? Table.read(path: path("trace.csv")),
      let column = table.column(named: "objective")
    else { return [] }
    return column.storage.doubles()
  }
}
