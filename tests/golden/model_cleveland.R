# Golden values of crates/model/tests/cleveland.rs: Cox regression of the Cleveland Clinic cohort.
# Rscript tests/golden/model_cleveland.R ../shared/data/clinical/blood_storage.csv
library(survival)
options(digits = 17)
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
d <- d[complete.cases(d[, c("Age", "PreopPSA", "T.Stage", "bGS", "AA", "FamHx", "TimeToRecurrence")]), ]
d$years <- d$TimeToRecurrence / 12
d$psa <- log2(d$PreopPSA)
control <- coxph.control(eps = 1e-12, iter.max = 50)
outcome <- Surv(d$years, d$Recurrence)
whole <- coxph(outcome ~ Age + psa + I(T.Stage == 2) + I(bGS == 2) + I(bGS == 3) + AA + FamHx, d, control = control)
cat("cases", nrow(d), "events", sum(d$Recurrence), "\n")
cat("coefficients", coef(whole), "\n")
cat("standard errors", sqrt(diag(vcov(whole))), "\n")
cat("log-likelihoods", whole$loglik, "\n")
cat("p", summary(whole)$coefficients[, "Pr(>|z|)"], "\n")
cat("apparent C", concordance(whole)$concordance, "\n")
without <- coxph(outcome ~ Age + psa + I(T.Stage == 2) + AA + FamHx, d, control = control)
cat("biopsy grade, likelihood ratio", 2 * (whole$loglik[2] - without$loglik[2]), "\n")
breslow <- coxph(outcome ~ Age + psa + I(T.Stage == 2) + I(bGS == 2) + I(bGS == 3) + AA + FamHx, d,
                 ties = "breslow", control = control)
cat("Breslow", coef(breslow), "\n")
reverse <- survfit(Surv(d$years, 1 - d$Recurrence) ~ 1)
cat("median follow-up", quantile(reverse, 0.5)$quantile, "\n")
# Likelihood-ratio test of effects by year, on the years (0, 1] and (1, 5] that the protocol chooses.
ends <- c(1, 5)
person_years <- do.call(rbind, lapply(seq_along(ends), function(k) {
  start <- c(0, ends)[k]
  died <- d$Recurrence == 1 & d$years <= ends[k]
  here <- d$years > start & (died | d$years >= ends[k])
  cbind(d[here, ], interval = factor(k, levels = seq_along(ends)), died = died[here])
}))
predictors <- "(Age + psa + I(T.Stage == 2) + I(bGS == 2) + I(bGS == 3) + AA + FamHx)"
hazard <- function(effects) {
  glm(as.formula(paste("died ~ interval +", effects)), binomial("cloglog"), person_years,
      control = glm.control(epsilon = 1e-14, maxit = 100))
}
cat("years, likelihood ratio",
    deviance(hazard(predictors)) - deviance(hazard(paste0("interval:", predictors))), "\n")
# Landmark models: those still at risk at the start, stopped at the end.
for (span in list(c(0, 2), c(2, 5))) {
  still <- d[d$years > span[1], ]
  stopped <- Surv(pmin(still$years, span[2]), still$Recurrence == 1 & still$years <= span[2])
  landmark <- coxph(stopped ~ Age + psa + I(T.Stage == 2) + I(bGS == 2) + I(bGS == 3) + AA + FamHx, still, control = control)
  cat("landmark", span, landmark$n, landmark$nevent, coef(landmark), "\n")
}
