# Reference values of crates/stats: logistic regression at a horizon, restricted mean, weighted log-rank. R 4.2 and survival 3.5.
# Run in a folder that holds pbc312.csv and lung_cc.csv: Rscript horizon.R. Constants in crates/stats/tests are these lines.
library(survival)
show <- function(name, x) cat(name, formatC(as.numeric(x), digits = 16, format = "g"), "\n")
pbc <- read.csv("pbc312.csv")
pbc$ev <- as.integer(pbc$st > 0)
t <- 5

# weights: an event at a tie comes before a censoring, so the censored are moved a little later; w are weights of the cases
ipcw <- function(w) {
  later <- pbc$etime + ifelse(pbc$ev == 1, 0, 1e-7)
  G <- survfit(Surv(later, 1 - pbc$ev) ~ 1, pbc, weights = w)
  at <- stepfun(G$time, c(1, G$surv))
  ifelse(pbc$etime > t, 1 / at(t + 5e-7), ifelse(pbc$ev == 1, 1 / at(pbc$etime - 1e-6), 0))
}
pbc$y <- as.integer(pbc$etime <= t)
logistic <- function(w) coef(glm(y ~ age + edema + lb, quasibinomial, pbc, weights = w * ipcw(w), epsilon = 1e-14, maxit = 100))
b <- logistic(rep(1, nrow(pbc)))
# Infinitesimal jackknife: derivatives of the whole estimate, weights and all, by the weight of each case.
n <- nrow(pbc); h <- 1e-4
d <- sapply(seq_len(n), function(i) {
  up <- down <- rep(1, n); up[i] <- 1 + h; down[i] <- 1 - h
  (logistic(up) - logistic(down)) / (2 * h)
})
show("logistic coef", b); show("se", sqrt(rowSums(d^2) * n / (n - 1))); show("cov intercept, age", sum(d[1, ] * d[2, ]) * n / (n - 1))
show("risk of age 50 edema 0.5 lb 1", plogis(sum(b * c(1, 50, 0.5, 1))))

# restricted mean, pbc by edema
rm <- function(d, tau) summary(survfit(Surv(etime, ev) ~ 1, d), rmean = tau)$table[c("rmean", "se(rmean)")]
show("rmst 5", rm(pbc, 5))
a <- rm(pbc[pbc$edema > 0, ], 5); b <- rm(pbc[pbc$edema == 0, ], 5)
show("rmst by edema", c(a, b)); show("difference", c(a[1] - b[1], sqrt(a[2]^2 + b[2]^2)))

# weighted log-rank, lung_cc
lung <- read.csv("lung_cc.csv")
for (rho in c(0.5, 1)) {
  s <- survdiff(Surv(time, event) ~ ph.ecog, lung, rho = rho); show(paste("rho", rho, "chisq"), s$chisq); show("obs", s$obs); show("exp", s$exp)
  s <- survdiff(Surv(time, event) ~ ph.ecog + strata(sex), lung, rho = rho); show(paste("rho", rho, "strata chisq"), s$chisq)
}
gehan <- function(d) {
  u <- 0; v <- 0; o <- 0; e <- 0
  for (x in sort(unique(d$time[d$event == 1]))) {
    n <- sum(d$time >= x); n1 <- sum(d$time >= x & d$sex == 1); k <- sum(d$time == x & d$event == 1)
    k1 <- sum(d$time == x & d$event == 1 & d$sex == 1)
    o <- o + n * k1; e <- e + n * k * n1 / n
    if (n > 1) v <- v + n^2 * k * n1 / n * (1 - n1 / n) * (n - k) / (n - 1)
  }
  c((o - e)^2 / v, o, e, v)
}
show("gehan sex chisq obs exp var", gehan(lung))
