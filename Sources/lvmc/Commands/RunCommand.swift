import Foundation
import LVM

/// `lvmc run MODEL DATA`: fits a model to a table and writes a fit directory.
enum RunCommand: Command {
  static let name = "run"
  static let summary = "fits a model to a table and writes the fit"
  static let details = [
    "DATA is CSV or TSV, either gzipped, .npy, or - for standard input. The fit is written to",
    "NAME.fit, where NAME is the model file's; with --set K=3, to NAME-K3.fit.",
  ]
  static let arguments = [Argument(name: "MODEL"), Argument(name: "DATA")]
  static let options = [
    Option(
      "output", short: "o", .text(placeholder: "DIR"), help: "where to write the fit"),
    Option(
      "seed", .wholeNumber(placeholder: "N", from: 0), help: "for everything random; 1 if not said"),
    ModelInput.setOption, ModelInput.bindOption,
    Option(
      "fit", .pair(placeholder: "KEY=VALUE"), help: "a setting of the fit block; repeatable"),
    Option(
      "restarts", .count(placeholder: "N", from: 1), help: "starts from different points"),
    Threads.option, Memory.option,
    Option("quiet", short: "q", help: "print nothing but errors"),
    Option("json", help: "print what fit.json holds to standard output"),
    Option("emit", .choice(EmitStage.names), help: "print a stage of the compiler, and stop"),
    HeldOut.option, InitialParameters.option,
    Option("resume", help: "go on with training that was interrupted, to the same result"),
    ModelInput.methodOption, ModelInput.guideOption,
  ]

  /// A stage of the compiler can be had without data.
  static func requiredCount(_ arguments: Arguments) -> Int { arguments.has("emit") ? 1 : 2 }

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    Interruption.installForFit()
    let isQuiet = arguments.has("quiet")
    let path = arguments.positional[0]
    let stage = arguments.text("emit").flatMap(EmitStage.init(rawValue:))
    if let stage, stage.needsOnlyText {
      try terminal.write(Array(stage.text(of: ModelInput.source(path)).utf8))
      return .done
    }
    let input = try ModelInput(path, arguments)
    if !input.model.warnings.isEmpty, !isQuiet {
      terminal.show(Diagnostics(source: input.model.source, items: input.model.warnings))
    }
    if let stage, arguments.positional.count < 2 {
      try show(stage, of: input, arguments, terminal)
      return .done
    }
    let output = arguments.text("output") ?? defaultOutput(path, input.settings)
    // What cannot be written is found out before the work, not after it.
    if stage == nil { try AtomicDirectory(replacing: output, kind: Fit.directoryKind).discard() }

    let clock = ContinuousClock()
    let began = clock.now
    let table = try Table.read(path: arguments.positional[1], memory: try Memory.bytes(arguments))
    let reading = seconds(clock.now - began)
    let bound = try input.model.bound(to: table, options: input.options)
    let plan = try Planner.plan(bound.graph, facts: input.options.facts(of: bound))
    try ModelInput.check(arguments, plan)
    if let stage {
      let text = try stage.text(
        of: plan, masked: bound.data.masked, rows: bound.data.rows,
        training: fitOptions(arguments, plan).training)
      try terminal.write(Array(text.utf8))
      return .done
    }
    if arguments.has("resume"), !plan.estimation.isByMinibatches {
      throw UsageError.withoutMeaning(
        option: "resume",
        reason: "this model is fitted on all data at once and writes no checkpoint")
    }
    let run = InterruptibleFit(
      input: input, table: table, bound: bound, plan: plan,
      checkpoint: Checkpoint.path(of: output), terminal: terminal)
    return try fit(run, arguments, writingTo: output, reading: reading)
  }

  /// Prints a stage of a model that has no data yet.
  private static func show(
    _ stage: EmitStage, of input: ModelInput, _ arguments: Arguments, _ terminal: Terminal
  ) throws {
    let plan = try input.model.plan(
      settings: input.options.settings, prefersQuadrature: input.options.prefersQuadrature,
      guide: input.options.guide)
    try ModelInput.check(arguments, plan)
    try terminal.write(Array(stage.text(of: plan, masked: []).utf8))
  }

  /// Fits, writes the fit and reports it.
  private static func fit(
    _ run: InterruptibleFit, _ arguments: Arguments, writingTo output: String,
    reading: Double
  ) throws -> ExitCode {
    let (terminal, bound, plan) = (run.terminal, run.bound, run.plan)
    let isQuiet = arguments.has("quiet")
    let asJSON = arguments.has("json")
    var options = try fitOptions(arguments, plan)
    options.runtime = Threads.runtime(arguments)
    options.initial = try InitialParameters.read(arguments, for: plan)
    let heldOut = try HeldOut(arguments, run.input, like: bound)
    let speaks = !isQuiet && !asJSON
    if speaks { try terminal.print(FitReport.before(bound, plan, run.table)) }
    if !isQuiet {
      for warning in bound.warnings { terminal.complain(warning.description) }
    }
    var fit: Fit
    switch try run.run(options, resumes: arguments.has("resume"), isQuiet: isQuiet) {
    case .ended(let code): return code
    case .fit(let done): fit = done
    }
    fit.secondsReading = reading
    heldOut?.score(&fit, runtime: options.runtime)
    // What training took long to find is written, even if a signal came at its very end.
    let mayStop = !plan.estimation.isByMinibatches
    if mayStop { Interruption.request() }
    do {
      try save(&fit, to: output, run.table, runtime: options.runtime, mayStop: mayStop)
    } catch is Stopped {
      terminal.complain("lvmc: interrupted; no fit was written")
      return Interruption.isTermination ? .numerics : .interrupted
    }
    Interruption.install()
    if !isQuiet { terminal.name(leftoversBeside: output) }
    if plan.estimation.isByMinibatches {
      try? FileManager.default.removeItem(atPath: run.checkpoint)
    }
    if asJSON {
      try terminal.write(Array(fit.json.utf8))
    } else if speaks {
      try terminal.print(FitReport.after(fit, writtenTo: output))
    }
    if !isQuiet {
      for warning in fit.warnings {
        // Those of the model and the data were shown before the fit.
        if case .data = warning { continue }
        if case .model = warning { continue }
        terminal.complain("warning: \(warning)")
      }
    }
    return .done
  }

  /// A signal came while the posteriors were written, of which nothing is left.
  private struct Stopped: Error {}

  /// Writes the fit; one whose posteriors have no answer is written without them, and says so.
  private static func save(
    _ fit: inout Fit, to path: String, _ table: Table, runtime: Runtime, mayStop: Bool
  ) throws {
    let directory = URL(fileURLWithPath: path)
    do {
      try fit.save(
        to: directory, posteriorsOf: table, runtime: runtime,
        whileComputing: { if mayStop, Interruption.isRequested { throw Stopped() } },
        beforeWriting: Interruption.hold)
    } catch let error as OutputError {
      throw error
    } catch let stopped as Stopped {
      throw stopped
    } catch {
      let reason = (error as? any Finding)?.message ?? "\(error)"
      fit.warnings.append(.posteriorNotWritten(reason: reason))
      try fit.save(to: directory, beforeWriting: Interruption.hold)
    }
  }

  /// `gaussian-mixture.fit`, or with settings `gaussian-mixture-K3.fit`, in this directory.
  private static func defaultOutput(
    _ path: String, _ settings: [(name: String, value: String)]
  ) -> String {
    let stem = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    return ([stem] + settings.map { $0.name + $0.value }).joined(separator: "-") + ".fit"
  }

  private static func fitOptions(_ arguments: Arguments, _ plan: Plan) throws -> FitOptions {
    var options = FitOptions(seed: arguments.text("seed").flatMap { UInt64($0) } ?? 1)
    for (name, value) in arguments.pairs("fit") {
      guard let key = FitEntry.Key(rawValue: name) else {
        throw UsageError.unknownName(
          option: "--fit", name: name, what: "fit setting", known: Vocabulary.fitKeys)
      }
      guard plan.gives(meaningTo: key) else {
        throw UsageError.fitSetting(
          key: name,
          reason: "it has no meaning \(plan.reason(againstSetting: key))")
      }
      options.training[key] = try setting(key, value)
      if key == .restarts { options.restarts = Int(value) }
    }
    if let count = arguments.integer("restarts") { options.restarts = count }
    return options
  }

  /// A value of the `fit` block as it is written there: `20`, `0.5`, `Adam(0.001)`.
  private static func setting(_ key: FitEntry.Key, _ value: String) throws -> FitEntry.Setting {
    switch key {
    case .optimizer:
      let parts = value.split(separator: "(", maxSplits: 1).map(String.init)
      let rate = parts.count == 2 && parts[1].hasSuffix(")") ? Double(parts[1].dropLast()) : nil
      guard ["Adam", "SGD"].contains(parts.first ?? ""), parts.count == 1 || (rate ?? 0) > 0 else {
        throw UsageError.fitSetting(
          key: key.rawValue, reason: "an optimizer with its step size is expected: `Adam(0.001)`")
      }
      return .named(parts[0], [rate].compactMap { $0 })
    case .kl:
      guard let weight = Double(value), weight >= 0, weight.isFinite else {
        throw UsageError.fitSetting(key: key.rawValue, reason: "a weight of at least 0 is expected")
      }
      return .number(weight)
    case .epochs, .batch, .restarts, .samples, .patience, .critic, .warmup:
      let least = key == .warmup ? 0 : 1
      guard let count = Int(value), count >= least else {
        throw UsageError.notWholeNumber(
          option: "--fit \(key.rawValue)", found: value, from: least)
      }
      guard count <= Arguments.mostCounted else {
        throw UsageError.beyondCounting(
          option: "--fit \(key.rawValue)", found: count, most: Arguments.mostCounted)
      }
      return .number(Double(count))
    }
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }
}
