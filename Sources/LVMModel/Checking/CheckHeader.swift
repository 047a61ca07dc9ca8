import LVMSyntax

/// The sizes and constants in the model's header.
extension Checker {
  func declareHeader(_ syntax: ModelSyntax, settings: [String: Double], known: [String: Int]) {
    for size in syntax.sizes where !size.name.text.isEmpty {
      if let first = headerIndex[size.name.text] {
        report(
          NameError.duplicate(size.name.text, what: "a size", first: headers[first].name.span),
          size.name.span)
        continue
      }
      headerIndex[size.name.text] = headers.count
      headers.append(HeaderName(name: size.name))
    }
    let names = headers.map(\.name.text)
    for name in settings.keys.sorted() where headerIndex[name] == nil {
      report(NameError.unknownSetting(name, sizes: names), syntax.name.span)
    }

    var values: [String: Double] = settings
    for (name, value) in known where values[name] == nil { values[name] = Double(value) }
    for size in computeDefaults(of: syntax.sizes, &values) {
      guard let index = headerIndex[size.name.text], let value = size.defaultValue else { continue }
      headers[index].isPoisoned = true
      if !value.hasInvalid {
        report(TypeError.constantNotNumber(size.name.text), value.span)
      }
    }
    for index in headers.indices { headers[index].value = values[headers[index].name.text] }
    findSizeUses(syntax.statements)

    for (index, header) in headers.enumerated() where header.isSize {
      guard let value = header.value else { continue }
      if value >= 1, value <= 1e9, value == value.rounded() {
        knownSizes[header.name.text] = Int(value)
      } else {
        headers[index].isPoisoned = true
        let span = syntax.sizes.first { $0.name.text == header.name.text }?.defaultValue?.span
        let isSetting = settings[header.name.text] != nil
        report(
          TypeError.sizeNotWhole(header.name.text, value: plain(value), isSetting: isSetting),
          isSetting ? header.name.span : span ?? header.name.span)
      }
    }
  }

  /// Computes defaults, also from names that stand later; returns those that cannot be.
  private func computeDefaults(
    of sizes: [SizeSyntax], _ values: inout [String: Double]
  ) -> [SizeSyntax] {
    let open = sizes.indices.filter {
      sizes[$0].defaultValue != nil && values[sizes[$0].name.text] == nil
    }
    // Each waits for the names it mentions, and is looked at again when one of them is known.
    var waiting: [String: [Int]] = [:]
    for index in open {
      sizes[index].defaultValue?.visitNames { waiting[$0, default: []].append(index) }
    }
    var next = open
    while let index = next.popLast() {
      let name = sizes[index].name.text
      guard values[name] == nil, let text = sizes[index].defaultValue,
        let value = constant(text, names: values)
      else { continue }
      values[name] = value
      next += waiting[name] ?? []
    }
    return open.filter { values[sizes[$0].name.text] == nil }.map { sizes[$0] }
  }

  /// Constants that are used as numbers must have a value by now.
  func checkConstants() {
    for header in headers where !header.isSize && header.value == nil && !header.isPoisoned {
      guard let use = header.usedAsNumber else { continue }
      report(TypeError.constantWithoutValue(header.name.text), use)
    }
  }

  /// A warning for each name of the header that nothing uses.
  func checkUnusedHeader() {
    for header in headers
    where !header.isSize && !header.isMentioned && header.usedAsNumber == nil {
      report(Lint.unusedSize(header.name.text), header.name.span)
    }
  }

  /// The value of an expression of numbers and known names; nil if it is not one.
  func constant(_ expression: ExpressionSyntax, names: [String: Double]) -> Double? {
    switch expression {
    case .number(let value, _): return value
    case .name(let name):
      if let index = headerIndex[name.text] { headers[index].isMentioned = true }
      return names[name.text]
    case .group(let inner, _): return constant(inner, names: names)
    case .negate(let inner, _): return constant(inner, names: names).map { -$0 }
    case .binary(let operation, let a, let b, _, _):
      guard let x = constant(a, names: names), let y = constant(b, names: names) else { return nil }
      switch operation {
      case .add: return x + y
      case .subtract: return x - y
      case .multiply, .elementwiseMultiply: return x * y
      case .divide, .elementwiseDivide: return y == 0 ? nil : x / y
      case .power: return power(x, y)
      }
    case .text, .call, .index, .member, .array, .invalid: return nil
    }
  }

  /// Values of the header's constants, for settings and preparations.
  var constantValues: [String: Double] {
    var result: [String: Double] = [:]
    for header in headers { if let value = header.value { result[header.name.text] = value } }
    return result
  }
}

extension ExpressionSyntax {
  /// Whether a part could not be parsed, which is reported already.
  var hasInvalid: Bool {
    switch self {
    case .invalid: true
    case .number, .text, .name: false
    case .call(_, let arguments, _):
      arguments.contains { $0.value.hasInvalid || $0.rangeEnd?.hasInvalid ?? false }
    case .index(let base, let indices, _):
      base.hasInvalid
        || indices.contains {
          switch $0 {
          case .at(let e): e.hasInvalid
          case .range(let a, let b): a.hasInvalid || b.hasInvalid
          }
        }
    case .member(let base, _, _), .negate(let base, _), .group(let base, _): base.hasInvalid
    case .binary(_, let a, let b, _, _): a.hasInvalid || b.hasInvalid
    case .array(let elements, _): elements.contains(where: \.hasInvalid)
    }
  }
}
