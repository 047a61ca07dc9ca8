/// What the lexer reports about characters that make no token.
public enum LexicalError: Finding {
  /// The bytes are no text at all, or text in UTF-16.
  case notText(utf16: Bool)
  case invalidUTF8(byte: UInt8)
  /// More bytes than a model can have.
  case tooLarge
  case strayCharacter(String, name: String)
  case lookalike(found: String, meant: String)
  case unclosedText
  case quoteMarks(found: String)
  case unknownEscape(String)
  case malformedNumber(String, NumberFault)
  /// Semicolons are reported once a file, with how many more there are.
  case semicolon(more: Int)
  case hashComment(more: Int)
  case blockComment
  case threeDots

  /// What is wrong with a number.
  public enum NumberFault: Sendable {
    case twoPoints, emptyExponent, lettersAfter, noDigitAfterPoint, tooLarge
  }

  public var code: String {
    switch self {
    case .notText: "not-text"
    case .invalidUTF8: "invalid-utf8"
    case .tooLarge: "model-too-large"
    case .strayCharacter: "stray-character"
    case .lookalike: "lookalike-character"
    case .unclosedText: "unclosed-text"
    case .quoteMarks: "quote-marks"
    case .unknownEscape: "unknown-escape"
    case .malformedNumber: "malformed-number"
    case .semicolon: "semicolon"
    case .hashComment: "hash-comment"
    case .blockComment: "block-comment"
    case .threeDots: "three-dots"
    }
  }

  public var message: String {
    switch self {
    case .notText(let utf16):
      utf16 ? "this file is in UTF-16, not UTF-8" : "this file is not a text file"
    case .invalidUTF8(let byte):
      "the byte 0x\(String(byte, radix: 16, uppercase: true)) is not valid UTF-8"
    case .tooLarge:
      "this file has more than \(SourceText.sizeLimit / 1_000_000) million bytes, which no model has"
    case .strayCharacter(let character, let name):
      name.isEmpty
        ? "the character `\(character)` has no meaning here"
        : "\(name) has no meaning here"
    case .lookalike(let found, let meant): "`\(found)` is not the sign `\(meant)`"
    case .unclosedText: "this text has no closing quote"
    case .quoteMarks(let found): "text is written in double quotes, not in \(found)"
    case .unknownEscape(let escape): "`\(escape)` means nothing inside a text"
    case .malformedNumber(let text, let fault):
      switch fault {
      case .twoPoints: "`\(text)` is not a number: it has two decimal points"
      case .emptyExponent: "`\(text)` is not a number: the exponent has no digits"
      case .lettersAfter: "`\(text)` is neither a number nor a name"
      case .noDigitAfterPoint: "`\(text)` is not a number: a digit must follow the point"
      case .tooLarge: "`\(text)` is too large for a number"
      }
    case .semicolon: "there are no semicolons: a statement ends at the line break"
    case .hashComment: "`#` does not start a comment"
    case .blockComment: "`/*` does not start a comment"
    case .threeDots: "`...` has one point too many"
    }
  }

  public var label: String {
    switch self {
    case .unclosedText: "opened here"
    case .notText, .invalidUTF8, .tooLarge, .strayCharacter, .lookalike, .quoteMarks,
      .unknownEscape,
      .malformedNumber, .semicolon, .hashComment, .blockComment, .threeDots:
      ""
    }
  }

  public var help: [String] {
    switch self {
    case .notText(let utf16):
      utf16
        ? ["save the file as UTF-8"]
        : ["a model is plain text that begins with `model Name`; was the data file meant?"]
    case .invalidUTF8: ["save the file as UTF-8"]
    case .tooLarge:
      ["a model is plain text that begins with `model Name`; was the data file meant?"]
    case .strayCharacter: []
    case .lookalike(_, let meant): ["type `\(meant)`"]
    case .unclosedText: ["close it with `\"` on the same line"]
    case .quoteMarks: ["write it as `\"…\"`"]
    case .unknownEscape: ["only `\\\"` and `\\\\` are written with a backslash"]
    case .malformedNumber(_, let fault):
      switch fault {
      case .twoPoints: ["a range is written `1..3`"]
      case .emptyExponent: ["write for example `1e-3`"]
      case .lettersAfter: ["a name starts with a letter; a product is written `2 * x`"]
      case .noDigitAfterPoint: ["write for example `1.0`, or `1`"]
      case .tooLarge: ["the largest is about 1.8e308"]
      }
    case .semicolon(let more):
      more == 0
        ? ["remove it"]
        : ["remove it; this file has \(more) more"]
    case .hashComment(let more):
      more == 0
        ? ["comments start with `//`"]
        : ["comments start with `//`; this file has \(more) more"]
    case .blockComment: ["comments start with `//` and end with the line"]
    case .threeDots: ["a range is written `1..3`"]
    }
  }
}
