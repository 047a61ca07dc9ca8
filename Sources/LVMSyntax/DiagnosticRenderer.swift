/// Renders findings for people: place, message, excerpt with carets, and help.
///
/// ```
/// faithful.lvm:4:3: error: the type of `x` is missing [missing-type]
///   |
/// 4 |   observe x ~ Normal(0, 1)
///   |             ^ expected `: type`
///   = help: write for example `observe x : real`
/// ```
public struct DiagnosticRenderer: Sendable {
  /// Whether to use the colours of a terminal.
  public var colour: Bool
  /// Columns of an excerpt; longer lines are cut round the caret.
  public var width: Int

  public init(colour: Bool, width: Int = 100) {
    self.colour = colour
    self.width = width
  }

  /// All findings, a blank line between them.
  public func render(_ diagnostics: Diagnostics) -> String {
    diagnostics.items.map { render($0, in: diagnostics.source) }.joined(separator: "\n")
  }

  /// One finding, with a line break at its end.
  public func render(_ diagnostic: Diagnostic, in source: SourceText) -> String {
    let (line, column) = source.position(diagnostic.primary.span.lower)
    let tint = diagnostic.severity == .error ? Tint.error : .warning
    var lines = [
      paint("\(printable(source.name)):\(line):\(column):", .strong) + " "
        + paint("\(diagnostic.severity.rawValue):", tint) + " "
        + paint(printable(diagnostic.message), .strong) + " [\(diagnostic.code)]"
    ]
    let marked = excerpts(of: diagnostic, in: source)
    let gutter = String(marked.map(\.line).max() ?? line).count
    let blank = String(repeating: " ", count: gutter)
    if !marked.isEmpty { lines.append(paint("\(blank) |", .faint)) }
    var lastLine: Int?
    for excerpt in marked {
      if let lastLine, excerpt.line > lastLine + 1 { lines.append(paint("...", .faint)) }
      if excerpt.line != lastLine {
        let number = String(excerpt.line)
        let padding = String(repeating: " ", count: gutter - number.count)
        lines.append(
          trimmed(paint("\(padding)\(number) |", .faint) + " " + excerpt.text))
      }
      let carets = paint(excerpt.marks, excerpt.isPrimary ? tint : .note)
      let words = excerpt.label.isEmpty ? "" : " " + excerpt.label
      lines.append(paint("\(blank) |", .faint) + " " + excerpt.lead + carets + words)
      lastLine = excerpt.line
    }
    for help in diagnostic.help {
      lines.append("\(blank) " + paint("= help:", .note) + " " + printable(help))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Excerpts

  /// A line of source with marks under one place of it.
  struct Excerpt {
    var line: Int
    var text: String
    /// Blanks up to the marks.
    var lead: String
    var marks: String
    var label: String
    var isPrimary: Bool
  }

  /// The marked lines in the order of the text; on one line the primary mark comes first.
  private func excerpts(of diagnostic: Diagnostic, in source: SourceText) -> [Excerpt] {
    guard !source.bytes.isEmpty, !source.bytes.prefix(4096).contains(0) else { return [] }
    let primary = mark(diagnostic.primary, focus: nil, isPrimary: true, in: source)
    var all = [primary]
    for label in diagnostic.secondary {
      // The same line is cut at the same place for both marks.
      let sameLine = source.position(label.span.lower).line == primary.line
      all.append(
        mark(
          label, focus: sameLine ? diagnostic.primary.span : nil, isPrimary: false, in: source))
    }
    return all.enumerated().sorted {
      ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
    }.map(\.element)
  }

  private func mark(
    _ label: Diagnostic.Label, focus: Span?, isPrimary: Bool, in source: SourceText
  ) -> Excerpt {
    let line = source.position(label.span.lower).line
    let centre = focus?.lower ?? label.span.lower
    let (part, isCut) = source.lineSpan(line, about: centre)
    let characters = Array(source.text(part))
    func place(_ offset: Int) -> Int {
      source.characters(Span(part.lower, max(part.lower, min(offset, part.upper))))
    }
    let first = place(label.span.lower)
    // A span over several lines is marked to the end of its first line.
    let last = place(max(label.span.lower, label.span.upper))
    let window = self.window(of: characters, round: place(centre))
    let startsLate = isCut.start || window.lowerBound > 0
    var text = startsLate ? "…" : ""
    var lead = startsLate ? " " : ""
    var marked = 0
    var column0 = 0
    for i in window {
      let (shown, width) = cell(characters[i], at: column0)
      text += shown
      column0 += width
      if i < first { lead += String(repeating: " ", count: width) }
      if i >= first && i < last { marked += width }
    }
    if isCut.end || window.upperBound < characters.count { text += "…" }
    let sign = isPrimary ? "^" : "-"
    return Excerpt(
      line: line, text: text, lead: lead, marks: String(repeating: sign, count: max(1, marked)),
      label: printable(label.text), isPrimary: isPrimary)
  }

  /// The characters of a long line that are shown: about `width` of them round the mark.
  private func window(of characters: [Character], round centre: Int) -> Range<Int> {
    guard characters.count > width else { return 0..<characters.count }
    let lower = max(0, min(centre - width / 3, characters.count - width))
    return lower..<min(characters.count, lower + width)
  }

  /// A character as it is shown, and its width: tabs as blanks, control characters as `·`.
  private func cell(_ character: Character, at column: Int) -> (String, Int) {
    if character == "\t" {
      let width = DisplayWidth.tab - column % DisplayWidth.tab
      return (String(repeating: " ", count: width), width)
    }
    if isControl(character) { return ("·", 1) }
    return (String(character), DisplayWidth.of(character))
  }

  private func isControl(_ character: Character) -> Bool {
    character.unicodeScalars.contains {
      $0.properties.generalCategory == .control
        || $0.properties.isBidiControl
    }
  }

  /// Text without characters that would upset a terminal.
  private func printable(_ text: String) -> String {
    String(text.map { isControl($0) ? "·" : $0 })
  }

  private func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }

  // MARK: Colours

  private enum Tint: String {
    case error = "31;1"
    case warning = "35;1"
    case note = "36"
    case strong = "1"
    case faint = "2"
  }

  private func paint(_ text: String, _ tint: Tint) -> String {
    colour && !text.isEmpty ? "\u{1B}[\(tint.rawValue)m\(text)\u{1B}[0m" : text
  }
}

extension Diagnostics: CustomStringConvertible {
  /// Every finding as the command line shows it, without colour.
  public var description: String { DiagnosticRenderer(colour: false).render(self) }
}
