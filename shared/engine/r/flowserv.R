# Access to the ranked runs that a post-processing step gets as its input: runs.json, a list of runs in the order of
# the ranking, and a folder with the files of each run, named by the run's id.
#
#   source(Sys.getenv("FLOWSERV_R"))
#   runs <- flowserv$runs("runs")

flowserv <- local({
  # Returns the content of a JSON document: objects and arrays as lists, null as NULL.
  read_object <- function(filename) {
    text <- paste(readLines(filename, encoding = "UTF-8", warn = FALSE), collapse = "\n")
    pattern <- paste0(
      '"(?:[^"\\\\]|\\\\.)*"',
      "|-?[0-9]+(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null|[][{}:,]"
    )
    tokens <- regmatches(text, gregexpr(pattern, text, perl = TRUE))[[1]]
    at <- 0
    take <- function() tokens[[at <<- at + 1]]
    # Reads members up to the closing bracket.
    members <- function(end, read) {
      found <- list()
      if (tokens[[at + 1]] == end) {
        at <<- at + 1
        return(found)
      }
      repeat {
        found <- read(found)
        if (take() == end) return(found)
      }
    }
    value <- function() {
      token <- take()
      if (token == "{") {
        return(members("}", function(found) {
          name <- unquote(take())
          take()
          c(found, setNames(list(value()), name))
        }))
      }
      if (token == "[") return(members("]", function(found) c(found, list(value()))))
      if (startsWith(token, '"')) return(unquote(token))
      switch(token, true = TRUE, false = FALSE, null = NULL, as.numeric(token))
    }
    value()
  }

  # Returns the text of a JSON string.
  unquote <- function(token) {
    text <- substring(token, 2, nchar(token) - 1)
    if (!grepl("\\", text, fixed = TRUE)) return(text)
    pattern <- "\\\\u[dD][89abAB][0-9a-fA-F]{2}\\\\u[0-9a-fA-F]{4}|\\\\u[0-9a-fA-F]{4}|\\\\."
    found <- gregexpr(pattern, text, perl = TRUE)
    regmatches(text, found) <- list(vapply(regmatches(text, found)[[1]], character_of, ""))
    text
  }

  character_of <- function(escape) {
    kind <- substring(escape, 2, 2)
    if (kind != "u") {
      return(switch(kind, b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", kind))
    }
    code <- strtoi(substring(escape, 3, 6), 16)
    if (nchar(escape) == 12) {
      code <- 0x10000 + (code - 0xD800) * 0x400 + strtoi(substring(escape, 9, 12), 16) - 0xDC00
    }
    intToUtf8(code)
  }

  # Returns the ranked runs below a folder, in the order of the ranking, named by their ids. Each has run_id, name,
  # files (paths by name) and results (values by column, as the leaderboard shows them).
  runs <- function(folder) {
    found <- lapply(read_object(file.path(folder, "runs.json")), function(run) {
      names <- vapply(run$files, identity, "")
      files <- setNames(file.path(folder, rep(run$id, length(names)), names), names)
      list(run_id = run$id, name = run$name, files = files, results = run$results)
    })
    setNames(found, vapply(found, function(run) run$run_id, ""))
  }

  list(runs = runs, read_object = read_object)
})
