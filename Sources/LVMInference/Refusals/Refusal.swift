/// Why an engine does not serve a model, in a sentence without a full stop.
public struct Refusal: Error, Sendable, Hashable {
  public var reason: String

  public init(_ reason: String) { self.reason = reason }
}
