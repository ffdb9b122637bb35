# Golden values of the robust variance in crates/stats/tests/stats/cox.rs: R 4.2, survival 3.5. In a folder with lung_cc.csv:
# Rscript cox_robust.R
suppressMessages(library(survival))
d <- read.csv("lung_cc.csv"); strict <- coxph.control(eps = 1e-14, iter.max = 50)
show <- function(name, x) cat(name, formatC(as.numeric(x), digits = 17, format = "g"), "\n")
for (ties in c("efron", "breslow")) {
  f <- coxph(Surv(time, event) ~ age + sex + ph.ecog + wt.loss, d, ties = ties, robust = TRUE, control = strict)
  show(paste(ties, "robust se"), sqrt(diag(vcov(f)))); show("covariance 1 2", vcov(f)[1, 2])
  f <- coxph(Surv(time, event) ~ age + sex + ph.ecog + wt.loss, d, ties = ties, cluster = d$age, control = strict)
  show(paste(ties, "clusters by age se"), sqrt(diag(vcov(f))))
}
f <- coxph(Surv(time, event) ~ age + ph.ecog + wt.loss + strata(sex), d, cluster = d$age, control = strict)
show("strata by sex, clusters by age se", sqrt(diag(vcov(f))))
f <- coxph(Surv(time, event) ~ age + sex + ph.ecog + wt.loss, d, robust = TRUE, control = strict)
show("score residuals of rows 1 and 5", resid(f, "score")[c(1, 5), ])
