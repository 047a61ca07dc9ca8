import LVMData
import Testing

/// Decimal commas and thousands apart are read where the table shows which, and refused where not.
@Suite struct NumberFormatTests {
  private func numbers(_ csv: String, _ name: String = "x") throws -> [Double]? {
    let column = try Table(csv: csv, name: "d.csv").column(named: name)
    return column?.isNumeric == true ? column?.storage.doubles() : nil
  }

  @Test func decimalCommas() throws {
    #expect(try numbers("x;y\n1,5;2\n-0,25;3\n12;4\n") == [1.5, -0.25, 12])
    #expect(try numbers("x\ty\n1,5\t2\n3,1415\t2\n") == [1.5, 3.1415])
    #expect(try numbers("x,y\n\"1,5\",2\n\"3\",4\n") == [1.5, 3])
    // A single column has no separator.
    #expect(try numbers("x\n1,5\n2,25\n") == [1.5, 2.25])
    #expect(try numbers("x;y\n1,5e3;2\n1e3;2\n") == [1500, 1000])
    let gaps = try Table(csv: "x;y\n1,5;\nNA;2\n").columns[0]
    #expect(gaps.isNumeric && gaps.missingCount == 1)
    let warning = try Table(csv: "x;y\n1,5;2,25\n", name: "d.csv").warnings.last
    #expect(
      warning?.message
        == "columns `x` and `y` of `d.csv` hold numbers such as `1,5`, which is read as 1.5")
  }

  @Test func thousandsApart() throws {
    #expect(try numbers("x,y\n\"1,234,567\",2\n\"999\",3\n") == [1_234_567, 999])
    #expect(try numbers("x,y\n\"1,234.5\",2\n\"12,000\",3\n") == [1234.5, 12000])
    #expect(try numbers("x;y\n1.234,5;2\n1.000;3\n12;4\n") == [1234.5, 1000, 12])
    #expect(try numbers("x;y\n1.234.567;2\n") == [1_234_567])
    #expect(try numbers("x,y\n1 234 567,2\n12,3\n") == [1_234_567, 12])
    #expect(try numbers("x;y\n1\u{a0}234,5;2\n1\u{202f}000;3\n") == [1234.5, 1000])
    #expect(try numbers("x,y\n1'234.5,2\n1\u{2019}000,3\n") == [1234.5, 1000])
    // Lakh and crore.
    #expect(try numbers("x,y\n\"12,34,567\",2\n") == [1_234_567])
    #expect(try numbers("x,y\n\u{2212}3,2\n4,3\n") == [-3, 4])
  }

  /// 1,200 is one number or another; what else the table holds tells which.
  @Test func otherColumnsTell() throws {
    let comma = "x;y\n1,200;0,5\n3,450;1,75\n"
    #expect(try numbers(comma) == [1.2, 3.45])
    #expect(try numbers("x,y\n\"1,200\",0.5\n\"3,450\",1.75\n") == [1200, 3450])
    // Where a comma is the decimal mark a point separates thousands, though the numbers alone look fine.
    #expect(try numbers("x;y\n1.200;0,5\n3.450;1,75\n") == [1200, 3450])
    #expect(try numbers("x;y\n1.25;0,5\n3.450;1,75\n") == [1.25, 3.45])
  }

  @Test func whatIsNotToldIsRefusedWithBothRemedies() throws {
    #expect(
      try bindingErrors("x,y\n\"1,200\",1\n\"950\",2\n", [request("x")]) == """
        data.csv:2:1: error: column `x`: expected a number, found `1,200` [expected-number]
          help: write 1200 if the comma separates thousands, 1.200 if it is the decimal mark
        """)
    #expect(
      try bindingErrors("x,y\n\"12,500\",1\nfew,2\n", [request("x")])
        .contains("write 12500 if the comma separates thousands, 12.500 if"))
    #expect(
      try bindingErrors("x,y\n\"1,5\",1\nfew,2\n", [request("x")])
        .hasSuffix("help: write decimals with a point: 1.5"))
    #expect(
      try bindingErrors("x,y\n12 %,1\n", [request("x")])
        .hasSuffix("help: write the number alone: 12"))
    #expect(
      try bindingErrors("x,y\n$3.50,1\n", [request("x")])
        .hasSuffix("help: write the number alone: 3.50"))
  }

  @Test func textStaysText() throws {
    for cells in ["1,5 2,5", "1,23,4 1", "0,123,456 1", "1.2.3 1", "12:30 1", "1-2 3", "1,2a 3"] {
      let lines = cells.split(separator: " ").map { "\"\($0)\",1" }.joined(separator: "\n")
      let column = try Table(csv: "x,y\n\(lines)\n").columns[0]
      #expect(column.isNumeric == (cells == "1,5 2,5"), "\(cells)")
    }
    // Two numbers of a line without a second name are no number.
    #expect(readingErrors("x\n1,a\n").contains("[ragged-row]"))
    #expect(readingErrors("x\n1,5\n1,5,6\n").contains("[ragged-row]"))
  }

  @Test func binaryWords() throws {
    func y(_ cells: String, _ options: BindingOptions = .init()) throws -> BoundVariable? {
      try Table(csv: "n,y\n" + cells.split(separator: " ").map { "0,\($0)\n" }.joined())
        .bind([request("y", .binary)], options: options)["y"]
    }
    for (cells, labels) in [
      ("yes no yes", ["no", "yes"]), ("Y N Y", ["N", "Y"]), ("On Off On", ["Off", "On"]),
      ("T F T", ["F", "T"]), ("2 1 2", ["1", "2"]),
    ] {
      #expect(try y(cells)?.values == [1, 0, 1], "\(cells)")
      #expect(try y(cells)?.labels == labels, "\(cells)")
    }
    #expect(try y("Yes YES NO")?.values == [1, 1, 0])
    #expect(try y("True False True")?.values == [1, 0, 1])
    #expect(try y("yes NA no")?.missing == [false, true, false])
    #expect(try y("Yes Yes Yes")?.labels == ["No", "Yes"])
    // Ones alone are ones, and 0 and 1 are themselves.
    #expect(try y("1 1 1")?.values == [1, 1, 1])
    #expect(try y("1 1 1")?.labels == nil)
    for bad in ["M F M", "yes no maybe", "2 2 2", "0 1 2", "1 3 2", "yes off no"] {
      #expect(throws: DataErrors.self, "\(bad)") { try y(bad) }
    }
    #expect(
      try bindingErrors("y\nm\nf\n", [request("y", .binary)]) == """
        data.csv:2:1: error: column `y`: expected 0 or 1, or no or yes, found `m` [expected-binary]
          help: write 0 and 1, so that it is told which is which, or declare `category[2]`
        """)
  }

  @Test func binaryWordsOfAFitStay() throws {
    let requests = [request("y", .binary)]
    let table = try Table(csv: "y\n2\n1\n2\n", name: "d.csv")
    let first = try table.bind(requests)
    #expect(first.warnings.map(\.code) == ["binary-coding"])
    #expect(first.description == "y  ← y  binary  0 is 1, 1 is 2")
    let options = BindingOptions(memory: first.memory)
    // Ones alone are still zeros, and what was none is none.
    #expect(try Table(csv: "y\n1\n1\n").bind(requests, options: options)["y"]?.values == [0, 0])
    #expect(throws: DataErrors.self) {
      try Table(csv: "y\n0\n1\n").bind(requests, options: options)
    }
    // A fit of 0 and 1 knows no 2.
    let plain = BindingOptions(memory: try Table(csv: "y\n0\n1\n").bind(requests).memory)
    #expect(throws: DataErrors.self) { try Table(csv: "y\n1\n2\n").bind(requests, options: plain) }
    #expect(try Table(csv: "y\nno\nyes\n").bind(requests, options: plain)["y"]?.values == [0, 1])
    let words = BindingOptions(memory: try Table(csv: "y\nNo\nYes\n").bind(requests).memory)
    #expect(try Table(csv: "y\nyes\n").bind(requests, options: words)["y"]?.values == [1])
    #expect(try Table(csv: "y\n0\n1\n").bind(requests, options: words)["y"]?.values == [0, 1])
    // All entries of a vector are read alike.
    let vector = [request("q", .binary, [.fixed(2)])]
    #expect(
      try Table(csv: "q1,q2\nno,yes\nyes,no\n").bind(vector)["q"]?.values == [0, 1, 1, 0])
    #expect(try Table(csv: "q1,q2\n1,1\n1,2\n").bind(vector)["q"]?.values == [0, 0, 0, 1])
    #expect(throws: DataErrors.self) { try Table(csv: "q1,q2\n1,0\n2,1\n").bind(vector) }
  }
}
