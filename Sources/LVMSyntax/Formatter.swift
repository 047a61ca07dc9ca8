/// A model's text in the canonical style; throws the findings of a text with syntax errors.
///
/// Two blanks of indentation; the colons and the `~` or `=` of consecutive declarations aligned;
/// one statement a line, at most 100 columns where commas allow it; comments kept; at most one
/// blank line between statements. Formatting twice changes nothing, and the tree stays the same.
public func format(_ source: SourceText) throws(Diagnostics) -> String {
  let result = parse(source)
  guard result.findings.isEmpty, let model = result.model else {
    throw Diagnostics(source: source, items: result.findings)
  }
  var formatter = Formatter(source: source, comments: result.comments)
  formatter.run(model)
  return formatter.output()
}

/// Prints a tree line by line, and puts each comment where it stood.
struct Formatter {
  static let width = 100

  struct Line {
    var indent: Int
    var text: String
    /// A comment at the end of the line.
    var comment: String?
  }

  let source: SourceText
  let tokens: [Token]
  let flat: FlatPrinter
  /// The comments that are not printed yet, in order.
  var comments: ArraySlice<Comment>
  var lines: [Line] = []
  var indent = 0
  /// The source line where the last printed thing ends; nil at the start of a block.
  var lastLine: Int?

  init(source: SourceText, comments: [Comment]) {
    self.source = source
    self.tokens = tokenize(source).0
    self.flat = FlatPrinter(source: source)
    self.comments = comments[...]
  }

  mutating func run(_ model: ModelSyntax) {
    flushComments(before: model.span.lower)
    let headerEnd = headerEnd(of: model)
    begin(at: model.span.lower, hoistingUntil: headerEnd)
    let sizes = model.sizes.map { flat.print($0) }.joined(separator: ", ")
    let header = "model \(model.name.text)" + (sizes.isEmpty ? "" : "(\(sizes))")
    emit(flat.fill(header, indent: 0, hanging: 2, width: Self.width))
    end(at: headerEnd)
    printStatements(model.statements)
    flushComments(before: source.bytes.count + 1)
  }

  /// The end of the name or of the parenthesis that closes the sizes.
  private func headerEnd(of model: ModelSyntax) -> Int {
    guard !model.sizes.isEmpty else {
      // `model A()` is an error, so that the name is last.
      return model.name.span.upper
    }
    let bound = model.statements.first?.span.lower ?? Int.max
    return tokens.last { $0.span.upper <= bound && $0.kind == .mark(.rightParenthesis) }?
      .span.upper ?? model.name.span.upper
  }

  func output() -> String {
    var printed: [String] = []
    var column = 0
    for (i, line) in lines.enumerated() {
      let text = String(repeating: " ", count: line.text.isEmpty ? 0 : line.indent) + line.text
      guard let comment = line.comment else {
        printed.append(text)
        continue
      }
      // The comments of consecutive lines are aligned.
      if i == 0 || lines[i - 1].comment == nil {
        let run = lines[i...].prefix { $0.comment != nil }
        column = (run.map { $0.indent + $0.text.count }.max() ?? 0) + 2
      }
      printed.append(
        text + String(repeating: " ", count: max(1, column - text.count)) + comment)
    }
    return printed.joined(separator: "\n") + "\n"
  }

  // MARK: Lines and comments

  func lineNumber(_ offset: Int) -> Int { source.position(offset).line }

  mutating func emit(_ texts: [String]) {
    for text in texts { lines.append(Line(indent: indent, text: text)) }
  }

  private mutating func blankLine(before line: Int) {
    if let lastLine, line > lastLine + 1 { lines.append(Line(indent: 0, text: "")) }
  }

  /// The comments that stand before an offset, each on its line.
  mutating func flushComments(before offset: Int) {
    while let comment = comments.first, comment.span.lower < offset {
      let line = lineNumber(comment.span.lower)
      blankLine(before: line)
      emit([comment.text])
      lastLine = line
      comments.removeFirst()
    }
  }

  /// Starts a thing: the comments before it, a blank line if there was one, and the comments
  /// inside its first part, which have no place there.
  mutating func begin(at start: Int, hoistingUntil end: Int) {
    flushComments(before: start)
    blankLine(before: lineNumber(start))
    while let comment = comments.first, comment.span.lower < end {
      emit([comment.text])
      comments.removeFirst()
    }
  }

  /// Ends a thing: a comment behind it on its last line stays there.
  mutating func end(at offset: Int) {
    let line = lineNumber(max(0, offset - 1))
    lastLine = line
    guard let comment = comments.first, comment.span.lower >= offset, !comment.isOwnLine,
      lineNumber(comment.span.lower) == line, !lines.isEmpty,
      !tokens.contains(where: { $0.span.lower >= offset && $0.span.upper <= comment.span.lower })
    else { return }
    lines[lines.count - 1].comment = comment.text
    comments.removeFirst()
  }

  /// Whether no comment stands in a span.
  func hasNoComment(in span: Span) -> Bool {
    !comments.contains { $0.span.lower >= span.lower && $0.span.lower < span.upper }
  }

  func isOneLine(_ span: Span) -> Bool {
    lineNumber(span.lower) == lineNumber(max(span.lower, span.upper - 1))
  }

  /// The end of the `{` that follows an offset.
  func braceEnd(after offset: Int) -> Int {
    tokens.first { $0.span.lower >= offset && $0.kind == .mark(.leftBrace) }?.span.upper
      ?? offset
  }

  /// A block that ends with `}`, its head already printed up to and with `{`.
  mutating func printBody(of span: Span, _ body: (inout Formatter) -> Void) {
    lastLine = nil
    indent += 2
    body(&self)
    flushComments(before: span.upper - 1)
    indent -= 2
    emit(["}"])
    end(at: span.upper)
  }
}
