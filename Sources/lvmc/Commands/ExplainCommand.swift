import LVM

/// `lvmc explain MODEL [DATA]`: what will be done per latent and parameter, and why.
enum ExplainCommand: Command {
  static let name = "explain"
  static let summary = "says what will be done with each latent and parameter, and why"
  static let arguments = [Argument(name: "MODEL"), Argument(name: "DATA", isOptional: true)]
  static let options = [
    ModelInput.setOption, ModelInput.bindOption, ModelInput.methodOption, ModelInput.guideOption,
  ]

  static func run(_ arguments: Arguments, _ terminal: Terminal) throws -> ExitCode {
    let input = try ModelInput(arguments.positional[0], arguments)
    let plan: Plan
    var codings: [String] = []
    if arguments.positional.count > 1 {
      let table = try Table.read(path: arguments.positional[1])
      let bound = try input.model.bound(to: table, options: input.options)
      plan = try Planner.plan(bound.graph, facts: input.options.facts(of: bound)).probed(bound.data)
      for warning in bound.warnings { terminal.complain(warning.description) }
      codings = bound.binding.variables.compactMap { variable in
        variable.binaryCoding.map { "\n\(variable.role.rawValue) \(variable.name): \($0)" }
      }
    } else {
      plan = try input.model.plan(
        settings: input.options.settings, prefersQuadrature: input.options.prefersQuadrature,
        guide: input.options.guide)
    }
    try ModelInput.check(arguments, plan)
    try terminal.print(plan.explanation)
    for coding in codings { try terminal.print(coding) }
    let open = input.model.graph.unresolvedSizes
    if arguments.positional.count < 2, !open.isEmpty {
      let told = open.map { name in
        "\(name) = \(plan.model.sizes.first { $0.name == name }?.value.map { Int($0) } ?? 0)"
      }
      try terminal.print(
        "\nwithout data, \(told.joined(separator: ", ")) stands for what the data will tell")
    }
    for setting in plan.settingsWithoutMeaning {
      try terminal.print("\nwarning: \(setting.warning)")
    }
    return .done
  }
}
