# Golden values of crates/model/tests/model/frozen.rs: risk by horizon with its 95 % interval for new cases of the Cleveland
# Clinic cohort. `survfit.coxph` with its defaults: Efron's hazard where the fit has Efron's ties, interval on the log scale.
# Rscript tests/golden/score_cleveland.R ../shared/data/clinical/blood_storage.csv
library(survival)
options(digits = 17)
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
d <- d[complete.cases(d[, c("Age", "PreopPSA", "T.Stage", "bGS", "AA", "FamHx", "TimeToRecurrence")]), ]
d$years <- d$TimeToRecurrence / 12
d$psa <- log2(d$PreopPSA)
d$t2 <- as.numeric(d$T.Stage == 2); d$g2 <- as.numeric(d$bGS == 2); d$g3 <- as.numeric(d$bGS == 3)
control <- coxph.control(eps = 1e-12, iter.max = 50)
# A man near the middle, one of low and one of high risk.
new <- data.frame(Age = c(61, 55.5, 68.25), psa = log2(c(6, 2, 25)), t2 = c(0, 0, 1), g2 = c(1, 0, 0), g3 = c(0, 0, 1),
                  AA = c(0, 0, 1), FamHx = c(0, 1, 0))
for (ties in c("efron", "breslow")) {
  fitted <- coxph(Surv(years, Recurrence) ~ Age + psa + t2 + g2 + g3 + AA + FamHx, d, ties = ties, control = control)
  # Against the means of all columns; `predict` leaves columns of 0 and 1 where they are (`nocenter`).
  against <- sweep(as.matrix(new), 2, colMeans(d[, names(new)]))
  cat(ties, "linear predictors", against %*% coef(fitted), "\n")
  curves <- summary(survfit(fitted, new), times = c(2, 5))
  for (time in 1:2) {
    cat(ties, "years", curves$time[time], "risk", 1 - curves$surv[time, ], "\n")
    cat("  lower", 1 - curves$upper[time, ], "\n  upper", 1 - curves$lower[time, ], "\n")
  }
}
