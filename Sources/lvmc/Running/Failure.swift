import LVM

/// What an error means to the caller: its message on standard error, and an exit code.
enum Failure {
  static func report(_ error: any Error, _ terminal: Terminal) -> ExitCode {
    switch error {
    case let error as UsageError:
      terminal.show(error)
      return .usage
    case OutputError.closedPipe:
      // Whoever read the output has seen enough, as `head` does: no message.
      return .usage
    case let error as OutputError:
      terminal.show(error)
      return .usage
    case let error as UnreadableModel:
      terminal.show(error)
      return .model
    case let error as Diagnostics:
      terminal.show(error)
      return .model
    case let error as DataErrors:
      terminal.complain(error.description)
      return error.isTemporaryFile ? .usage : .data
    case let error as FitDirectoryError:
      terminal.show(error)
      return .data
    case let error as QueryError:
      terminal.show(error)
      return exitCode(of: error)
    case let error as FitError:
      terminal.complain("lvmc: error: \(error.description); no fit was written [fit-failed]")
      return .numerics
    default:
      terminal.complain("lvmc: error: \(error) [unexpected]")
      return .numerics
    }
  }

  /// A question that the model has no answer to is the command line's mistake; one that the values
  /// have none to is the data's.
  private static func exitCode(of error: QueryError) -> ExitCode {
    switch error {
    case .noMoments, .integratedParent, .finiteCombinator, .unitsWithoutMoments, .notObserved,
      .notGiven, .givenNeeded, .givenWidth, .unknownLabel, .tableWithRows, .noDraw, .noPath,
      .noDensity, .noRow, .noInterpolation, .noAggregate, .noImage:
      .usage
    case .noFiniteValue, .unlikeFit: .data
    }
  }
}

extension DataErrors {
  /// A full disk is not the table's fault.
  fileprivate var isTemporaryFile: Bool {
    items.contains { item in
      if case .reading(.temporaryFile, _) = item { return true }
      return false
    }
  }
}
