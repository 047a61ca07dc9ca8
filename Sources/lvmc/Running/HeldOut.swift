import LVM

/// `--validate FILE`: a table that the fit does not see, and is scored on when it is done.
struct HeldOut {
  static let option = Option(
    "validate", .text(placeholder: "FILE"),
    help: "a held-out table; its log likelihood at the estimate is reported")

  let table: Table

  /// Reads the table and binds it as the fit will be, so that what is wrong with it is known before the
  /// work; nil if none was asked for.
  init?(_ arguments: Arguments, _ input: ModelInput, like bound: BoundModel) throws {
    guard let path = arguments.text("validate") else { return nil }
    table = try Table.read(path: path)
    var options = input.options
    for size in bound.graph.sizes { options.settings[size.name] = size.value }
    options.memory = bound.memory
    _ = try input.model.bound(to: table, options: options)
  }

  /// Scores the fit; a model that has no exact score says so as a warning.
  func score(_ fit: inout Fit, runtime: Runtime) {
    do {
      fit.validation = try fit.validate(table, runtime: runtime)
    } catch {
      let reason = (error as? any Finding)?.message ?? "\(error)"
      fit.warnings.append(.noValidationScore(reason: reason))
    }
  }
}
