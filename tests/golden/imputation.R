# Reference values of crates/stats: Rubin's rules on given fits, and what chained equations find on real cases with gaps.
# R 4.2, survival 3.5, mice 3.15, mitml 0.4-4. Run in a folder that holds pbc312.csv: Rscript imputation.R. Constants in crates/stats/tests are
# these lines.
suppressMessages({library(survival); library(mice)})
show <- function(name, x) cat(name, formatC(as.numeric(x), digits = 16, format = "g"), "\n")
pbc <- read.csv("pbc312.csv")
n <- nrow(pbc); row <- 0:(n - 1)
pbc$ev <- as.integer(pbc$st > 0)

# Tails
show("2 pt(-2.3, 4.7)", 2 * pt(-2.3, 4.7)); show("qt(.975, c(1, 4.7, 300))", qt(0.975, c(1, 4.7, 300)))
show("pf(3.1, 3, 17.5)", pf(3.1, 3, 17.5, lower.tail = FALSE)); show("pf(40, 2, 6)", pf(40, 2, 6, lower.tail = FALSE))

# Five tables that differ in every fourth lb and every fifth edema, taken from another row.
fits <- lapply(1:5, function(m) {
  d <- pbc
  d$lb <- ifelse(row %% 4 == 0, pbc$lb[(row * 7 * m + m) %% n + 1], pbc$lb)
  d$edema <- ifelse(row %% 5 == 0, pbc$edema[(row * 3 * m + m) %% n + 1], pbc$edema)
  coxph(Surv(etime, ev) ~ age + edema + lb, d)
})
p <- pool(as.mira(fits)); s <- p$pooled
show("estimate", s$estimate); show("variance", s$t); show("df", s$df); show("fmi", s$fmi); show("dfcom", s$dfcom)
q <- summary(p, conf.int = TRUE); show("p", q$p.value); show("lower", q[["2.5 %"]])
show("df, dfcom infinite", pool(as.mira(fits), dfcom = Inf)$pooled$df)
alone <- lapply(fits, function(f) coxph(Surv(etime, ev) ~ age, pbc))
show("D1 edema, lb: F, degrees, p, increase", mitml::testModels(fits, alone, method = "D1")$test)

# Chained equations: lb and swollen (edema above 0) with gaps that hang on age, the event and chance. 400 imputations, so
# that the noise of mice is small beside that of ours.
u <- (row * 61 + 17) %% 97 / 97; v <- (row * 43 + 5) %% 89 / 89
d <- data.frame(age = pbc$age, lb = pbc$lb, swollen = as.integer(pbc$edema > 0), ev = pbc$ev, H = nelsonaalen(pbc, etime, ev))
d$lb[u < plogis(-1 + 0.06 * (pbc$age - 50) + pbc$ev)] <- NA
d$swollen[v < plogis(-1.5 + 0.8 * pbc$ev)] <- NA
show("missing lb, swollen", colSums(is.na(d))[c("lb", "swollen")])
d$swollen <- factor(d$swollen)
i <- mice(d, m = 400, maxit = 10, method = c("", "pmm", "logreg", "", ""), seed = 1, printFlag = FALSE)
all <- lapply(seq_len(400), function(m) complete(i, m))
gap <- is.na(d$lb); hole <- is.na(d$swollen)
each <- function(name, f) { x <- sapply(all, f); show(paste(name, "mean, sd"), c(mean(x), sd(x))) }
each("imputed lb mean", function(c) mean(c$lb[gap])); each("imputed lb sd", function(c) sd(c$lb[gap]))
each("imputed swollen", function(c) mean(c$swollen[hole] == 1))
fit <- pool(as.mira(lapply(all, function(c) coxph(Surv(pbc$etime, pbc$ev) ~ c$age + c$lb + (c$swollen == 1)))))
show("pooled", fit$pooled$estimate); show("se", sqrt(fit$pooled$t)); show("b", fit$pooled$b); show("fmi", fit$pooled$fmi)
