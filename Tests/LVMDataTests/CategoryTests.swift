import LVMData
import LVMSyntax
import Testing

@Suite struct CategoryTests {
  private func bound(
    _ cells: String, size: RequestedSize = .fixed(3), labels: [String]? = nil,
    options: BindingOptions = .init()
  ) throws -> (values: [Double], labels: [String]) {
    let text = "n,k\n" + cells.split(separator: " ").map { "0,\($0)" }.joined(separator: "\n")
    let binding = try Table(csv: text).bind(
      [request("k", .category(size: size, labels: labels))], options: options)
    let k = try #require(binding["k"])
    return (k.values, try #require(k.labels))
  }

  @Test func wholeNumbersCountFromOneOrFromZero() throws {
    #expect(try bound("1 3 2").values == [0, 2, 1])
    #expect(try bound("1 2 2").labels == ["1", "2", "3"])
    #expect(try bound("0 2 1").values == [0, 2, 1])
    #expect(try bound("0 1 1").labels == ["0", "1", "2"])
    // Within both ranges, one comes first.
    #expect(try bound("1 2 1").values == [0, 1, 0])
  }

  @Test func anythingElseIsALabelInOrder() throws {
    #expect(try bound("10 9 100").labels == ["9", "10", "100"])
    #expect(try bound("10 9 100").values == [1, 0, 2])
    #expect(try bound("b a c b").values == [1, 0, 2, 1])
    #expect(try bound("TRUE FALSE").labels == ["FALSE", "TRUE"])
    #expect(try bound("TRUE FALSE").values == [1, 0])
  }

  @Test func unknownSizesCountLabels() throws {
    let table = try Table(csv: "a,b\nu,1\nv,2\nw,4\n")
    let k = RequestedSize.unknown(symbol: "K")
    let binding = try table.bind([
      request("a", .category(size: k, labels: nil)),
      request("b", .category(size: .unknown(symbol: "L"), labels: nil)),
    ])
    #expect(binding.sizes == ["K": 3, "L": 3])
    #expect(binding["b"]?.labels == ["1", "2", "4"])
    #expect(binding.labels["a"] == ["u", "v", "w"])
  }

  @Test func fixedLabels() throws {
    let labels = ["low", "mid", "high"]
    #expect(try bound("high low mid", labels: labels).values == [2, 0, 1])
    #expect(try bound("1 3 2", labels: labels).values == [0, 2, 1])
    #expect(try bound("5 7", size: .fixed(2), labels: ["7", "5"]).values == [1, 0])
    #expect(
      try bindingErrors(
        "k\nlow\nhihg\n", [request("k", .category(size: .fixed(3), labels: labels))]) == """
          data.csv:3:1: error: column `k`: `hihg` is not a label of `k` (`low`, `mid` and `high`) \
          [unseen-label]
            help: did you mean `high`?
          """)
  }

  @Test func moreLabelsThanRoom() throws {
    #expect(
      try bindingErrors(
        "k\nb\na\n\nd\nc\n", [request("k", .category(size: .fixed(2), labels: nil))]) == """
          data.csv:5:1: error: `k` has room for 2 labels, and the data hold 4: `a`, `b`, `c` and \
          `d`; `d` is the first too many [too-many-labels]
            help: declare `category[4]`, or correct the cells
          """)
  }

  @Test func vectorsShareOneList() throws {
    let binding = try Table(csv: "q1,q2\nyes,no\nno,maybe\n").bind([
      request("q", .category(size: .fixed(3), labels: nil), [.fixed(2)])
    ])
    #expect(binding["q"]?.labels == ["maybe", "no", "yes"])
    #expect(binding["q"]?.values == [2, 1, 1, 0])
  }

  @Test func labelsOfTheFitStay() throws {
    let memory = BindingMemory(labels: ["k": ["a", "c"]])
    #expect(try bound("c c", options: .init(memory: memory)).values == [1, 1])
    #expect(
      try bindingErrors(
        "k\nc\nb\n", [request("k", .category(size: .fixed(2), labels: nil))],
        options: .init(memory: memory)
      ).hasPrefix("data.csv:3:1: error: column `k`: `b` is not a label of `k` in the fit"))
    let table = try Table(csv: "k\nc\nb\na\n")
    let binding = try table.bind(
      [request("k", .category(size: .fixed(2), labels: nil))],
      options: .init(memory: memory, unseenLabelsAllowed: ["k"]))
    #expect(binding["k"]?.values == [1, 2, 0])
    #expect(binding["k"]?.unseenLabels == ["b"])
  }

  @Test func categoriesAreNotPrepared() throws {
    #expect(
      try bindingErrors(
        "k\n1\n",
        [
          request(
            "k", .category(size: .fixed(2), labels: nil),
            from: .prepared(function: "log", .name("k"), []))
        ])
        == "data.csv: error: `k` is a category, and only numbers can be prepared [prepared-category]"
    )
  }
}
