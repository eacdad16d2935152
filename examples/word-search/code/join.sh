# Joins the numbers of the texts to the values of the leaderboard: join.sh FILE...
least= total=0
for file in "$@"; do
  read -r count < "$file"
  total=$((total + count))
  if [ -z "$least" ] || [ "$count" -lt "$least" ]; then least=$count; fi
done
printf '{"least": %d, "total": %d}\n' "$least" "$total"
