import Foundation
import LVM
import Testing

/// Plans of the bundled models, and their factor programs as the elimination order, are printed as recorded.
///
/// `RECORD=1 swift test --filter RecordedPlanTests` writes what is printed now into `Plans`, and fails
/// once, so that a change of a plan is always seen.
@Suite struct RecordedPlanTests {
  static let models = BundledData.models
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Plans")

  static func record(of model: String) -> URL { folder.appendingPathComponent(model + ".plan") }

  @Test(arguments: models) func isPrintedAsRecorded(_ name: String) throws {
    let (url, data) = try BundledData.model(name)
    let plan = try Model(contentsOf: url).plan(for: Table.read(path: data.path))
    let factors = plan.program.description(plan.model, plan.nesting)
    let text = plan.explanation + "\n\nfactor program:\n" + factors + "\n"
    if ProcessInfo.processInfo.environment["RECORD"] != nil {
      try FileManager.default.createDirectory(at: Self.folder, withIntermediateDirectories: true)
      try text.write(to: Self.record(of: name), atomically: true, encoding: .utf8)
      Issue.record("recorded anew")
    } else {
      let recorded = try String(contentsOf: Self.record(of: name), encoding: .utf8)
      #expect(text == recorded)
    }
  }

  @Test func everyRecordIsOfAModel() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(files) == Set(Self.models.map { $0 + ".plan" }))
    #expect(files.count > 40)
  }
}
