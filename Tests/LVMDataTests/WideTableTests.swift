import LVMData
import Testing

/// Tables and shapes far beyond ordinary: read in time that grows with the size, or refused.
@Suite struct WideTableTests {
  @Test func manyColumnsAreReadAndBound() throws {
    let count = 150_000
    let header = (1...count).map { "x\($0)" }.joined(separator: ",")
    let row = [String](repeating: "1", count: count).joined(separator: ",")
    let table = try Table(csv: "\(header)\n\(row)\n\(row)\n")
    #expect(table.columns.count == count && table.rowCount == 2)
    for source: ColumnSpec? in [
      nil, .pattern("x*"), .not([.name("x1")]),
      .prepared(function: "standardize", .pattern("*"), []),
    ] {
      let binding = try? table.bind([request("x", .real, [sizeD], from: source)])
      #expect(binding == nil || binding?.sizes["D"] ?? 0 >= count - 1)
    }
    let errors = try bindingErrors("a,b\n1,2\n", [request("x", .real, [.fixed(count)])])
    #expect(errors.contains("error:"))
  }

  @Test func manyColumnsOfTextAreRead() throws {
    let header = (1...50_000).map { "c\($0)" }.joined(separator: ",")
    let row = [String](repeating: "t", count: 50_000).joined(separator: ",")
    let table = try Table(csv: "\(header)\n\(row)\n")
    #expect(table.columns.allSatisfy { $0.label(0) == "t" })
  }

  @Test func wrongHeadersOfManyColumnsAreOneMessage() throws {
    for name in ["", "x"] {
      let header = [String](repeating: name, count: 200_000).joined(separator: ",") + ",z"
      do {
        _ = try Table(csv: header + "\n")
        Issue.record("a header of 200,000 columns named `\(name)` was read")
      } catch {
        #expect(error.description.utf8.count < 10_000)
      }
    }
  }

  @Test func oneVeryLongCellIsACell() throws {
    let text = String(repeating: "é", count: 1_000_000)
    let table = try Table(csv: "a,b\n\(text),1\n")
    #expect(table.columns[0].label(0) == text)
    let digits = String(repeating: "7", count: 1_000_000)
    #expect(try Table(csv: "a\n0.\(digits)\n").columns[0].storage.doubles() == [7.0 / 9])
    #expect(throws: DataErrors.self) { try Table(csv: "a\n\"\(text)\n") }
  }

  /// The product of these sizes is more than an integer holds.
  @Test func shapesBeyondCountingAreRefused() throws {
    let giant = RequestedSize.fixed(3_000_000_000)
    for shape in [
      [giant, giant, giant], [giant, giant, giant, sizeD], [sizeD, giant, giant, giant],
    ] {
      let errors = try bindingErrors("x1,x2\n1,2\n", [request("x", .real, shape)])
      #expect(errors.contains("error:"), "\(shape)")
    }
    let errors = try bindingErrors(
      "x1,x2\n1,2\n", [request("x", .real, [giant, giant]), request("y", .simplex(size: giant))])
    #expect(errors.contains("error:"))
  }
}
