import LVMData
import LVMSyntax
import Testing

@Suite struct GroupTests {
  private func group(_ csv: String, _ source: ColumnSpec? = nil) throws -> GroupIndex {
    let binding = try Table(csv: csv).bind([request("id", role: .group, from: source)])
    return try #require(binding.group("id"))
  }

  @Test func groupsInOrderOfFirstRows() throws {
    let index = try group("id\nb\na\nb\nc\na\n")
    #expect(index.groupOfRow == [0, 1, 0, 2, 1])
    #expect(index.labels == [["b"], ["a"], ["c"]])
    #expect(index.firstRows == [0, 1, 3])
    let (rows, offsets) = index.contiguousOrder()
    #expect(rows == [0, 2, 1, 4, 3])
    #expect(offsets == [0, 2, 4, 5])
  }

  @Test func nestedIdsArePairs() throws {
    let index = try group(
      "school,pupil\n1,1\n2,1\n1,2\n1,1\n", .list([.name("school"), .name("pupil")]))
    #expect(index.groupOfRow == [0, 1, 2, 0])
    #expect(index.labels == [["1", "1"], ["2", "1"], ["1", "2"]])
    #expect(index.columns == ["school", "pupil"])
  }

  @Test func aRowWithoutGroup() throws {
    #expect(
      try bindingErrors("v,id\n1,a\n1,\n", [request("id", role: .group)])
        .hasPrefix("data.csv:3:2: error: column `id`: the value is missing, and `id` is given"))
  }

  @Test func groupColumnsAreNotLeftOver() throws {
    let binding = try Table(csv: "g,a\n1,2\n2,3\n").bind([
      request("x", .real, [sizeD]), request("g", role: .group),
    ])
    #expect(binding["x"]?.columns == ["a"])
  }

  @Test func constantInGroup() throws {
    let table = try Table(csv: "id,age,iq\na,5,1\nb,6,2\na,5,3\n", name: "data.csv")
    let binding = try table.bind([
      request("id", role: .group), request("age", role: .given), request("iq"),
    ])
    let index = try #require(binding.group("id"))
    try index.checkConstant(#require(binding["age"]), in: table)
    let error = #expect(throws: DataErrors.self) {
      try index.checkConstant(#require(binding["iq"]), in: table)
    }
    #expect(
      error?.description == """
        data.csv:4:3: error: `iq` must have one value in each `id`, and in `a` it has 1 and 3 \
        [not-constant-in-group]
        """)
  }
}
