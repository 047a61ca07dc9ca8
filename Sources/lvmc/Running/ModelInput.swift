import Foundation
import LVM

/// A model named on the command line, with `--set` and `--bind`.
struct ModelInput {
  let model: Model
  let options: ModelOptions
  /// `--set` values in the order of the line, as written.
  let settings: [(name: String, value: String)]

  static let setOption = Option(
    "set", .pair(placeholder: "NAME=VALUE"), help: "a size or constant of the model; repeatable")
  static let bindOption = Option(
    "bind", .pair(placeholder: "NAME=COLUMNS"),
    help: "columns for a variable, as after `from`; repeatable")

  static func source(_ path: String) throws -> SourceText {
    let isDirectory = (try? FileManager.default.attributesOfItem(atPath: path)[.type])
      .map { $0 as? FileAttributeType == .typeDirectory }
    guard let isDirectory else { throw UnreadableModel(path: path, problem: .absent) }
    guard !isDirectory else { throw UnreadableModel(path: path, problem: .directory) }
    do {
      guard let file = FileHandle(forReadingAtPath: path) else {
        throw UnreadableModel(path: path, problem: .closed)
      }
      defer { try? file.close() }
      // One byte more than a model can have tells the parser that it is none; a device has no end.
      let data = try file.read(upToCount: SourceText.sizeLimit + 1) ?? Data()
      return SourceText(name: path, bytes: [UInt8](data))
    } catch {
      throw UnreadableModel(path: path, problem: .closed)
    }
  }

  init(_ path: String, _ arguments: Arguments) throws {
    let source = try Self.source(path)
    settings = arguments.pairs("set")
    let header = parse(source).model?.sizes.map(\.name.text)
    var values: [String: Double] = [:]
    for (name, text) in settings {
      guard let value = Double(text), value.isFinite else {
        throw UsageError.notANumber(option: "--set", name: name, found: text)
      }
      if let header, !header.contains(name) {
        throw UsageError.unknownName(
          option: "--set", name: name, what: "size or constant", known: header)
      }
      values[name] = value
    }
    do {
      model = try Model(source: source, settings: values)
    } catch let diagnostics as Diagnostics {
      throw Self.blamed(diagnostics, settings)
    }
    options = ModelOptions(
      settings: values, columns: try Self.columns(arguments, model.graph),
      prefersQuadrature: arguments.text("method") == MethodName.quadrature.rawValue,
      guide: Self.guide(arguments))
  }

  static let methodOption = Option(
    "method", .choice(MethodName.known.map(\.rawValue)),
    help:
      "quadrature, even where a closed form serves; map, the most probable latents of each row; any other must be what the model gets anyway"
  )

  static let guideOption = Option(
    "guide", .choice([GuideKind.encoder.rawValue, GuideKind.local.rawValue]),
    help: "what guides latents that are drawn: an encoder, or numbers of each row's own")

  /// What guides latents that the model gives no guide.
  private static func guide(_ arguments: Arguments) -> GuideKind {
    if arguments.text("method") == MethodName.map.rawValue { return .point }
    return arguments.text("guide").flatMap(GuideKind.init(rawValue:)) ?? .encoder
  }

  /// Throws if a method was asked for that the plan does not follow.
  static func check(_ arguments: Arguments, _ plan: Plan) throws(UsageError) {
    if arguments.text("guide") == GuideKind.local.rawValue {
      let isPoint = arguments.text("method") == MethodName.map.rawValue
      guard !plan.locals.isEmpty, !isPoint else {
        throw .withoutMeaning(
          option: "guide",
          reason: isPoint
            ? "with `--method map` latents have no guide"
            : "\(plan.model.name) has no latent that is drawn from a guide which the model leaves open"
        )
      }
    }
    guard let asked = arguments.text("method"), asked != plan.strategy.rawValue else { return }
    throw .method(
      asked: asked, model: plan.model.name, strategy: plan.strategy.rawValue, reason: plan.reason)
  }

  /// A size that is no size is the command line's mistake if it came from there.
  private static func blamed(
    _ diagnostics: Diagnostics, _ settings: [(name: String, value: String)]
  ) -> any Error {
    let errors = diagnostics.errors
    guard errors.count == 1, errors[0].code == "size-not-whole" else { return diagnostics }
    for (name, value) in settings where errors[0].message.contains("`\(name)`") {
      return UsageError.notASize(name: name, found: value)
    }
    return diagnostics
  }

  private static func columns(
    _ arguments: Arguments, _ graph: ModelGraph
  ) throws(UsageError) -> [String: ColumnSpec] {
    let bound = graph.variables.filter { $0.role == .observe || $0.role == .given }.map(\.name)
    let groups = graph.plates.compactMap { plate in
      if case .groups = plate.kind { plate.name } else { nil }
    }
    var result: [String: ColumnSpec] = [:]
    for (name, text) in arguments.pairs("bind") {
      guard bound.contains(name) || groups.contains(name) else {
        throw .unknownName(
          option: "--bind", name: name, what: "observed or given variable", known: bound + groups)
      }
      do {
        result[name] = try ColumnSpec(text: text)
      } catch {
        throw .columns(name: name, text: text, reason: error.reason)
      }
    }
    return result
  }
}

/// A model file that is not there or cannot be opened: the model's fault, not the command line's.
struct UnreadableModel: Error, Finding {
  enum Problem {
    case absent, directory, closed
  }

  var path: String
  var problem: Problem

  var code: String { "unreadable" }

  var message: String {
    let reason =
      switch problem {
      case .absent: "there is no such file"
      case .directory: "it is a directory"
      case .closed: "reading it is not permitted, or failed"
      }
    return "the model `\(path)` cannot be read: \(reason)"
  }

  /// A model beside it with nearly that name.
  var help: [String] {
    guard problem == .absent else { return [] }
    let url = URL(fileURLWithPath: path)
    let folder = url.deletingLastPathComponent()
    let name = url.lastPathComponent
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let models = files.filter { $0.hasSuffix(".lvm") }.sorted()
    let near = models.contains(name + ".lvm") ? name + ".lvm" : nearestSpelling(name, among: models)
    let prefix = path.hasSuffix(name) ? path.dropLast(name.count) : ""
    return near.map { ["did you mean `\(prefix)\($0)`?"] } ?? []
  }
}
