# The batch scripts run for real, on a Slurm of one node that this test starts: parts, merge, training that is stopped, queued again, and finished.
. "$ROD_SOURCE/tests/install/common"
for program in slurmctld slurmd sbatch munged; do
  command -v "$program" > /dev/null || { echo "skipped: there is no $program (Debian: slurmctld, slurmd, slurm-client, munge)"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: a Slurm of one's own needs root"; exit 77; }

stop() {
  for file in slurmd slurmctld munge; do
    [ -s "$file.pid" ] || continue
    daemon="$(cat "$file.pid")"
    kill "$daemon" 2> /dev/null || true
    while kill -0 "$daemon" 2> /dev/null; do sleep 0.1; done
  done
}
trap stop EXIT
(umask 077; head -c 1024 /dev/urandom > key)
munged --force --key-file="$PWD/key" --socket="$PWD/munge.socket" --pid-file="$PWD/munge.pid" --log-file="$PWD/munge.log" --seed-file="$PWD/munge.seed" 2> /dev/null
node="$(hostname -s)"
mkdir state spool
cat > slurm.conf << END
ClusterName=rod
SlurmctldHost=$node(127.0.0.1)
AuthInfo=socket=$PWD/munge.socket,cred_expire=10
SlurmUser=root
SlurmctldPort=$((20000 + $$ % 10000))
SlurmdPort=$((30001 + $$ % 10000))
StateSaveLocation=$PWD/state
SlurmdSpoolDir=$PWD/spool
SlurmctldPidFile=$PWD/slurmctld.pid
SlurmdPidFile=$PWD/slurmd.pid
SlurmctldLogFile=$PWD/slurmctld.log
SlurmdLogFile=$PWD/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
END
export SLURM_CONF="$PWD/slurm.conf"
slurmctld -f slurm.conf
slurmd -f slurm.conf -N "$node"
until sinfo -h -o %T 2> /dev/null | grep -q idle; do sleep 0.2; done

wait_for_queue() {  # at most 200 s
  local n
  for n in $(seq 1000); do [ -n "$(squeue -h -o %i)" ] || return 0; sleep 0.2; done
  squeue; tail -n 20 ./*.log; fail "jobs do not end"
}
export PATH="$(dirname "$RODPREP")${RODTRAIN:+:$(dirname "$RODTRAIN")}:$PATH" OMP_NUM_THREADS=1
rodprep synth demo.tar --pairs 40 --classes 2 --size 32 -q
rodprep cache demo.tar whole --size 32 -q
sbatch --cpus-per-task=1 "$ROD_SOURCE/tools/slurm/cache.sbatch" "$PWD/demo.tar" "$PWD/shards" --size 32 > job
wait_for_queue
diff -r whole shards || { tail -n 20 rodprep-*.log; fail "four tasks made another data set than one machine"; }
ls -d shards.part-* 2> /dev/null && fail "parts are left over"

[ -n "$RODTRAIN" ] || exit 0
train=("$ROD_SOURCE/tools/slurm/train.sbatch" "$PWD/shards")
network=(--arch resnet10-slim --image-size 24 --batch-size 4 --device cpu --quiet)
# Stopped once by its time limit; what it is queued again for ends by itself. It waits for cred_expire.
echo 'ROD_MAX_TIME=$([ "${SLURM_RESTART_COUNT:-0}" = 0 ] && echo 1s || echo 10min)' > limit
BASH_ENV="$PWD/limit" sbatch --cpus-per-task=1 --gpus-per-node=0 "${train[@]}" "$PWD/run" "${network[@]}" --epochs 30 > job
job="$(grep -o '[0-9]*$' job)"
wait_for_queue
scontrol show job "$job" > ended
grep -q "Restarts=1 " ended || { tail -n 20 rodtrain-*.log; fail "it is not queued again after its time limit"; }
grep -q "JobState=COMPLETED" ended && [ -e run/checkpoints/step-000000120.safetensors ] || { cat ended; tail -n 20 rodtrain-*.log; fail "it does not end after 30 epochs"; }

# As many processes as the node has cores, at most two, share each batch.
tasks=$(($(nproc) < 2 ? 1 : 2))
sbatch --ntasks-per-node=$tasks --cpus-per-task=1 --gpus-per-node=0 "${train[@]}" "$PWD/shared" "${network[@]}" --max-steps 3 > job
wait_for_queue
[ -e shared/checkpoints/step-000000003.safetensors ] || { tail -n 20 rodtrain-*.log; fail "$tasks tasks did not make three steps"; }
