#!/bin/sh
# Compares the labels of a filter with the correct ones.
# usage: score.sh MESSAGES all|few LABELS FOLDER
# Participants do not see the output of this step, so its exit code identifies the mistake in the labels.
set -eu
messages=$1 part=$2 labels=$3 folder=$4

fail() {
  echo "score: $2" >&2
  exit "$1"
}

if [ "$part" = few ]; then lines=5; else lines=1000; fi
[ -f "$labels" ] || fail 10 "the filter did not write $labels"
expected=$(head -n "$lines" "$messages" | wc -l | tr -d ' ')
given=$(wc -l < "$labels" | tr -d ' ')
[ "$given" -eq "$expected" ] || fail 11 "$labels has $given lines, but there are $expected messages"
# A line with a tab would count as two columns below.
wrong=$(grep -nvxE 'spam|ham' "$labels" | head -n 1 | cut -d : -f 1)
[ -z "$wrong" ] || fail 12 "line $wrong of $labels is neither spam nor ham"

head -n "$lines" "$messages" | paste "$labels" - | awk -F '\t' -v folder="$folder" '
  $1 == $2 { right++; next }
  $2 == "spam" { missed++; next }
  { lost++ }
  END {
    printf "{\"accuracy\": %.6f, \"missed\": %d, \"lost\": %d, \"messages\": %d}\n", right / NR, missed, lost, NR > (folder "/scores.json")
  }
'
