import LVMModel
import LVMSyntax

extension Oracle {
  /// An oracle for a model written as `.lvm` text.
  ///
  /// - Parameters:
  ///   - sizes: values for sizes and constants of the header that have no default.
  /// - Throws: `Diagnostics` with every finding if the text is not a model.
  public init(
    text: String, sizes: [String: Double] = [:], data: OracleData,
    parameters: [String: [Double]] = [:]
  ) throws {
    let source = SourceText(name: "oracle.lvm", text: text)
    let parsed = parse(source)
    guard let syntax = parsed.model, parsed.findings.isEmpty else {
      throw Diagnostics(source: source, items: parsed.findings)
    }
    let checked = check(syntax, source: source, settings: sizes)
    guard let model = checked.model else {
      throw Diagnostics(source: source, items: checked.findings)
    }
    self.init(model: model.sized([:]), data: data, parameters: parameters)
  }
}
