# Reference values of crates/stats/src/prediction that are not in shared/golden: R 4.2 and survival 3.5.
# Run in a folder that holds pbc312.csv: Rscript prediction.R. Constants in crates/stats/tests are these lines.
library(survival)
show <- function(name, x) cat(name, formatC(as.numeric(x), digits = 17, format = "g"), "\n")
pbc <- read.csv("pbc312.csv")
pbc$ev <- as.integer(pbc$st > 0)
strict <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 50)
full <- coxph(Surv(etime, ev) ~ age + edema + lb + la + lp, pbc, control = strict)
base <- basehaz(full, centered = FALSE)
risk_at <- function(t) 1 - exp(-max(base$hazard[base$time <= t]) * exp(as.vector(as.matrix(pbc[, names(coef(full))]) %*% coef(full))))
t <- 5
r <- risk_at(t)

# calibration by quintile of risk, and over all
g <- cut(r, quantile(r, 0:5 / 5), include.lowest = TRUE, labels = FALSE)
one <- function(d) summary(survfit(Surv(etime, ev) ~ 1, d, conf.type = "log-log"), times = t)
for (i in 1:5) {
  s <- one(pbc[g == i, ])
  show(paste("quintile", i, "n events expected observed lower upper"),
       c(sum(g == i), sum(pbc$ev[g == i] & pbc$etime[g == i] <= t), mean(r[g == i]), 1 - s$surv, 1 - s$upper, 1 - s$lower))
}
s <- one(pbc)
oe <- (1 - s$surv) / mean(r)
show("overall expected observed lower upper", c(mean(r), 1 - s$surv, 1 - s$upper, 1 - s$lower))
show("O/E lower upper", oe * exp(c(0, -1, 1) * qnorm(0.975) * s$std.err / (1 - s$surv)))
# 1 - exp(-H) rounds to 1 from H = 37 on: the largest double below 1 stands for it
cll <- log(-log(pmax(1 - r, 2^-53)))
show("risks of 1", sum(r == 1))
slope <- coxph(Surv(pmin(etime, t), ev == 1 & etime <= t) ~ cll, pbc, control = strict)
show("slope", c(coef(slope), sqrt(vcov(slope))))

# weights: an event at a tie comes before a censoring, so the censored are moved a little later; w are weights of the cases
ipcw <- function(w) {
  later <- pbc$etime + ifelse(pbc$ev == 1, 0, 1e-7)
  G <- survfit(Surv(later, 1 - pbc$ev) ~ 1, pbc, weights = w)
  at <- stepfun(G$time, c(1, G$surv))
  ifelse(pbc$etime > t, 1 / at(t + 5e-7), ifelse(pbc$ev == 1, 1 / at(pbc$etime - 1e-6), 0))
}
# Standard errors by the infinitesimal jackknife: derivatives of the whole estimate, weights and all, by the weight of each case.
jackknife <- function(estimate) {
  n <- nrow(pbc); h <- 1e-4
  d <- sapply(seq_len(n), function(i) {
    up <- down <- rep(1, n); up[i] <- 1 + h; down[i] <- 1 - h
    (estimate(up) - estimate(down)) / (2 * h)
  })
  d <- matrix(d, ncol = n)
  sqrt(rowSums(d^2) * n / (n - 1))
}
y <- as.integer(pbc$etime <= t)
root <- function(f) uniroot(f, c(-2, 2), tol = 1e-14)$root
large <- function(w) {
  wt <- w * ipcw(w)
  score <- function(a) { rate <- exp(cll + a); sum(wt * ifelse(y == 1, rate / expm1(rate), -rate)) }
  root(score)
}
show("in the large", c(large(rep(1, nrow(pbc))), jackknife(large)))
wt <- ipcw(rep(1, nrow(pbc)))
m <- glm(y ~ offset(cll), quasibinomial("cloglog"), weights = wt, epsilon = 1e-14)
show("in the large by glm", coef(m))
show("brier, jackknife", c(sum(wt * (y - r)^2) / nrow(pbc), jackknife(function(w) sum(w * ipcw(w) * (y - r)^2) / sum(w))))
