import LVMModel

/// The model's expressions, by a name that Foundation does not also use.
typealias ModelExpression = Expression
