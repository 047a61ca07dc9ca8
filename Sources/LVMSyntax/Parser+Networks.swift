/// `network` and its layers.
extension Parser {
  mutating func parseNetwork() throws(Unreadable) -> NetworkSyntax {
    let start = current.span.lower
    let indentation = source.indentation(start)
    let isInvertible = current.kind == .keyword(.invertible)
    advance()
    if isInvertible || current.kind == .keyword(.invertible) {
      guard current.kind == .keyword(.network) else {
        throw failure(.expected("`network` after `invertible`", found: found))
      }
      advance()
    }
    var name = Name("", here)
    var inputs: [PortSyntax] = []
    var outputs: [PortSyntax] = []
    do throws(Unreadable) {
      name = try parseName("the network's name", purpose: "the name of a network")
      guard isAt(.leftParenthesis) else {
        throw failure(.expected("`(` and the inputs of `\(name.text)`", found: found))
      }
      inputs = try parseList(.leftParenthesis, .rightParenthesis, Self.readPort)
      outputs = try parseOutputs(of: name)
      if current.kind != .mark(.leftBrace), !isAtStatementEnd {
        throw failure(.expected("`,` or `{`", found: found))
      }
    } catch {
      guard skipToBrace() else { throw error }
    }
    let block = try openBrace(
      owner: "network \(name.text)", indentation: indentation,
      hint: "list the layers in braces, as in `{ dense(128) relu }`; `{ }` is a linear map")
    let layers = parseLayers(of: block)
    return NetworkSyntax(
      invertible: isInvertible, name: name, inputs: inputs, outputs: outputs, layers: layers,
      span: Span(start, previousEnd))
  }

  private mutating func parseOutputs(of network: Name) throws(Unreadable) -> [PortSyntax] {
    guard isAt(.arrow) else {
      throw failure(
        .missingArrow(network: network.text), at: Span(previousEnd, previousEnd))
    }
    advance()
    if isAt(.leftParenthesis) { throw failure(.outputsInParentheses) }
    var outputs = [try Self.readPort(&self)]
    while isAt(.comma) {
      advance()
      outputs.append(try Self.readPort(&self))
    }
    return outputs
  }

  private static func readPort(_ parser: inout Parser) throws(Unreadable) -> PortSyntax {
    let name = try parser.parseName("a name", purpose: "an input or output of a network")
    guard parser.isAt(.colon) else {
      throw parser.failure(.expected("`:` and the type of `\(name.text)`", found: parser.found))
    }
    parser.advance()
    return PortSyntax(name: name, type: try parser.parseType())
  }

  private mutating func parseLayers(of block: OpenBlock) -> [LayerSyntax] {
    var layers: [LayerSyntax] = []
    let outerStray = strayBraces
    strayBraces = 0
    while !closePlainBrace(of: block) {
      let before = index
      openBrackets = 0
      do throws(Unreadable) {
        if current.kind == .mark(.comma) {
          report(.commaBetweenLayers, current.span)
          advance()
          continue
        }
        guard case .word(let word) = current.kind else {
          throw failure(.expected("a layer or `}`", found: foundFirst), at: current.span)
        }
        layers.append(try parseLayer(Name(word, current.span)))
      } catch {
        if index == before { advance() }
        recover()
      }
    }
    strayBraces += outerStray
    return layers
  }

  private mutating func parseLayer(_ name: Name) throws(Unreadable) -> LayerSyntax {
    advance()
    var arguments: [ArgumentSyntax] = []
    if isAt(.leftParenthesis), !current.startsLine { arguments = try parseArguments() }
    var body: [LayerSyntax]?
    if isAt(.leftBrace) {
      body = try deeperBlock { (parser: inout Parser) throws(Unreadable) -> [LayerSyntax] in
        let block = try parser.openBrace(
          owner: name.text, indentation: 0, hint: "write `\(name.text) { … }`")
        return parser.parseLayers(of: block)
      }
    }
    return LayerSyntax(
      name: name, arguments: arguments, body: body, span: Span(name.span.lower, previousEnd))
  }
}
