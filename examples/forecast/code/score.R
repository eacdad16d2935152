# Compares a forecast with what was observed. Both are CSV files with the columns month and visitors.

fail <- function(message) {
  cat("score: ", message, "\n", sep = "", file = stderr())
  quit(status = 1)
}

arguments <- commandArgs(trailingOnly = TRUE)
truth <- read.csv(arguments[[2]])
forecast <- tryCatch(read.csv(arguments[[1]]), error = function(error) fail("the forecast is not a CSV file"))
if (!all(c("month", "visitors") %in% names(forecast))) fail("the forecast needs the columns month and visitors")

guessed <- suppressWarnings(as.numeric(forecast$visitors))[match(truth$month, forecast$month)]
missing <- truth$month[!is.finite(guessed)]
if (length(missing) > 0) fail(paste("no number of visitors for", paste(missing, collapse = ", ")))

errors <- abs(guessed - truth$visitors)
dir.create(dirname(arguments[[3]]), showWarnings = FALSE)
score <- sprintf('{"error": %.3f, "worst": "%s"}', mean(errors), truth$month[which.max(errors)])
writeLines(score, arguments[[3]])
