# Golden values of crates/stats/tests/stats/elastic_net.rs, on pbc312.csv (a folder that holds it as argument).
# Rscript tests/golden/elastic_net.R ../shared/golden
# glmnet 4.1-6 leaves its last digits open: at thresh = 1e-15 its coefficients are still off by 1e-8 to 1e-6, its stratified
# ones by 40 % (without a penalty they are not those of coxph). So it gives the coefficients that are not 0 and their signs;
# Newton's method on these, by plain sums over the risk sets, gives the digits. The conditions of optimality are checked.
suppressMessages({library(glmnet); library(survival)})
p <- read.csv(file.path(commandArgs(trailingOnly = TRUE)[1], "pbc312.csv"))
x <- as.matrix(p[, c("age", "edema", "lb", "la", "lp")]); y <- Surv(p$etime, as.integer(p$st > 0))
show <- function(name, x) cat(name, formatC(as.numeric(x), digits = 15, format = "g"), "\n")

# Log-likelihood (Breslow), slopes and information.
likelihood <- function(x, y, b, strata) {
  weight <- exp(drop(x %*% b)); value <- 0; slope <- numeric(ncol(x)); information <- matrix(0, ncol(x), ncol(x))
  for (i in which(y[, 2] == 1)) {
    r <- y[, 1] >= y[i, 1] & strata == strata[i]; total <- sum(weight[r]); mean <- colSums(weight[r] * x[r, , drop = FALSE]) / total
    value <- value + sum(x[i, ] * b) - log(total); slope <- slope + x[i, ] - mean
    information <- information + crossprod(x[r, , drop = FALSE] * sqrt(weight[r])) / total - tcrossprod(mean)
  }
  list(value = value, slope = slope, information = information)
}

# The maximum, from a fit of glmnet that is off by `off` at most (in the largest coefficient).
exact <- function(fit, lambda, x, y, alpha = 1, factors = rep(1, ncol(x)), standardise = TRUE, strata = rep(0, nrow(x)), off = 2e-6) {
  scale <- if (standardise) sqrt(colMeans(scale(x, TRUE, FALSE)^2)) else rep(1, ncol(x)); z <- scale(x, TRUE, scale)
  weight <- nrow(x) * lambda * factors / mean(factors); b <- fit * scale; a <- which(b != 0)
  for (step in seq_len(if (length(a)) 30 else 0)) {
    at <- likelihood(z[, a, drop = FALSE], y, b[a], strata)
    slope <- at$slope - weight[a] * (alpha * sign(b[a]) + (1 - alpha) * b[a])
    b[a] <- b[a] + solve(at$information + diag((1 - alpha) * weight[a], length(a)), slope)
  }
  slope <- likelihood(z, y, b, strata)$slope - weight * (1 - alpha) * b
  stopifnot(sign(b) == sign(fit), abs(slope[a] - weight[a] * alpha * sign(b[a])) < 1e-10, abs(slope[b == 0]) <= weight[b == 0] * alpha,
    abs(b / scale - fit) <= off * max(abs(fit), 1e-9))
  b / scale
}
all_exact <- function(model, lambda, ...) sapply(seq_along(lambda), function(k) exact(as.matrix(model$beta)[, k], lambda[k], ...))
tight <- function(...) glmnet(..., family = "cox", thresh = 1e-15, maxit = 1e7)

lambda <- c(0.5, 0.2, 0.1, 0.05, 0.01)
lasso <- all_exact(tight(x, y, lambda = lambda), lambda, x, y); show("lasso", lasso)
# Deaths at one time have a saturated log-likelihood of their own.
deviance <- function(x, y, b) {
  tied <- table(y[y[, 2] == 1, 1]); -2 * (sum(tied * log(tied)) + likelihood(x, y, b, rep(0, nrow(x)))$value)
}
show("deviance", apply(lasso, 2, function(b) deviance(x, y, b)))
show("alpha 0.5", all_exact(tight(x, y, alpha = 0.5, lambda = lambda), lambda, x, y, alpha = 0.5))
own <- tight(x, y, alpha = 0.5, lambda = 0.1, standardize = FALSE)
show("own units, alpha 0.5, lambda .1", all_exact(own, 0.1, x, y, alpha = 0.5, standardise = FALSE))

# glmnet's own lambdas agree to single precision, with which it takes the root of 1e-4.
glmnet.control(fdev = 1e-5)
path <- tight(x, y)
largest <- max(abs(likelihood(scale(x, TRUE, sqrt(colMeans(scale(x, TRUE, FALSE)^2))), y, numeric(5), rep(0, 312))$slope)) / 312
lambdas <- largest * 1e-4^((seq_along(path$lambda) - 1) / 99); stopifnot(abs(path$lambda / lambdas - 1) < 1e-6)
show("automatic path: number, first, 20th, last", c(length(lambdas), lambdas[c(1, 20, length(lambdas))]))
twentieth <- exact(path$beta[, 20], lambdas[20], x, y); show("20th: coefficients", twentieth)
show("deviance ratio", ratio <- 1 - deviance(x, y, twentieth) / deviance(x, y, numeric(5))); stopifnot(abs(path$dev.ratio[20] / ratio - 1) < 1e-6)

factors <- c(0, 1, 2, 1, 1); three <- c(0.3, 0.1, 0.03)
half <- tight(x, y, alpha = 0.5, penalty.factor = factors, lambda = three)
show("penalty factors 0 1 2 1 1, alpha 0.5, lambda .3 .1 .03", all_exact(half, three, x, y, alpha = 0.5, factors = factors))
automatic <- tight(x, y, alpha = 0.5, penalty.factor = factors)
age <- exact(c(coef(coxph(y ~ x[, 1], ties = "breslow")), 0, 0, 0, 0), 1e6, x, y, factors = factors)
scale <- sqrt(colMeans(scale(x, TRUE, FALSE)^2)); slope <- likelihood(scale(x, TRUE, scale), y, age * scale, rep(0, 312))$slope
first <- max(abs(slope / (312 * 0.5 * factors / mean(factors)))[-1]); stopifnot(abs(automatic$lambda[1] / first - 1) < 1e-8)
show("its automatic lambda: number, first", c(length(automatic$lambda), first))
show("ridge, lambda 1 .1", all_exact(tight(x, y, alpha = 0, lambda = c(1, 0.1)), c(1, 0.1), x, y, alpha = 0))
labels <- p$id %% 3
strata <- suppressWarnings(tight(x, stratifySurv(y, labels), lambda = c(0.1, 0.01)))
show("three strata, lambda .1 .01", all_exact(strata, c(0.1, 0.01), x, y, strata = labels, off = 1))
breslow <- coxph(y ~ x + strata(labels), ties = "breslow")
free <- exact(unname(coef(breslow)), 0, x, y, strata = labels); stopifnot(abs(free / coef(breslow) - 1) < 1e-6)

fold <- (seq_len(nrow(p)) - 1) %% 5
left <- sapply(0:4, function(label) {
  kept <- fold != label; part <- tight(x[kept, ], y[kept], lambda = lambdas)
  b <- all_exact(part, lambdas, x[kept, ], y[kept])
  apply(b, 2, function(b) deviance(x, y, b) - deviance(x[kept, ], y[kept], b)) / sum(y[!kept, 2])
})
events <- sapply(0:4, function(label) sum(y[fold == label, 2]))
mean <- apply(left, 1, weighted.mean, events); sd <- sqrt(apply((left - mean)^2, 1, weighted.mean, events) / 4)
lowest <- which.min(mean); places <- c(1, 20, length(lambdas))
show("cv mean 1 20 last", mean[places]); show("cv sd 1 20 last", sd[places])
show("places from 0 of lowest and one standard error", c(lowest, which(mean <= mean[lowest] + sd[lowest])[1]) - 1)
cv <- cv.glmnet(x, y, family = "cox", foldid = fold + 1, lambda = path$lambda, type.measure = "deviance", grouped = TRUE, thresh = 1e-15, maxit = 1e7)
stopifnot(abs(cv$cvm / mean - 1) < 1e-6, abs(cv$cvsd / sd - 1) < 1e-5); show("of cv.glmnet", cv$index - 1)

wide <- local({ i <- 0:59; x <- outer(i, 0:199, function(i, j) ((i * 31 + j * 17 + i * j * 7 + i * i * 3) %% 211) / 105 - 1)
  list(x = x, y = Surv((i * 37) %% 59 + 1, as.integer(i %% 4 != 0))) })
three <- c(0.3, 0.2, 0.15); b <- all_exact(tight(wide$x, wide$y, lambda = three), three, wide$x, wide$y, off = 1e-5)
for (k in 1:3) { found <- which(b[, k] != 0); show(paste("60 x 200, chosen at", three[k]), found - 1); show("coefficients", b[found, k]) }
