# Golden values of crates/model/tests/model/hospitals.rs: TCGA-PRAD, every hospital held out in turn.
# Rscript tests/golden/model_tcga.R ../shared/data/clinical/tcga-cgds_prad.csv
library(survival)
options(digits = 17)
d <- read.csv(commandArgs(trailingOnly = TRUE)[1], na.strings = c("NA", ""))
d <- d[substr(d$id, 14, 15) != "06" & !is.na(d$dfs_status) & !is.na(d$dfs_months) & d$dfs_months > 0, ]
d$years <- d$dfs_months / 12
d$event <- as.numeric(d$dfs_status == "Recurred/Progressed")
d$primary <- as.numeric(d$gleason_pattern_primary >= 4)
d$pt <- as.numeric(substr(d$path_t_stage, 1, 2) != "T2")
d$margin <- c(R0 = 0, R1 = 1, R2 = 1)[as.character(d$residual_tumor)]
d$n1 <- c(N0 = 0, N1 = 1)[as.character(d$path_n_stage)]
d <- d[complete.cases(d[, c("years", "event", "gleason_score", "primary", "pt", "margin", "n1")]), ]
control <- coxph.control(eps = 1e-12, iter.max = 50)
predictors <- c("gleason_score", "primary", "pt", "margin", "n1")
model <- reformulate(predictors, "Surv(years, event)")
d$lp <- d$risk <- NA
for (hospital in unique(d$tissue_source_site)) {
  out <- d$tissue_source_site == hospital
  whole <- coxph(model, d[!out, ], control = control)
  means <- colMeans(d[!out, predictors])
  d$lp[out] <- as.matrix(d[out, predictors]) %*% coef(whole) - sum(means * coef(whole))
  flat <- survfit(whole, as.data.frame(t(means)))
  d$risk[out] <- 1 - summary(flat, times = 5, extend = TRUE)$surv ^ exp(d$lp[out])
}
cat("cases", nrow(d), "events", sum(d$event), "hospitals", length(unique(d$tissue_source_site)), "\n")
pooled <- concordance(Surv(years, event) ~ lp, d, reverse = TRUE)
cat("pooled C", pooled$concordance, sqrt(pooled$var), "\n")
cat("sum of linear predictors", sum(d$lp), "squares", sum(d$lp^2), "\n")
cat("sum of risks at 5 years", sum(d$risk), "\n")
for (hospital in sort(unique(d$tissue_source_site))) {
  h <- d[d$tissue_source_site == hospital, ]
  if (sum(h$event) >= 10) {
    c <- concordance(Surv(years, event) ~ lp, h, reverse = TRUE)
    cat("hospital", hospital, nrow(h), sum(h$event), c$concordance, sqrt(c$var), "\n")
  }
}
stopped <- Surv(pmin(d$years, 5), d$event == 1 & d$years <= 5)
slope <- coxph(stopped ~ I(log(-log(1 - d$risk))), control = control)
cat("calibration slope at 5 years", coef(slope), sqrt(vcov(slope)), "\n")
free <- function(d) summary(survfit(Surv(years, event) ~ 1, d), times = 5, extend = TRUE)$surv
cat("observed, expected at 5 years", 1 - free(d), mean(d$risk), "\n")
kk <- d[d$tissue_source_site == "KK", ]
cat("KK observed, expected at 5 years", 1 - free(kk), mean(kk$risk), max(kk$years), "\n")
