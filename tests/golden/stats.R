# Reference values of crates/stats that are not in shared/golden: R 4.2 and survival 3.5.
# Run in a folder that holds lung_cc.csv and pbc312.csv: Rscript stats.R. Constants in crates/stats/tests are these lines.
library(survival)
show <- function(name, x) cat(name, formatC(as.numeric(x), digits = 17, format = "g"), "\n")
lung_cc <- read.csv("lung_cc.csv")
pbc <- read.csv("pbc312.csv")
pbc$ev <- as.integer(pbc$st > 0)

# Kaplan-Meier and Nelson-Aalen, three interval forms, lung_cc
for (type in c("log", "plain", "log-log")) {
  s <- summary(survfit(Surv(time, event) ~ 1, lung_cc, conf.type = type), times = c(100, 365, 730))
  show(paste("km", type, "surv"), s$surv); show("se", s$std.err); show("lower", s$lower); show("upper", s$upper)
}
show("km n.risk", s$n.risk); show("na cumhaz", s$cumhaz); show("na se", s$std.chaz)
q <- quantile(survfit(Surv(time, event) ~ 1, lung_cc), c(0.25, 0.5, 0.75)); show("km quantile", q$quantile)

# log-rank
for (f in list(Surv(time, event) ~ sex, Surv(time, event) ~ ph.ecog, Surv(time, event) ~ ph.ecog + strata(sex))) {
  s <- survdiff(f, lung_cc)
  show("logrank chisq", s$chisq); show("p", s$pvalue)
  show("obs", if (is.matrix(s$obs)) rowSums(s$obs) else s$obs); show("exp", if (is.matrix(s$exp)) rowSums(s$exp) else s$exp)
}

# Cox
strict <- coxph.control(eps = 1e-14, iter.max = 50)
for (ties in c("efron", "breslow")) {
  f <- coxph(Surv(time, event) ~ age + sex + ph.ecog + wt.loss, lung_cc, ties = ties, control = strict)
  show(paste("cox", ties, "coef"), coef(f)); show("se", sqrt(diag(vcov(f)))); show("loglik", f$loglik)
  show("score wald lr", c(f$score, f$wald.test, 2 * diff(f$loglik))); show("vcov12", vcov(f)[1, 2])
  b <- basehaz(f, centered = FALSE); show("H0(100,365,730)", sapply(c(100, 365, 730), function(t) max(b$hazard[b$time <= t])))
  show("S(365) of age 60 sex 1 ecog 1 loss 5", summary(survfit(f, data.frame(age = 60, sex = 1, ph.ecog = 1, wt.loss = 5)), times = 365)$surv)
}
f <- coxph(Surv(time, event) ~ age + ph.ecog + wt.loss + strata(sex), lung_cc, control = strict)
show("cox strata coef", coef(f)); show("se", sqrt(diag(vcov(f)))); show("loglik", f$loglik); show("score wald", c(f$score, f$wald.test))
f <- coxph(Surv(time, event) ~ ridge(age, sex, ph.ecog, wt.loss, theta = 1, scale = FALSE), lung_cc,
           control = coxph.control(eps = 1e-14, iter.max = 50, outer.max = 50))
show("cox ridge coef", coef(f)); show("se", sqrt(diag(f$var))); show("loglik", f$loglik)

# yearly hazard: person-years as in shared/golden/tv.R
v <- c("age", "edema", "lb", "la", "lp")
for (x in v) pbc[[x]] <- (pbc[[x]] - mean(pbc[[x]])) / sqrt(mean((pbc[[x]] - mean(pbc[[x]]))^2))
rows <- NULL
for (i in seq_len(nrow(pbc))) for (k in 0:4) {
  if (pbc$etime[i] <= k) break
  ev <- as.integer(pbc$ev[i] == 1 & pbc$etime[i] <= k + 1)
  if (!ev && pbc$etime[i] < k + 1) break
  rows <- rbind(rows, data.frame(pbc[i, v], k = k, y = ev))
  if (ev) break
}
show("person-years, events, events by year", c(nrow(rows), sum(rows$y), tapply(rows$y, rows$k, sum)))
# Fisher scoring converges only linearly for the complementary log-log link, and glm stops when the deviance stands still
# (coefficients then still move by 1e-9): forty more single steps.
polish <- function(m) { for (i in 1:40) m <- suppressWarnings(update(m, start = coef(m), control = list(maxit = 1))); m }
for (link in c("logit", "cloglog")) {
  common <- polish(glm(y ~ 0 + factor(k) + age + edema + lb + la + lp, binomial(link), rows, epsilon = 1e-15, maxit = 100))
  by_year <- polish(glm(y ~ 0 + factor(k) + factor(k):(age + edema + lb + la + lp), binomial(link), rows, epsilon = 1e-15, maxit = 100))
  show(paste("hazard", link, "common coef"), coef(common)); show("se", sqrt(diag(vcov(common)))); show("loglik", logLik(common))
  show("by-year coef", coef(by_year)); show("se", sqrt(diag(vcov(by_year)))); show("loglik", logLik(by_year))
  show("LR, p", c(2 * (logLik(by_year) - logLik(common)), pchisq(2 * as.numeric(logLik(by_year) - logLik(common)), 20, lower.tail = FALSE)))
}

# concordance with a raw predictor (ties in it)
k <- concordance(Surv(time, event) ~ ph.ecog, lung_cc, reverse = TRUE)
show("concordance ecog", c(k$concordance, sqrt(k$var))); show("count", k$count)
k <- concordance(coxph(Surv(time, event) ~ age + sex + ph.ecog + wt.loss, lung_cc)); show("concordance cox", c(k$concordance, sqrt(k$var)))

# distributions and adjustment
show("chisq upper tails", c(pchisq(10.3267419549, 1, lower.tail = FALSE), pchisq(44.37571259, 20, lower.tail = FALSE), pchisq(300, 3, lower.tail = FALSE), pchisq(0.01, 50, lower.tail = FALSE)))
show("normal quantiles", qnorm(c(0.975, 0.995, 0.5001, 0.9999999)))
show("normal upper tails", pnorm(c(0.1, 1.96, 6, 30), lower.tail = FALSE))
show("BH", p.adjust(c(0.01, 0.04, 0.03, 0.5, 0.04, 0.002), "BH"))
