# Four tasks of a Slurm array, at the same time, make four parts; merged they are what one machine
# makes, byte for byte.
"$RODPREP" synth source.tar --pairs 160 --size 32 -q
options=(--size 48 --shard-size 200KB -q)
"$RODPREP" cache source.tar whole "${options[@]}"

for task in 1 2 3 4; do
  SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 \
    "$RODPREP" cache source.tar "part-$task" --part auto "${options[@]}" & tasks[task]=$!
done
for task in 1 2 3 4; do wait "${tasks[task]}"; done
"$RODPREP" merge merged part-* -q --json > report.json
grep -q '"pairs": 160' report.json
diff -r whole merged
"$RODPREP" verify merged -q

code=0
"$RODPREP" merge again part-1 part-2 part-4 2> messages || code=$?
[ "$code" = 3 ]
grep -qF "missing: 3" messages
"$RODPREP" cache source.tar part-3 --part 2/4 "${options[@]}" 2> messages && exit 1
grep -qF 'part was "3/4", is now "2/4"' messages

# The same under mpirun, where there is one.
command -v mpirun > /dev/null || exit 0
mpirun --allow-run-as-root --oversubscribe -n 4 sh -c \
  '"$0" cache source.tar "mpi-$OMPI_COMM_WORLD_RANK" --part auto --size 48 --shard-size 200KB -q' \
    "$RODPREP"
"$RODPREP" merge merged-mpi mpi-* -q
diff -r whole merged-mpi
