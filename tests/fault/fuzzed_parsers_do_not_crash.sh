# Every parser over bytes that a fuzzer makes up, under ASan and UBSan: no crash. ROD_FUZZ is the
# build folder of the fuzz targets, e.g. build/fuzz (tools/test.sh makes it). The long form takes
# hours; ROD_FUZZ_SECONDS says how long each target runs.
. "$ROD_FAULT/support/common.sh"
export seconds="${ROD_FUZZ_SECONDS:-$(short_or_long 5 1800)}" folder="${ROD_FUZZ:-}/tests/fuzz"
[ -n "${ROD_FUZZ:-}" ] || skip "ROD_FUZZ names no build folder with fuzz targets"
mapfile -t targets < \
  <(find "$folder" -maxdepth 1 -name 'fuzz_*' -type f -executable -printf '%f\n' | sort)
[ ${#targets[@]} -gt 0 ] || skip "no fuzz targets in $folder"

# fuzz TARGET: starts from the seeds beside it; what it learns and finds stays here
fuzz() {
  mkdir "$1"
  "$folder/$1" -max_total_time="$seconds" -seed=$((ROD_SEED + 1)) -rss_limit_mb=1024 -timeout=10 \
    -print_final_stats=1 \
    -artifact_prefix="$1/crash-" "$1" "$folder/${1#fuzz_}" > "$1.log" 2>&1
}
export -f fuzz
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'fuzz {} || touch {}.failed'

for log in fuzz_*.log; do
  [ ! -e "${log%.log}.failed" ] || { tail -n 50 "$log"; base64 "${log%.log}"/crash-* ||
    true; fail "${log%.log} failed; above is what it was given"; }
done
all="$(cat fuzz_*.log | awk '/^stat::number_of_executed_units:/ { sum += $2 } END { print sum + 0 }')"
[ "$all" -gt 0 ] || fail "nothing was run"
counted "$all runs of ${#targets[@]} targets, $seconds s each: no crash"
