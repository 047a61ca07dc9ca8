import LVM

/// `lvmc check MODEL [DATA]`: what is wrong with a model, and how it would bind to a table.
enum CheckCommand: Command {
  static let name = "check"
  static let summary = "finds what is wrong with a model; with DATA, shows its columns"
  static let arguments = [Argument(name: "MODEL"), Argument(name: "DATA", isOptional: true)]
  static let options = [
    ModelInput.setOption, ModelInput.bindOption,
    Option("json", help: "findings as a JSON array on standard output"),
    Option("quiet", short: "q", help: "print nothing but findings"),
  ]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    let asJSON = arguments.has("json")
    let input: ModelInput
    do {
      input = try ModelInput(arguments.positional[0], arguments)
    } catch let diagnostics as Diagnostics where asJSON {
      try terminal.write(Array(DiagnosticJSON().render(diagnostics).utf8))
      return .model
    }
    var findings = Diagnostics(source: input.model.source, items: input.model.warnings)
    var binding: String?
    var bindingWarnings: [DataWarning] = []
    do {
      if arguments.positional.count > 1 {
        let table = try Table.read(path: arguments.positional[1])
        let bound = try input.model.bound(to: table, options: input.options)
        binding = bound.binding.description
        bindingWarnings = bound.warnings
        _ = try Planner.plan(bound.graph, facts: DataFacts(of: bound.data, in: bound.graph))
      } else {
        _ = try input.model.plan(settings: input.options.settings)
      }
    } catch let diagnostics as Diagnostics {
      findings.items += diagnostics.items
    }
    if asJSON {
      try terminal.write(Array(DiagnosticJSON().render(findings).utf8))
    } else {
      if !findings.items.isEmpty { terminal.show(findings) }
      for warning in bindingWarnings { terminal.complain(warning.description) }
      if !arguments.has("quiet") {
        if let binding, !binding.isEmpty { try terminal.print(binding) }
        if findings.errors.isEmpty { try terminal.print("\(input.model.graph.name): no errors") }
      }
    }
    return findings.errors.isEmpty ? .done : .model
  }
}
