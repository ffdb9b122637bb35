# Golden values of crates/cli/tests/analyse.rs: docs/studies/three-hospitals.yaml, counted and fitted apart.
# Rscript tests/golden/three_hospitals.R ../shared/data/clinical
library(survival)
options(digits = 17)
folder <- commandArgs(trailingOnly = TRUE)[1]
three <- function(score) cut(as.numeric(score), c(0, 6, 7, 10), labels = c("6 or less", "7", "8 to 10"))
confined <- function(stage) ifelse(is.na(stage), NA, ifelse(substr(stage, 1, 2) == "T2", "yes", "no"))
c <- read.csv(file.path(folder, "blood_storage.csv"))
cleveland <- data.frame(hospital = "Cleveland", months = c$TimeToRecurrence, event = c$Recurrence,
                        grade = factor(c(NA, "6 or less", "7", "8 to 10")[c$sGS]),
                        confined = ifelse(c$OrganConfined == 1, "yes", "no"))
read <- function(name) read.delim(file.path(folder, name), comment.char = "#", na.strings = c("NA", ""))
m <- merge(read("prad_mskcc_data_clinical_sample.txt"), read("prad_mskcc_data_clinical_patient.txt"), by = "PATIENT_ID")
m <- m[m$SAMPLE_CLASS == "PRIMARY", ]
mskcc <- data.frame(hospital = "MSKCC", months = m$DFS_MONTHS,
                    event = c(Recurred = 1, DiseaseFree = 0)[as.character(m$DFS_STATUS)],
                    grade = three(suppressWarnings(as.numeric(as.character(m$GLEASON_SCORE)))),
                    confined = confined(as.character(m$PATH_T_STAGE)))
t <- read.csv(file.path(folder, "tcga-cgds_prad.csv"), na.strings = c("NA", ""))
t <- t[substr(t$id, 14, 15) != "06", ]
tcga <- data.frame(hospital = "TCGA", months = t$dfs_months,
                   event = c("Recurred/Progressed" = 1, DiseaseFree = 0)[as.character(t$dfs_status)],
                   grade = three(t$gleason_score), confined = confined(as.character(t$path_t_stage)))
d <- rbind(cleveland, mskcc, tcga)
d$years <- d$months / 12
d <- d[complete.cases(d) & d$years > 0, ]
d$g7 <- as.numeric(d$grade == "7")
d$g8 <- as.numeric(d$grade == "8 to 10")
d$out <- as.numeric(d$confined == "no")
print(table(d$hospital, d$event))
control <- coxph.control(eps = 1e-12, iter.max = 50)
fitted <- function(d) coxph(Surv(years, event) ~ g7 + g8 + out, d, control = control)
predictors <- c("g7", "g8", "out")
lp <- function(model, train, d) as.matrix(d[, predictors]) %*% coef(model) - sum(colMeans(train[, predictors]) * coef(model))
free <- function(d, t) summary(survfit(Surv(years, event) ~ 1, d), times = t, extend = TRUE)$surv
held <- function(train, test) {
  model <- fitted(train)
  test$lp <- as.vector(lp(model, train, test))
  flat <- survfit(model, as.data.frame(t(colMeans(train[, predictors]))))
  test$risk <- 1 - summary(flat, times = 5, extend = TRUE)$surv ^ exp(test$lp)
  test
}
all <- do.call(rbind, lapply(unique(d$hospital), function(h) held(d[d$hospital != h, ], d[d$hospital == h, ])))
c_of <- function(d) concordance(Surv(years, event) ~ lp, d, reverse = TRUE)$concordance
cat("pooled", nrow(all), sum(all$event), c_of(all), "\n")
for (h in unique(d$hospital)) {
  one <- all[all$hospital == h, ]
  cat(h, nrow(one), sum(one$event), "C", c_of(one), "O/E at 5", (1 - free(one, 5)) / mean(one$risk), "\n")
}
for (a in unique(d$hospital)) for (b in setdiff(unique(d$hospital), a)) {
  one <- held(d[d$hospital == a, ], d[d$hospital == b, ])
  cat("fitted on", a, "tested on", b, "C", c_of(one), "O/E at 5", (1 - free(one, 5)) / mean(one$risk), "\n")
}
