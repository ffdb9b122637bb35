# Reference values of crates/stats/src/competing: R 4.2, survival 3.5, cmprsk 2.2-11.
# Run in a folder that holds pbc312.csv: Rscript competing.R. Constants in crates/stats/tests are these lines.
library(survival); library(cmprsk)
show <- function(name, x) cat(name, formatC(as.numeric(x), digits = 16, format = "g"), "\n")
p <- read.csv("pbc312.csv")
p$quarter <- ceiling(p$etime * 4) / 4   # many ties

# Aalen-Johansen: state 2 is transplant (cause 1), state 3 death (cause 2)
for (time in c("etime", "quarter")) {
  s <- summary(survfit(Surv(p[[time]], factor(p$st)) ~ 1, conf.type = "log-log"), times = c(1, 3, 5, 10))
  for (cause in 1:2) {
    show(paste("aj", time, "cause", cause), s$pstate[, cause + 1]); show("se", s$std.err[, cause + 1])
    show("lower", s$lower[, cause + 1]); show("upper", s$upper[, cause + 1])
  }
}

# Gray's test: two groups, three groups with ties, strata and weights
g3 <- factor(p$edema)
show("gray edema>0", cuminc(p$etime, p$st, p$edema > 0, cencode = 0)$Tests[, 1:2])
show("gray edema, quarters", cuminc(p$quarter, p$st, g3, cencode = 0)$Tests[, 1:2])
show("gray edema, quarters, rho 1", cuminc(p$quarter, p$st, g3, rho = 1, cencode = 0)$Tests[, 1:2])
show("gray edema, quarters, strata", cuminc(p$quarter, p$st, g3, strata = p$id %% 2, cencode = 0)$Tests[, 1:2])

# Fine-Gray
X <- as.matrix(p[, c("age", "edema", "lb", "la", "lp")])
for (time in c("etime", "quarter")) for (cause in c(2, 1)) {
  x <- if (cause == 2) X else X[, c("age", "lb")]
  f <- crr(p[[time]], p$st, x, failcode = cause, cencode = 0, gtol = 1e-13, maxiter = 50)
  show(paste("crr", time, "cause", cause, f$converged), f$coef); show("se", sqrt(diag(f$var))); show("loglik", f$loglik)
  show("null", crr(p[[time]], p$st, x, failcode = cause, cencode = 0, maxiter = 0)$loglik)
  show("cov12", f$var[1, 2])
  show("incidence at 5 of the first three", { pr <- predict(f, x[1:3, ]); pr[max(which(pr[, 1] <= 5)), -1] })
}
