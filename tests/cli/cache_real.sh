# Real crops, 304 pairs of either edition: the same data set from folder and archive, for any number
# of jobs, under 1 GiB.
[ -n "$ROD_TEST_PYTHON" ] || { echo "no ROD_TEST_PYTHON"; exit 77; }
[ -e "$SHARED/tools/make_rod_tar.py" ] || { echo "no $SHARED/tools/make_rod_tar.py"; exit 77; }
for edition in 2022 2020; do
  "$ROD_TEST_PYTHON" "$SHARED/tools/make_rod_tar.py" "$edition.tar" --edition "$edition"
  mkdir "$edition"
  tar xf "$edition.tar" -C "$edition"
  "$RODPREP" cache "$edition.tar" "from-archive-$edition" -q --json > report.json
  grep -q '"pairs": 304' report.json
  grep -q "ROD-synROD $edition" report.json
  "$RODPREP" cache "$edition" "from-folder-$edition" -q -j 1
  "$RODPREP" cache "$edition/ROD-synROD" "from-inner-folder-$edition" -q -j 8
  diff -r "from-archive-$edition" "from-folder-$edition"
  diff -r "from-archive-$edition" "from-inner-folder-$edition"
  "$RODPREP" verify "from-archive-$edition" -q
  "$RODPREP" info "from-archive-$edition" | grep -q '^soda_can *41 *24 *5 *19$'
  "$RODPREP" preview "from-archive-$edition" "$edition.png" --split synROD-train -q
  [ -s "$edition.png" ]
done
