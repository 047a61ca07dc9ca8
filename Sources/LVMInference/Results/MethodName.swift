/// The name of a way to estimate parameters, as `explain`, `fit.json` and `--method` have it.
public struct MethodName: RawRepresentable, Hashable, Sendable, Codable {
  public let rawValue: String

  public init(rawValue: String) { self.rawValue = rawValue }

  public static let closedForm = MethodName(rawValue: "closed-form")
  public static let em = MethodName(rawValue: "em")
  public static let gradient = MethodName(rawValue: "gradient")
  public static let quadrature = MethodName(rawValue: "quadrature")
  public static let vi = MethodName(rawValue: "vi")
  public static let wakeSleep = MethodName(rawValue: "wake-sleep")
  public static let map = MethodName(rawValue: "map")
  public static let flow = MethodName(rawValue: "flow")
  public static let adversarial = MethodName(rawValue: "adversarial")
  public static let contrastive = MethodName(rawValue: "contrastive")
  public static let mixed = MethodName(rawValue: "mixed")

  /// Names that may be asked for, those without an engine among them.
  public static let known: [MethodName] = [
    .closedForm, .em, .gradient, .quadrature, .vi, .wakeSleep, .map, .flow, .adversarial,
    .contrastive, .mixed,
  ]
}
