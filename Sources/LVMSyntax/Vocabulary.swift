/// Names that are not reserved but that the language gives a meaning; for messages and docs.
public enum Vocabulary {
  /// Families and the combinators of families, as they stand after `~`.
  public static let families = [
    "Normal", "MultivariateNormal", "LogNormal", "StudentT", "Laplace", "Logistic", "Cauchy",
    "HalfNormal", "HalfCauchy", "Exponential", "Gamma", "Weibull", "InverseGamma", "Beta",
    "Uniform", "Dirichlet", "Wishart", "InverseWishart", "LKJ", "Bernoulli", "Binomial",
    "Categorical", "Multinomial", "Poisson", "NegativeBinomial", "Geometric", "ZeroInflated",
    "Truncated", "Censored", "Mixture",
  ]

  /// The element kinds of types.
  public static let typeKinds = [
    "real", "positive", "unit", "count", "integer", "binary", "category", "simplex",
    "covariance", "correlation", "cholesky", "orthonormal",
  ]

  /// Functions of expressions.
  public static let functions = [
    "exp", "log", "log1p", "expm1", "sqrt", "abs", "tanh", "sigmoid", "logit", "softplus",
    "softmax", "logsumexp", "sum", "mean", "dot", "min", "max", "norm", "transpose", "diag",
    "inverse", "cholesky", "logdet", "cumsum", "concat", "stack", "one_hot", "identity",
    "zeros", "ones", "previous",
  ]

  /// Layers of network bodies.
  public static let layers = [
    "dense", "conv", "deconv", "pool", "reshape", "relu", "leaky_relu", "gelu", "silu", "tanh",
    "softplus", "batchnorm", "layernorm", "dropout", "residual", "coupling", "linear",
  ]

  /// Functions of columns after `from`.
  public static let preparations = [
    "standardize", "center", "scale", "threshold", "binarize", "log", "log1p", "sum",
  ]

  /// Keys of the `fit` block.
  public static let fitKeys = [
    "epochs", "batch", "optimizer", "restarts", "samples", "kl", "warmup", "patience", "critic",
  ]

  /// What people write by habit from other languages, and the statement word for it.
  static let foreignStatements: [String: Keyword] = [
    "parameter": .param, "parameters": .param, "prior": .param, "hidden": .latent,
    "observed": .observe, "observation": .observe, "input": .given, "covariate": .given,
    "data": .given, "const": .binding, "var": .binding, "val": .binding, "for": .each,
    "foreach": .each, "plate": .each, "loop": .each, "module": .network, "inference": .fit,
    "options": .fit, "train": .fit, "program": .model,
  ]

  /// Signs that look like ours but are not, mostly from word processors, and what is meant.
  static let lookalikes: [Unicode.Scalar: Mark] = [
    "\u{2212}": .minus, "\u{2013}": .minus, "\u{2014}": .minus, "\u{00D7}": .star,
    "\u{00B7}": .star, "\u{22C5}": .star, "\u{2217}": .star, "\u{2215}": .slash,
    "\u{00F7}": .slash, "\u{223C}": .tilde, "\u{02DC}": .tilde, "\u{FF5E}": .tilde,
    "\u{2192}": .arrow, "\u{21D2}": .arrow, "\u{2190}": .leftArrow, "\u{2026}": .dotDot,
    "\u{FF08}": .leftParenthesis, "\u{FF09}": .rightParenthesis, "\u{FF0C}": .comma,
    "\u{FF1A}": .colon, "\u{FF1D}": .equal,
  ]
}
