# Golden values of crates/model/tests/model/baselines.rs: published models and a re-fit on real cohorts, written apart from
# the Rust code. Rscript tests/golden/baselines.R ../shared/data/clinical
library(survival)
options(digits = 15)
folder <- commandArgs(trailingOnly = TRUE)[1]
table_of <- function(file) read.csv(file.path(folder, file), colClasses = "character", na.strings = c("NA", ""))

# TCGA-PRAD: tumours with follow-up, with the PSA and the biopsy grade of the 333 men of the marker paper.
tcga <- merge(table_of("tcga-cgds_prad.csv"), table_of("tcga-cgds_prad-cell.csv")[, c("id", "preoperative_psa", "clinical_gleason")],
              by = "id", all.x = TRUE)
tcga <- tcga[!is.na(tcga$dfs_status) & !is.na(tcga$dfs_months) & !grepl("\\.06$", tcga$id), ]
tcga <- tcga[as.numeric(tcga$dfs_months) > 0, ]
outcome <- Surv(as.numeric(tcga$dfs_months) / 12, tcga$dfs_status == "Recurred/Progressed")
cat("TCGA", nrow(tcga), "events", sum(outcome[, 2]), "\n")
age <- as.numeric(tcga$age)
psa <- as.numeric(tcga$preoperative_psa)
patterns <- function(first, second) {
  first <- as.numeric(first); second <- as.numeric(second); sum <- first + second
  ifelse(sum <= 6, 1, ifelse(sum == 7, ifelse(first == 3, 2, 3), ifelse(sum == 8, 4, 5)))
}
biopsy <- patterns(substr(tcga$clinical_gleason, 1, 1), substr(tcga$clinical_gleason, 3, 3))
specimen <- patterns(tcga$gleason_pattern_primary, tcga$gleason_pattern_secondary)
stage <- c(T1c = 0, T2a = -0.45329289, T2b = -0.84437351, T2c = -0.91932975, T3a = -1.33843876, T3b = -1.33843876,
           T4 = -1.33843876)[tcga$clin_t_stage]
ece <- ifelse(is.na(tcga$path_t_stage), NA, !startsWith(tcga$path_t_stage, "T2"))
svi <- ifelse(tcga$path_t_stage == "T4", NA, tcga$path_t_stage == "T3b")
lni <- tcga$path_n_stage == "N1"
margin <- ifelse(tcga$residual_tumor == "RX", NA, tcga$residual_tumor != "R0")

# rms writes the restricted cubic spline as a sum of truncated cubes; so does the page of MSKCC.
knots <- c(0.2, 4.78, 7.3, 307)
cube <- function(x) pmax(x, 0)^3
term <- function(j) {
  cube(psa - knots[j]) - cube(psa - knots[3]) * (knots[4] - knots[j]) / (knots[4] - knots[3]) +
    cube(psa - knots[4]) * (knots[3] - knots[j]) / (knots[4] - knots[3])
}
report <- function(name, risk, reason) {
  known <- is.na(reason)
  stopifnot(!anyNA(risk[known]))
  cat(name, sum(known), "events", sum(outcome[known, 2]), "C", concordance(outcome[known] ~ risk[known], reverse = TRUE)$concordance, "\n")
  print(table(reason))
}
first_reason <- function(...) {
  conditions <- list(...); found <- rep(NA_character_, nrow(tcga))
  for (name in names(conditions)) found[is.na(found) & conditions[[name]] %in% TRUE] <- name
  found
}

before <- 7.00157453 - 0.00642905 * age - 0.48533206 * psa + 0.00414155 * term(1) - 0.01158187 * term(2) +
  c(0, -1.12333324, -2.1860852, -2.64539245, -3.00742926)[biopsy] + stage
report("pre-operative", -before, first_reason(
  "PSA is missing" = is.na(psa), "PSA is above 50" = psa > 50, "grade is missing" = is.na(biopsy), "age is missing" = is.na(age),
  "stage is missing" = is.na(tcga$clin_t_stage), "stage is unknown" = is.na(stage)))
cat("flagged", sum(psa > 25 & psa <= 50 & !is.na(before), na.rm = TRUE), "\n")

after <- 6.23257641 + 0.00025361 * age - 0.34431919 * psa + 0.00318132 * term(1) - 0.00892723 * term(2) +
  c(0, -1.03042113, -2.16779384, -2.78081863, -2.79342781)[specimen] - 0.65710185 * ece - 0.47268471 * svi -
  1.20414399 * lni - 0.94994848 * margin
report("post-operative", -after, first_reason(
  "PSA is missing" = is.na(psa), "PSA is above 50" = psa > 50, "age is missing" = is.na(age), "grade is missing" = is.na(specimen),
  "ECE is missing" = is.na(ece), "SVI is missing" = is.na(svi), "LNI is missing" = is.na(lni),
  "margin is missing" = is.na(tcga$residual_tumor), "margin is unknown" = is.na(margin)))

points <- as.numeric(cut(psa, c(-Inf, 6, 10, 20, Inf))) - 1 + pmin(specimen - 1, 3) + 2 * margin + ece + 2 * svi + lni
report("CAPRA-S", points, first_reason(
  "PSA is missing" = is.na(psa), "grade is missing" = is.na(specimen), "margin is missing" = is.na(tcga$residual_tumor),
  "margin is unknown" = is.na(margin), "ECE is missing" = is.na(ece), "SVI is missing" = is.na(svi), "LNI is missing" = is.na(lni)))

# Cleveland: PSA, biopsy grade and stage fitted without every fifth man in turn (by row of the complete ones).
d <- read.csv(file.path(folder, "blood_storage.csv"))
d <- d[complete.cases(d[, c("Age", "PreopPSA", "T.Stage", "bGS", "AA", "FamHx", "TimeToRecurrence")]), ]
fold <- (seq_len(nrow(d)) - 1) %% 5
held_out <- numeric(nrow(d))
for (k in 0:4) {
  fitted <- coxph(Surv(TimeToRecurrence / 12, Recurrence) ~ log2(PreopPSA) + I(T.Stage == 2) + I(bGS == 2) + I(bGS == 3),
                  d[fold != k, ], control = coxph.control(eps = 1e-10, toler.chol = 1e-12, iter.max = 50))
  # Centred at the means of the training part.
  x <- cbind(log2(d$PreopPSA), d$T.Stage == 2, d$bGS == 2, d$bGS == 3)
  held_out[fold == k] <- sweep(x, 2, colMeans(x[fold != k, ]))[fold == k, ] %*% coef(fitted)
}
cat("Cleveland", nrow(d), "re-fit C", concordance(Surv(TimeToRecurrence / 12, Recurrence) ~ held_out, d, reverse = TRUE)$concordance, "\n")
