import LVMData
import LVMModel

/// Something that a fit has to say about itself: of its data, its settings, how it ended or what is missing.
///
/// It stays a value until it is printed, by `lvmc run` and in `fit.json`; one that is read from there again
/// is `other`, and equal to what it was, since warnings are equal that say the same.
public enum Warning: Sendable {
  /// Of the table and its binding.
  case data(DataWarning)
  /// A lint of the model, with its line.
  case model(code: String, line: Int, text: String)
  /// A setting of the `fit` block that the plan has no use for; why, to follow `has no meaning`.
  case settingWithoutMeaning(FitEntry.Key, reason: String)
  /// Early stopping was asked for, and there are too few rows to hold some out.
  case patienceIgnored(rows: Int, fewest: Int)
  case longWarmup(warmup: Int, epochs: Int)
  /// A scale on its floor, a share of the data's deviation, where the likelihood still grows; with the
  /// number of components that leave nothing for it, where that is the reason.
  case unboundedLikelihood(scale: String, floor: Double, components: Int?)
  case boundary(String, Edge)
  /// Latents explain all of these entries, whose noise has gone to zero.
  case heywood(entries: [String], scale: String)
  /// Coefficients that grow without end.
  case separation([String])
  case equalStates(label: String, Int, Int)
  /// A parameter that the data leave open.
  case notIdentified(String)
  /// A direction of the parameters that leaves the likelihood as it is, in words.
  case redundant(String)
  /// The change of the log likelihood with twice the nodes.
  case quadratureError(change: Double, nodes: Int)
  case notConverged(iterations: Int)
  /// What twice as many epochs would gain in nats a row, and how many would be enough, if that can be told.
  case stillRising(epochs: Int, gain: Double, sufficient: Int?)
  /// A guide that says the same of every row, in all of its `count` numbers or in those named.
  case posteriorCollapse(Latent, unused: [String], count: Int, Advice)
  case explodingScale(ExplodingScale)
  /// Where the bound lost its value, and a cell that may be the cause.
  case trainingDiverged(fault: String, cell: String?)
  case posteriorNotWritten(reason: String)
  case noValidationScore(reason: String)
  /// One of another engine, or of a fit or checkpoint that was saved.
  case other(code: String?, text: String)

  /// Where the range of a parameter ends, to follow `where … is`.
  public enum Edge: String, Sendable {
    case zero
    case unresolved = "zero, to the precision of the data"
    case zeroOrOne = "0 or 1"
    case zeroEntries = "0 in some entries"
    case infinite
  }

  /// A latent with the line that declares it.
  public struct Latent: Sendable {
    public var name: String
    public var line: Int
  }

  /// What to try against a posterior that collapsed.
  public enum Advice: Sendable {
    /// Points have no divergence that could come in slowly.
    case pointsHaveNone
    case weakerDecoder
    case warmup(Int)
  }

  /// A scale that training has made far smaller, or larger, than the data's.
  public struct ExplodingScale: Sendable {
    public enum Remedy: String, Sendable {
      case priorForOneRow = "one row tells of no scale; a prior on it prevents that"
      case prior = "a prior on it prevents that"
      case sharedScale = "one scale for all rows, or a prior, prevents that"
    }

    /// Of an observed entry, or of the guide of a latent's.
    public var entry: String
    public var isGuide: Bool
    public var line: Int
    public var fell: Bool
    /// The most extreme value, and what share that is of the data's own deviation.
    public var value: Double
    public var share: Double?
    /// Rows of the table, from 1; nil where all share the scale.
    public var rows: [Int]?
    /// Where the bound grows for ever.
    public var remedy: Remedy?
  }
}

extension Warning: Hashable {
  public static func == (a: Warning, b: Warning) -> Bool { a.description == b.description }

  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

extension Warning: Codable {
  /// A warning by the line that it was printed as.
  public init(line: String) {
    let parts = line.split(separator: ": ", maxSplits: 1)
    if parts.count == 2, parts[0].utf8.allSatisfy({ (97...122).contains($0) || $0 == 45 }) {
      self = .other(code: String(parts[0]), text: String(parts[1]))
    } else {
      self = .other(code: nil, text: line)
    }
  }

  public init(from decoder: any Decoder) throws {
    self.init(line: try decoder.singleValueContainer().decode(String.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
