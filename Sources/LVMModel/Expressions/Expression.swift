import LVMSyntax

/// An expression whose names are resolved and whose type is known.
public struct Expression: Hashable, Sendable {
  public var node: ExpressionNode
  public var type: ValueType
  public var span: Span

  public init(_ node: ExpressionNode, _ type: ValueType, _ span: Span) {
    self.node = node
    self.type = type
    self.span = span
  }

  public static func == (a: Expression, b: Expression) -> Bool { a.node == b.node }
  public func hash(into hasher: inout Hasher) { hasher.combine(node) }
}

/// What an expression does. Scalars broadcast; indices start at 1, as in the source.
public indirect enum ExpressionNode: Hashable, Sendable {
  case number(Double)
  /// A size of the model used as a number.
  case size(Size)
  case variable(VariableID)
  /// `previous(v)`, `previous(v, 2)`: the value `lag` rows before.
  case previous(VariableID, lag: Size)
  /// `previous(s, 1..S-1)`: a vector of lags, first lag first.
  case previousRange(VariableID, from: Size, to: Size)
  /// Elementwise function of one argument.
  case map(ElementwiseFunction, Expression)
  /// Any other built-in function.
  case function(BuiltinFunction, [Expression])
  /// Elementwise arithmetic; a scalar broadcasts against any shape.
  case arithmetic(Arithmetic, Expression, Expression)
  case negate(Expression)
  /// `*` between matrices, or a matrix and a vector.
  case matrixProduct(Expression, Expression)
  /// One index a leading dimension; fewer indices than dimensions leave the rest.
  case index(Expression, [ExpressionIndex])
  /// A literal: elements share a type, which gains a leading dimension.
  case array([Expression])
  /// One output of a network applied to inputs.
  case network(NetworkID, inputs: [Expression], output: Int)
}

public enum ExpressionIndex: Hashable, Sendable {
  /// A position: a number, a size, a category (its own index), or a count.
  case at(Expression)
  /// An inclusive range.
  case range(Size, Size)
}

/// Elementwise arithmetic.
public enum Arithmetic: String, Hashable, Sendable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case power = "^"
}

/// Functions of one argument that act on each element.
public enum ElementwiseFunction: String, Hashable, Sendable, CaseIterable {
  case exp, log, log1p, expm1, sqrt, abs, tanh, sigmoid, logit, softplus
}

/// Functions with a shape of their own. `min` and `max` of one argument reduce; of two, compare.
public enum BuiltinFunction: String, Hashable, Sendable, CaseIterable {
  case softmax, logsumexp, sum, mean, dot, min, max, norm, transpose, diag, inverse, cholesky,
    logdet
  case cumsum, concat, stack
  case oneHot = "one_hot"
  case identity, zeros, ones
}

extension Expression {
  /// The direct parts of this expression.
  public var children: [Expression] {
    switch node {
    case .number, .size, .variable, .previous, .previousRange: []
    case .map(_, let e), .negate(let e): [e]
    case .function(_, let es), .array(let es): es
    case .arithmetic(_, let a, let b), .matrixProduct(let a, let b): [a, b]
    case .index(let base, let indices):
      [base]
        + indices.compactMap { index in
          if case .at(let e) = index { return e }
          return nil
        }
    case .network(_, let inputs, _): inputs
    }
  }

  /// Every variable read at the present row (not through `previous`).
  public var variables: Set<VariableID> {
    var result: Set<VariableID> = []
    visit { e in if case .variable(let v) = e.node { result.insert(v) } }
    return result
  }

  /// Every variable read through `previous`.
  public var previousVariables: Set<VariableID> {
    var result: Set<VariableID> = []
    visit { e in
      switch e.node {
      case .previous(let v, _), .previousRange(let v, _, _): result.insert(v)
      case .number, .size, .variable, .map, .function, .arithmetic, .negate, .matrixProduct, .index,
        .array, .network:
        break
      }
    }
    return result
  }

  /// Calls `body` on this expression and all its parts, outermost first.
  public func visit(_ body: (Expression) -> Void) {
    body(self)
    for child in children { child.visit(body) }
  }
}
