import Foundation
import Testing

/// How the sources hang together: which folders name types of which, and how long functions are.
@Suite struct StructureTests {
  static let files = Result { try SourceFile.all() }

  /// `ARROWS=1 swift test --filter StructureTests` prints every arrow, and the references of circles.
  @Test func foldersFormNoNewCircles() throws {
    let files = try Self.files.get()
    #expect(files.count > 100)
    let graph = FolderGraph(files)
    if ProcessInfo.processInfo.environment["ARROWS"] != nil {
      print(graph.summary)
      for circle in graph.circles { print("\ncircle:\n" + graph.described(within: circle)) }
    }
    let circles = graph.circles.filter { $0.count > 3 }
    for circle in circles where !KnownFaults.circles.contains(where: circle.isSubset) {
      Issue.record(
        """
        \(circle.count) folders name each other's types, \(circle.sorted()). What makes the circle, \
        the easiest to cut first:
        \(graph.described(within: circle, most: 4))
        """)
    }
    for known in KnownFaults.circles where !circles.contains(known) {
      let left = circles.filter { $0.isSubset(of: known) }.map { $0.sorted() }
      Issue.record("this circle is smaller now, put \(left) into KnownFaults for \(known.sorted())")
    }
  }

  @Test func functionsAreShort() throws {
    let all = try Self.files.get().flatMap(FunctionLength.all)
    #expect(all.count > 1000)
    var known = KnownFaults.longFunctions
    for function in all where function.lines > 80 && !function.isExhaustiveSwitch {
      let most = known.removeValue(forKey: function.key) ?? 80
      #expect(function.lines <= most, "\(function.name) has \(function.lines) lines")
    }
    #expect(known.isEmpty, "no longer too long: take these out of KnownFaults")
  }

  @Test(.enabled(if: FolderDiagram.text != nil, "docs/architecture.md has no diagram yet"))
  func theDiagramShowsTheCode() throws {
    let graph = FolderGraph(try Self.files.get())
    let diagram = FolderDiagram(try #require(FolderDiagram.text), folders: graph.folders)
    #expect(!diagram.arrows.isEmpty)
    #expect(diagram.differences(from: graph) == [])
  }
}

/// The measures themselves, on sources small enough to see through.
@Suite struct StructureMeasureTests {
  static let files = [
    SourceFile(
      path: "T/A/One.swift",
      source: """
        /// Not Two, /* nor */ Three.
        public struct One<Four> { let x = "Three \\(Two.self)"; let y: Four; let z = S.Three() }
        private final class Hidden {}
        """),
    SourceFile(path: "T/B/Two.swift", source: "enum Two { struct Four {} }; let h: Hidden? = nil"),
    SourceFile(
      path: "T/C/Three.swift", source: "extension Two { func f() -> One<Int> }; class Three {}"),
    SourceFile(
      path: "U/D/Four.swift", source: "import T\nstruct Four { let x: Three; let y: Two }"),
    SourceFile(path: "V/E/Two.swift", source: "struct Two { let x: One }"),
  ]

  @Test func arrowsAreReferencesToTypes() {
    let graph = FolderGraph(Self.files)
    #expect(
      graph.summary == """
        T/A → T/B 1
        T/B → nothing
        T/C → T/A 1, T/B 1
        U/D → T/B 1, T/C 1
        V/E → nothing
        """)
    #expect(graph.circles.isEmpty)
    let back = SourceFile(path: "T/B/More.swift", source: "let three = Three()")
    let circles = FolderGraph(Self.files + [back]).circles
    #expect(circles == [["T/A", "T/B", "T/C"]])
    #expect(
      FolderGraph(Self.files + [back]).described(within: circles[0]).hasPrefix(
        "T/A → T/B: 1\n  T/A/One.swift → Two\n"))
  }

  @Test func diagramsMayLeaveOutWhatFollows() {
    let graph = FolderGraph(Self.files)
    let text = "D → C\nC → A\nA → B\nE → nothing"
    #expect(FolderDiagram(text, folders: graph.folders).differences(from: graph) == [])
    let wrong = FolderDiagram("D → C\nC → B\nB → A\nF → A", folders: graph.folders)
    #expect(
      wrong.differences(from: graph) == [
        "`F` in the diagram is no one folder",
        "T/A → T/B is in the code alone: T/A/One.swift names Two",
        "T/B → T/A is drawn alone",
      ])
  }

  @Test func functionsAreMeasuredWhole() {
    let file = SourceFile(
      path: "T/F.swift",
      source: """
        struct S {
          var x: Int { 1 }
          let y = 2
          init(_ f: () -> Void = {}) {
            f()
          }
          func g(_ k: K) -> Int {
            switch k {
            case .a: 1
            case .b: 2
            }
          }
          var stored = [1].map { $0 }
        }
        protocol P { func h(); var v: Int { get } }
        """)
    let all = FunctionLength.all(in: file)
    #expect(all.map(\.key) == ["F.swift x", "F.swift init", "F.swift g", "F.swift v"])
    #expect(all.map(\.lines) == [1, 3, 6, 1])
    #expect(all.map(\.isExhaustiveSwitch) == [false, false, true, false])
  }
}
