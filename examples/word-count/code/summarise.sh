#!/bin/sh
# Summarises a list of words with their counts as JSON.
# usage: summarise.sh WORDS SUMMARY
set -eu
export LC_ALL=C

awk -F '\t' '
  NR == 1 { first = $1 }
  { total += $2 }
  END {
    printf "{\"richness\": %.6f, \"distinct\": %d, \"total\": %d, \"first\": \"%s\"}\n", NR / total, NR, total, first
  }
' "$1" > "$2"
