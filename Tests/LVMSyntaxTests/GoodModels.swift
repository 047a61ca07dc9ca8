import Foundation

/// Whole models that show every form of the language; all of them parse without findings and are
/// in the canonical style.
enum GoodModels {
  static let all: [(name: String, text: String)] = [
    (
      "mixture",
      """
      // Old Faithful: two kinds of eruption.
      model OldFaithful(K = 2, D)

      param weights : simplex[K]
      param mean    : real[K, D]
      param cov     : covariance[K, D]

      each row {
        latent  kind : category[K] ~ Categorical(weights)
        observe x    : real[D]     ~ MultivariateNormal(mean[kind], cov[kind])
      }

      """
    ),
    (
      "factor-analysis",
      """
      model FactorAnalysis(L = 2, D)
      param W   : real[D, L]
      param mu  : real[D]
      param psi : positive[D]
      each row {
        latent  z : real[L] ~ Normal(0, 1)
        observe x : real[D] ~ Normal(W * z + mu, psi)
      }

      """
    ),
    (
      "mixture-of-ppca",
      """
      model MixtureOfPPCA(K = 3, L = 2, D)
      param weights : simplex[K]
      param W       : real[K, D, L]
      param mu      : real[K, D]
      param sigma   : positive[K]
      each row {
        latent  k : category[K] ~ Categorical(weights)
        latent  z : real[L]     ~ Normal(0, 1)
        observe x : real[D]     ~ Normal(W[k] * z + mu[k], sigma[k])
      }

      """
    ),
    (
      "local-level",
      """
      model LocalLevel
      param start : real
      param drift : positive
      param noise : positive
      each row in order {
        latent  level  : real initially Normal(start, 1000) then Normal(previous(level), drift)
        observe volume : real ~ Normal(level, noise)
      }

      """
    ),
    (
      "several-series",
      """
      model SeveralSeries(S = 4)
      param a : real
      param q : positive
      each series by id {
        latent base : real ~ Normal(0, 10)
        each row in order {
          latent  s : real initially Normal(0, 1) then = a * previous(s)
          observe y : real initially Normal(base, 1) then Normal(sum(previous(y, 1..S-1)) + s, q)
        }
      }

      """
    ),
    (
      "crossed",
      """
      model Crossed
      param b     : real
      param tau   : positive
      param eta   : positive
      param sigma : positive
      each subject by subject { latent u : real ~ Normal(0, tau) }
      each item by (list, item) { latent w : real ~ Normal(0, eta) }
      each row { observe rt : real ~ Normal(b + u + w, sigma) }

      """
    ),
    (
      "vae",
      """
      model DigitsVAE(L = 20, H = 400, D)

      network decoder(z : real[L]) -> pixel : unit[D] {
        dense(H) relu
      }

      network encoder(x : binary[D]) -> mean : real[L], scale : positive[L] { dense(H) relu }
      guide { z ~ Normal(encoder(x).mean, encoder(x).scale) }

      each row {
        latent  z : real[L]   ~ Normal(0, 1)
        observe x : binary[D] ~ Bernoulli(decoder(z))
      }

      fit { epochs = 50, batch = 128, optimizer = Adam(0.001) }

      """
    ),
    (
      "convolutions",
      """
      model Convolutions(L = 8)
      network decoder(z : real[L], label : category[10]) -> pixel : unit[28, 28, 1] {
        dense(7 * 7 * 32, bias: false) relu
        reshape(7, 7, 32)
        residual {
          conv(32, 3, stride: 1, padding: same)  // keeps the size
          relu
        }
        residual { layernorm gelu } deconv(16, 3, stride: 2)
      }
      each row {
        given   label : category[10]
        latent  z     : real[L] ~ Normal(0, 1)
        let     o     = decoder(z, label)
        observe x     : binary[28, 28, 1] from threshold("p*", 127) ~ Bernoulli(o.pixel)
      }
      guide {
        // One line for each variable.
        z     ~ Normal(0, 1)
        label = 3
      }

      """
      .replacingOccurrences(of: "z     ~", with: "z ~")
    ),
    (
      "counts",
      """
      model Counts(L = 10, G, B)
      param theta : positive[G]
      network decoder(z : real[L], batch : category[B]) -> rate : simplex[G], drop : unit[G] {
        dense(128) batchnorm relu dropout(0.1)
      }
      each row {
        given   size  : positive from sum(x)
        given   batch : category[B]
        latent  z     : real[L] ~ Normal(0, 1)
        observe x     : count[G]
          ~ ZeroInflated(NegativeBinomial(mean: size * decoder(z, batch).rate, dispersion: theta),
            decoder(z, batch).drop)
      }
      fit { kl = 0.5, warmup = 10 }

      """
    ),
    (
      "ica",
      """
      model ICA(D)
      param A : real[D, D]  // linear, square, non-Gaussian
      each row {
        latent  s : real[D] ~ Laplace(0, 1)
        observe x : real[D] = A * s
      }

      """
    ),
    (
      "flow",
      """
      model Flow(D)
      invertible network f(z : real[D]) -> x : real[D] { coupling(256) coupling(256) linear }
      network unused(z : real[D]) -> x : real[D] { }
      each row {
        latent  z : real[D] ~ Normal(0, 1)
        observe x : real[D] = f(z)
      }

      """
    ),
    (
      "eight-schools",
      """
      model EightSchools
      latent mu  : real     ~ Normal(0, 5)
      latent tau : positive ~ HalfCauchy(5)
      each row {
        given   sigma : positive
        latent  theta : real ~ Normal(mu, tau)
        observe y     : real ~ Normal(theta, sigma)
      }

      """
    ),
    (
      "columns",
      """
      model Columns(C = 3)
      param mood : category["low", "mid \\"so-so\\"", "high"]
      each row {
        observe a : real[2] from (eruptions, "waiting time") ~ Normal(0, 1)
        observe b : real[C - 1] from standardize(not (id, label)) ~ Normal(0, 1)
        observe c : real[C] from scale("p*", 1/255) ~ Normal(0, 1)
        observe d : real from standardize(log(flow)) ~ Normal(0, 1)
        observe e : real from not d ~ Normal(0, 1)
      }

      """
    ),
    (
      "free-names",
      """
      model FreeNames
      param order     : real
      param then      : real
      param from      : real
      param initially : real
      param not       : real
      param previous  : real
      param by        : real
      param real      : real = order + then * from - initially / not ^ previous + by
      each row by row in order { observe in : real from in ~ Normal(row, 1) }

      """
      .replacingOccurrences(of: "not ^ previous", with: "not^previous")
    ),
    (
      "operators",
      """
      model Operators
      let a = -2^2 + 3 * -x^-y^2 - z[1..3, 2].mean .* w ./ (v + [1, [2, 3]])
      let b =
        1 + 2
      let c = 1e-3 + 0.5 + 1/255

      """
      .replacingOccurrences(of: "=\n  1", with: "= 1")
    ),
  ]
}
