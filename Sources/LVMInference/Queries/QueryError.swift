import LVMModel
import LVMSyntax

/// Why a question about a fitted model has no exact answer, by the variable that stands in the way.
public enum QueryError: Error, Finding, Equatable {
  case noMoments(variable: String, distribution: String)
  case integratedParent(variable: String, latent: String)
  case finiteCombinator(variable: String)
  case unitsWithoutMoments(variable: String, preparation: String)
  case notObserved(name: String, known: [String])
  case notGiven(name: String, known: [String])
  case givenNeeded(names: [String])
  case givenWidth(name: String, expected: Int, found: Int)
  case unknownLabel(variable: String, label: String, known: [String])
  case tableWithRows(expected: String)
  case noDraw(variable: String, reason: String)
  case noFiniteValue(variable: String)
  case noPath(reason: String)
  case noDensity(variable: String)
  case unlikeFit(latent: String, reasons: [String])
  case noRow(Int, rows: Int)
  case noInterpolation(variable: String, reason: String)
  case noAggregate(reason: String)
  case noImage(known: [String])

  public var code: String {
    switch self {
    case .noMoments: "no-moments"
    case .integratedParent: "integrated-parent"
    case .finiteCombinator: "finite-combinator"
    case .unitsWithoutMoments: "units-without-moments"
    case .notObserved: "not-observed"
    case .notGiven: "not-given"
    case .givenNeeded: "given-needed"
    case .givenWidth: "given-width"
    case .unknownLabel: "unknown-label"
    case .tableWithRows: "table-needed"
    case .noDraw: "no-draw"
    case .noFiniteValue: "not-finite"
    case .noPath: "no-path"
    case .noDensity: "no-density"
    case .unlikeFit: "unlike-fit"
    case .noRow: "no-such-row"
    case .noInterpolation: "no-interpolation"
    case .noAggregate: "no-aggregate"
    case .noImage: "no-image"
    }
  }

  public var message: String {
    switch self {
    case .noMoments(let v, let d):
      "\(v) has no mean and deviation in closed form: \(d)"
    case .integratedParent(let v, let latent):
      "a missing cell of \(v) depends on `\(latent)`, which is integrated in conjugate form, and the"
        + " predictive distribution of that pair is not there yet"
    case .finiteCombinator(let v):
      "\(v) is a label drawn from a combinator, whose probabilities are not tabulated"
    case .unitsWithoutMoments(let v, let p):
      "the mean of `\(v)` in its column's own units is not known in closed form through `\(p)`"
    case .notObserved(let name, _): "`\(name)` is not an observed variable of the model"
    case .notGiven(let name, _): "`\(name)` is not a given variable of the model"
    case .givenNeeded(let names):
      names.count == 1
        ? "sampling needs a value for the given variable `\(names[0])`"
        : "sampling needs values for the given variables "
          + names.map { "`\($0)`" }.joined(separator: ", ")
    case .givenWidth(let name, let expected, let found):
      "`\(name)` takes \(expected) \(expected == 1 ? "value" : "values"), and \(found) were given"
    case .unknownLabel(let v, let label, _): "`\(label)` is not a label of `\(v)`"
    case .tableWithRows(let what): "sampling needs a table: \(what)"
    case .noDraw(let v, let reason): "`\(v)` cannot be drawn: \(reason)"
    case .noFiniteValue(let v):
      "the mean of \(v) is not finite: its distribution has none, or it lies beyond all numbers"
    case .noPath(let reason): "there is no most probable path: \(reason)"
    case .noDensity(let v): "`\(v)` has no noise, so its rows have no density to score"
    case .unlikeFit(let latent, _):
      "with the cells that are missing in this table \(latent) has no exact posterior, and the fit, which"
        + " is exact, has no guide to stand in for it"
    case .noRow(let row, let rows): "there is no row \(row): the table has rows 1…\(rows)"
    case .noInterpolation(let v, let reason): "`\(v)` cannot be interpolated: \(reason)"
    case .noAggregate(let reason): "`--aggregated` is not possible here: \(reason)"
    case .noImage:
      "`--png` needs an observed variable whose rows are images, and this model has none"
    }
  }

  public var help: [String] {
    switch self {
    case .noImage(let known):
      [
        "an image is of [h, w], [h, w, 1] or [h, w, 3], or a vector of a square number of at least 16"
      ]
        + known.map { "`\($0)` is not" }
    case .unlikeFit(_, let reasons): reasons
    case .noFiniteValue: ["`lvmc predict` gives its quantiles"]
    case .notObserved(_, let known), .notGiven(_, let known), .unknownLabel(_, _, let known):
      known.isEmpty ? [] : ["there is " + known.map { "`\($0)`" }.joined(separator: ", ")]
    case .givenNeeded(let names):
      [
        "`" + names.map { "--given \($0)=…" }.joined(separator: " ")
          + "`, or a table that has \(names.count == 1 ? "it" : "them")"
      ]
    case .unitsWithoutMoments(let v, _): ["ask for the distribution of `\(v)` instead of its mean"]
    case .noMoments, .integratedParent, .finiteCombinator, .givenWidth, .tableWithRows, .noDraw,
      .noPath, .noDensity, .noRow, .noInterpolation, .noAggregate:
      []
    }
  }
}

extension ModelGraph {
  /// A variable with its line in the model, for messages.
  public func place(of variable: Variable) -> String {
    "`\(variable.name)` (line \(source.position(variable.nameSpan.lower).line))"
  }
}
