# The peer of crates/stats/benches/cox.rs: `coxph.fit` of R's survival on the same data, read from the file that bench leaves.
# Rscript benches/peers/cox.R FILE ROWS COLUMNS FITS; prints one JSON object. Reading is not in the time.
suppressMessages(library(survival))
arguments <- commandArgs(trailingOnly = TRUE)
rows <- as.integer(arguments[2]); columns <- as.integer(arguments[3]); fits <- as.integer(arguments[4])
input <- file(arguments[1], "rb")
time <- readBin(input, "double", rows); event <- readBin(input, "double", rows)
x <- matrix(readBin(input, "double", rows * columns), rows, columns)
close(input)
y <- Surv(time, event)
names <- as.character(seq_len(rows))
fit <- function(control) coxph.fit(x, y, NULL, NULL, NULL, control, NULL, method = "efron", rownames = names, resid = FALSE)
invisible(gc())
taken <- system.time(for (i in seq_len(fits)) f <- fit(coxph.control())) / fits
show <- function(x) paste0("[", paste(formatC(as.numeric(x), digits = 17, format = "g"), collapse = ", "), "]")
# The default stops at a relative change of the log-likelihood of 1e-9; the strict fit, not timed, is where the digits are compared.
strict <- suppressWarnings(fit(coxph.control(eps = 1e-15, iter.max = 50)))
cat(sprintf('{"wall_s": %f, "cpu_s": %f, "iterations": %d, "log_likelihood": %.17g, "coefficients": %s, "strict": %s, "std_errors": %s}\n',
            taken[["elapsed"]], taken[["user.self"]] + taken[["sys.self"]], as.integer(f$iter), strict$loglik[2], show(f$coefficients),
            show(strict$coefficients), show(sqrt(diag(strict$var)))))
