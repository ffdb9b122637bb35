//! Elastic-net Cox regression: a path of penalties and its cross-validation, after Simon, Friedman, Hastie and
//! Tibshirani (2011), as R `glmnet(family = "cox")`.
//!
//! Maximised is log-likelihood / cases - lambda * sum of factor * (alpha |b| + (1 - alpha) / 2 b^2), where b are the
//! coefficients of predictors with standard deviation 1 (divisor n), and factors have mean 1. Ties are Breslow's, as in
//! glmnet; whoever is censored at an event time is at risk there. (glmnet adds 2e-14 to censored times to that end,
//! which is lost on times above 256, where its risk sets at such ties depend on the sort.)

mod cross_validation;
mod descent;
mod design;
mod path;
mod quadratic;
mod risk;
mod runaway;

pub use cross_validation::{CrossValidation, cross_validate};
pub use path::{ElasticNetPath, ElasticNetSettings, Lambdas, PathPoint, fit};
pub(crate) use path::{check, fit_cases};
pub use quadratic::penalised_maximum;
pub(crate) use risk::{Risk, Slopes};
