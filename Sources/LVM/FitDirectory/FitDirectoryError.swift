import LVMSyntax

/// Why a directory cannot be loaded as a fit.
public enum FitDirectoryError: Error, Finding, Hashable {
  /// There is nothing of that name.
  case absent(path: String, nearest: String?)
  /// It is no directory, or holds no `fit.json`.
  case notAFit(path: String)
  case missingFile(path: String)
  /// Nothing was interrupted here that could be gone on with.
  case noCheckpoint(path: String)
  /// The interrupted training is not of this model, table, seed or kind of guide.
  case otherRun(path: String, difference: String)
  case unreadable(path: String, reason: String)
  /// A file is not what this program writes: cut short, edited, or of another program.
  case damaged(path: String, reason: String)
  case otherFormat(path: String, found: Int, known: Int)
  case missingParameter(path: String, name: String)
  case unknownParameter(path: String, name: String)
  case parameterShape(path: String, name: String, expected: [Int], found: [Int])

  public var code: String {
    switch self {
    case .absent: "no-such-fit"
    case .notAFit: "not-a-fit"
    case .missingFile: "missing-file"
    case .noCheckpoint: "no-checkpoint"
    case .otherRun: "other-run"
    case .unreadable: "unreadable"
    case .damaged: "damaged-fit"
    case .otherFormat: "other-format"
    case .missingParameter: "missing-parameter"
    case .unknownParameter: "unknown-parameter"
    case .parameterShape: "parameter-shape"
    }
  }

  public var message: String {
    switch self {
    case .absent(let path, _): "there is no fit `\(path)`"
    case .notAFit(let path): "`\(path)` is not a fit: it holds no `fit.json`"
    case .missingFile(let path): "`\(path)` is missing from the fit"
    case .noCheckpoint(let path): "there is no interrupted training to resume: no file `\(path)`"
    case .otherRun(let path, let difference): "`\(path)` is the checkpoint of a run \(difference)"
    case .unreadable(let path, let reason): "`\(path)` cannot be read: \(reason)"
    case .damaged(let path, let reason): "`\(path)` is damaged: \(reason)"
    case .otherFormat(let path, let found, let known):
      "`\(path)` is of format \(found); this version reads format \(known)"
    case .missingParameter(let path, let name):
      "`\(path)` and `model.lvm` do not belong together: the model's parameter `\(name)` is not there"
    case .unknownParameter(let path, let name):
      "`\(path)` and `model.lvm` do not belong together: the model has no parameter `\(name)`"
    case .parameterShape(let path, let name, let expected, let found):
      "`\(path)` and `model.lvm` do not belong together: the parameter `\(name)` has dimensions "
        + "\(found), and the model says \(expected)"
    }
  }

  public var help: [String] {
    switch self {
    case .absent(_, let nearest):
      nearest.map { ["did you mean `\($0)`?"] } ?? ["give the directory that `lvmc run` wrote"]
    case .notAFit: ["give the directory that `lvmc run` wrote"]
    case .missingFile, .damaged, .missingParameter, .unknownParameter, .parameterShape:
      ["fit the model again with `lvmc run`"]
    case .noCheckpoint: ["run without `--resume`"]
    case .otherRun: ["give the same command again with `--resume`, or run without it"]
    case .unreadable: []
    case .otherFormat: ["use the version of lvmc that wrote it"]
    }
  }
}

extension FitDirectoryError: CustomStringConvertible {
  public var description: String {
    (["error: \(message) [\(code)]"] + help.map { "  help: \($0)" }).joined(separator: "\n")
  }
}
