# Counts a word in a text, and writes the number to a file: count.sh WORD TEXT OUTPUT
case "$1" in
  '' | *[!A-Za-z]*)
    echo "count: '$1' is not a word of the letters A to Z" >&2
    exit 1
    ;;
esac
word=$(printf %s "$1" | tr A-Z a-z)
tr A-Z a-z < "$2" | tr -cs a-z '\n' | grep -cx "$word" > "$3" || true
