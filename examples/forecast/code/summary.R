# Lists the ranked runs with their errors, in the order of the ranking.

source(Sys.getenv("FLOWSERV_R"))

arguments <- commandArgs(trailingOnly = TRUE)
runs <- flowserv$runs(arguments[[1]])
scores <- lapply(runs, function(run) flowserv$read_object(run$files[["results/score.json"]]))
summary <- data.frame(
  group = vapply(runs, function(run) run$name, ""),
  error = vapply(scores, function(score) score$error, 0),
  worst = vapply(scores, function(score) score$worst, "")
)
dir.create(dirname(arguments[[2]]), showWarnings = FALSE)
write.csv(summary, arguments[[2]], row.names = FALSE)
