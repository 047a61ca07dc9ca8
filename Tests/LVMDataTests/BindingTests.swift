import LVMData
import LVMSyntax
import Testing

/// A request in few words.
func request(
  _ name: String, _ domain: ValueDomain = .real, _ shape: [RequestedSize] = [],
  role: ColumnRequest.Role = .observed, from source: ColumnSpec? = nil
) -> ColumnRequest {
  ColumnRequest(name: name, role: role, domain: domain, shape: shape, source: source)
}

let sizeD = RequestedSize.unknown(symbol: "D")

/// The rendered errors of a binding.
func bindingErrors(
  _ csv: String, _ requests: [ColumnRequest], overrides: [String: ColumnSpec] = [:],
  options: BindingOptions = .init()
) throws -> String {
  let table = try Table(csv: csv, name: "data.csv")
  do {
    _ = try table.bind(requests, overrides: overrides, options: options)
    return "no error"
  } catch {
    return error.description
  }
}

@Suite struct BindingTests {
  private func columns(
    _ header: String, _ requests: [ColumnRequest], overrides: [String: ColumnSpec] = [:]
  ) throws -> [[String]] {
    let cells = header.split(separator: ",").map { _ in "1.5" }.joined(separator: ",")
    return try Table(csv: "\(header)\n\(cells)\n").bind(requests, overrides: overrides)
      .variables.map(\.columns)
  }

  @Test(arguments: [
    "x1,x2,x3", "x.1,x.2,x.3", "x[1],x[2],x[3]", "x_1,x_2,x_3", "x0,x1,x2", "x01,x02,x03",
  ])
  func vectorsByNumber(_ header: String) throws {
    let table = try Table(csv: "id,\(header)\n7,1,2,3\n")
    let binding = try table.bind([request("x", .real, [sizeD])])
    #expect(binding["x"]?.columns == header.split(separator: ",").map(String.init))
    #expect(binding["x"]?.values == [1, 2, 3])
    #expect(binding.sizes == ["D": 3])
    #expect(binding.warnings.isEmpty)
  }

  @Test func numbersAreOrderedByValueNotByPlace() throws {
    #expect(
      try columns("x10,x9,x8,x7,x6,x5,x4,x3,x2,x1,x12", [request("x", .real, [sizeD])])[0]
        == (1...10).map { "x\($0)" })
  }

  @Test func scalarsWinOverPrefixesAndLeftovers() throws {
    let bound = try columns("x1,a,b", [request("x", .real, [sizeD]), request("x1")])
    #expect(bound == [["a", "b"], ["x1"]])
  }

  @Test func aSingleVectorTakesTheRest() throws {
    let table = try Table(
      csv: ",id,eruptions,name,waiting,label\nr,1,3.6,n,79,4\ns,2,1.8,m,54,4\nt,3,2,o,5,1\n")
    let binding = try table.bind([request("x", .real, [sizeD])])
    #expect(binding["x"]?.columns == ["id", "eruptions", "waiting", "label"])
    #expect(
      binding.warnings.map(\.description) == [
        """
        warning: `x` takes every remaining numeric column, and `id` is one of them: its name says \
        that it is a label [looks-like-identifier]
          help: leave it out with `from not id`, or name the columns after `from`
        """,
        """
        warning: `x` takes every remaining numeric column, and `label` is one of them: its name \
        says that it is a label [looks-like-identifier]
          help: leave it out with `from not label`, or name the columns after `from`
        """,
      ])
    let counted = try Table(csv: "n,v\n1,2.5\n2,1\n3,4\n").bind([request("x", .real, [sizeD])])
    #expect(counted.warnings.map(\.code) == ["looks-like-identifier"])
    #expect(
      try bindingErrors("a,b\n1,2\n", [request("x", .real, [sizeD]), request("y", .real, [sizeD])])
        .contains("because `y` could too [several-vectors-left]"))
  }

  @Test func fromSaysItOutright() throws {
    let header = "p1,p10,q,p2,r"
    #expect(
      try columns(header, [request("x", .real, [sizeD], from: .pattern("p*"))])
        == [["p1", "p10", "p2"]])
    #expect(
      try columns(header, [request("x", .real, [sizeD], from: .list([.name("r"), .pattern("q")]))])
        == [["r", "q"]])
    #expect(
      try columns(
        header,
        [request("x", .real, [sizeD], from: .not([.pattern("p1*")])), request("r")])
        == [["q", "p2"], ["r"]])
    #expect(
      try columns(
        header, [request("x", .real, [sizeD], from: .name("r"))],
        overrides: ["x": .pattern("*1*")]) == [["p1", "p10"]])
  }

  @Test func sumsOfAnotherVariable() throws {
    let table = try Table(csv: "g1,g2,g3,other\n1,2,3,9\n4,0,0,9\n")
    let binding = try table.bind([
      request(
        "size", .positive, role: .given, from: .prepared(function: "sum", .name("x"), [])),
      request("x", .count, [sizeD], from: .pattern("g*")),
      request(
        "logSize", role: .given,
        from: .prepared(function: "log", .prepared(function: "sum", .pattern("g*"), []), [])),
    ])
    #expect(binding["size"]?.values == [6, 4])
    #expect(binding["size"]?.columns == ["g1", "g2", "g3"])
    #expect(binding["logSize"]?.values[1] == 1.3862943611198906)
  }

  @Test func imagesAreRowMajorAndSizesAgree() throws {
    let header = (1...12).map { "x\($0)" }.joined(separator: ",")
    let cells = (1...12).map(String.init).joined(separator: ",")
    let table = try Table(csv: "\(header)\n\(cells)\n\(cells)\n")
    let binding = try table.bind([
      request("x", .real, [.unknown(symbol: "H"), .fixed(4), .fixed(1)])
    ])
    #expect(binding.sizes == ["H": 3])
    #expect(binding["x"]?.values(rows: 1..<2) == (1...12).map(Double.init))
    #expect(
      try bindingErrors(
        "x1,x2,y1,y2,y3\n1,2,3,4,5\n", [request("x", .real, [sizeD]), request("y", .real, [sizeD])])
          == """
          data.csv: error: `D` is 2 by the columns of `x` and 3 by those of `y` [size-conflict]
            help: give the two variables different sizes, or bind equally many columns to both; `D` \
          can only have one value
          """)
    #expect(
      try bindingErrors("a,b,c\n1,2,3\n", [request("x", .real, [.fixed(2)])]) == """
        data.csv: error: `x` needs 2 columns, and 3 were found: `a`, `b` and `c` [column-count]
          help: name the columns after `from`, or leave some out with `from not (…)`
        """)
  }

  @Test func columnsThatAreNotThere() throws {
    #expect(
      try bindingErrors("eruptions,waiting\n1,2\n", [request("eruption"), request("z")]) == """
        data.csv: error: `eruption` needs a column `eruption`, and the table has none \
        [column-not-found]
          help: did you mean `eruptions`?
          help: the table has `eruptions` and `waiting`
          help: say which column with `from`, as in `from height`
        data.csv: error: `z` needs a column `z`, and the table has none [column-not-found]
          help: the table has `eruptions` and `waiting`
          help: say which column with `from`, as in `from height`
        """)
    #expect(
      try bindingErrors("a\n1\n", [request("x", .real, [sizeD], from: .pattern("p*"))])
        .hasPrefix("data.csv: error: no column matches \"p*\" for `x` [pattern-matches-nothing]"))
    #expect(
      try bindingErrors("a\n1\n", [request("a")], overrides: ["b": .name("a")])
        .contains("the model binds no variable `b`"))
  }

  @Test func cellsAreCheckedAgainstTheirKind() throws {
    func message(_ domain: ValueDomain, _ cell: String, role: ColumnRequest.Role = .observed) throws
      -> String
    {
      let text = try bindingErrors(
        "n,v\n1,1\n\n2,\(cell)\n3,\(cell)\n", [request("v", domain, role: role)])
      return text.split(separator: "\n").first.map(String.init) ?? ""
    }
    #expect(
      try message(.real, "abc")
        == "data.csv:4:2: error: column `v`: expected a number, found `abc` [expected-number]")
    #expect(
      try message(.positive, "0")
        == "data.csv:4:2: error: column `v`: expected a number greater than zero, found 0"
        + " (and 1 more cell like it) [value-outside]")
    #expect(try message(.unit, "1.01").contains("expected a number from 0 to 1, found 1.01"))
    #expect(try message(.count, "-1").contains("expected a whole number from 0, found -1"))
    #expect(try message(.count, "1.5").contains("expected a whole number from 0, found 1.5"))
    #expect(try message(.integer, "-1.5").contains("expected a whole number, found -1.5"))
    #expect(try message(.integer, "-1") == "no error")
    #expect(try message(.binary, "3").contains("expected 0 or 1, found 3"))
    #expect(
      try message(.real, "inf")
        == "data.csv:4:2: error: column `v`: expected a finite number, found infinity [infinite-value]"
    )
    #expect(try message(.real, "NA") == "no error")
    #expect(
      try message(.real, "NA", role: .given)
        == "data.csv:4:2: error: column `v`: the value is missing, and `v` is given, so it must be"
        + " known (and 1 more cell like it) [missing-given]")
    #expect(
      try bindingErrors("v\n\"1,5\"\nfew\n", [request("v")])
        .hasSuffix("help: write decimals with a point: 1.5"))
    #expect(
      try Table(csv: "v\nTRUE\nfalse\n").bind([request("v", .binary)])["v"]?.values == [1, 0])
  }

  @Test func simplexRowsSumToOne() throws {
    let simplex = ValueDomain.simplex(size: .fixed(2))
    #expect(try Table(csv: "s1,s2\n0.25,0.75\n").bind([request("s", simplex)])["s"]?.width == 2)
    #expect(
      try bindingErrors("s1,s2\n0.5,0.5\n0.5,0.6\n", [request("s", simplex)]).contains(
        "data.csv:3:1: error: column `s1`: expected parts that are not negative and sum to 1"))
  }

  @Test func missingCellsAndTheirMask() throws {
    let binding = try Table(csv: "x1,x2\n1,\n,4\n").bind([request("x", .real, [sizeD])])
    let x = try #require(binding["x"])
    #expect(x.missingCount == 2)
    #expect(x.missing == [false, true, true, false])
    #expect(x.values[3] == 4)
    #expect(try Table(csv: "v\n1\n").bind([request("v")])["v"]?.missing == nil)
  }

  @Test func absentColumnsOfALoadedFit() throws {
    let requests = [
      request("x", .real, [sizeD], from: .pattern("p*")), request("y"),
      request("w", .real, role: .given),
    ]
    let first = try Table(csv: "p1,p2,y,w\n1,2,3,4\n").bind(requests)
    let options = BindingOptions(memory: first.memory, absentObservedIsMissing: true)
    // The columns of the fit are taken, not what the pattern matches now.
    let later = try Table(csv: "w,p2,p1,p3\n1,6,5,9\n").bind(requests, options: options)
    #expect(later["x"]?.values == [5, 6])
    #expect(later["y"]?.missingCount == 1)
    let partly = try Table(csv: "w,p2\n1,6\n").bind(requests, options: options)
    #expect(partly["x"]?.missing == [true, false])
    #expect(
      try bindingErrors("p1,p2,y\n1,2,3\n", requests, options: options)
        .hasPrefix("data.csv: error: `w` needs a column `w`, and the table has none"))
  }

  @Test func theBindingPrints() throws {
    let table = try Table(csv: "p1,p2,kind,g\n1,2,b,u\n,4,a,v\n")
    let binding = try table.bind([
      request("x", .real, [sizeD], from: .prepared(function: "center", .pattern("p*"), [])),
      request("k", .category(size: .fixed(2), labels: nil), role: .given, from: .name("kind")),
      request("subject", role: .group, from: .name("g")),
    ])
    #expect(
      binding.description == """
        x        ← p1, p2  real[2]            1 missing; center
        k        ← kind    given category[2]  a, b
        subject  ← g       group              2 groups
        """)
  }
}
