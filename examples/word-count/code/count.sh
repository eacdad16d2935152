#!/bin/sh
# Counts the words of a text and writes lines of word, tab, count; most frequent first.
# usage: count.sh TEXT SHORTEST fold|keep WORDS
set -eu
export LC_ALL=C
text=$1 shortest=$2 case=$3 words=$4

if [ "$case" = fold ]; then
  fold() { tr 'A-Z' 'a-z'; }
else
  fold() { cat; }
fi

fold < "$text" | tr -cs 'A-Za-z' '\n' |
  awk -v shortest="$shortest" 'length($0) >= shortest' |
  sort | uniq -c | sort -k1,1nr -k2,2 |
  awk '{ print $2 "\t" $1 }' > "$words"

if ! [ -s "$words" ]; then
  echo "count: the text has no word of $shortest letters or more" >&2
  exit 1
fi
