"""The batch scripts run for real, on a Slurm of one node that this test starts: partitions, merge,
and training that is stopped, queued again, and finished.
"""

import contextlib
import glob
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

SOURCE, RODPREP, RODTRAIN = os.environ["ROD_SOURCE"], os.environ["RODPREP"], os.environ["RODTRAIN"]
HERE, NODE, CORES = os.getcwd(), socket.gethostname().split(".")[0], len(os.sched_getaffinity(0))
NETWORK = [
    "--arch",
    "resnet10-slim",
    "--image-size",
    "24",
    "--batch-size",
    "4",
    "--device",
    "cpu",
    "--quiet",
]
CONFIG = """\
ClusterName=rod
SlurmctldHost={node}(127.0.0.1)
AuthInfo=socket={here}/munge.socket,cred_expire=10
SlurmUser=root
SlurmctldPort={controller_port}
SlurmdPort={node_port}
StateSaveLocation={here}/state
SlurmdSpoolDir={here}/spool
SlurmctldPidFile={here}/slurmctld.pid
SlurmdPidFile={here}/slurmd.pid
SlurmctldLogFile={here}/slurmctld.log
SlurmdLogFile={here}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1
NodeName={node} NodeAddr=127.0.0.1 CPUs={cores} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def run(*command, **variables):
    """Runs a program with these environment variables and returns its stdout; fails unless it
    succeeds.
    """
    done = subprocess.run(
        [str(word) for word in command],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        text=True,
    )
    check(done.returncode == 0, f"exit code {done.returncode}: {' '.join(map(str, command))}")
    return done.stdout


def check(condition, what, *logs):
    """Ends the test with `what`, after the ends of the files that the patterns `logs` name."""
    if condition:
        return
    for file in [file for pattern in logs for file in sorted(glob.glob(pattern))]:
        print(
            f"==> {file}",
            *pathlib.Path(file).read_text(errors="replace").splitlines()[-20:],
            sep="\n",
        )
    sys.exit(what)


def wait(condition, what, seconds):
    end = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < end, what, "*.log")
        time.sleep(0.1)


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def start_slurm():
    """Starts munge, the controller and a node, whose files are all in this folder. Returns when the
    node is idle.
    """
    with open("key", "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as key:
        key.write(os.urandom(1024))
    files = [f"--{name}={HERE}/munge.{end}" for name, end in (
        ("socket", "socket"), ("pid-file", "pid"), ("log-file", "log"), ("seed-file", "seed"))]
    subprocess.run(
        ["munged", "--force", f"--key-file={HERE}/key", *files],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    for folder in ("state", "spool"):
        os.mkdir(folder)
    ports = {
        "controller_port": 20000 + os.getpid() % 10000,
        "node_port": 30001 + os.getpid() % 10000,
    }
    pathlib.Path("slurm.conf").write_text(CONFIG.format(node=NODE, here=HERE, cores=CORES, **ports))
    os.environ["SLURM_CONF"] = f"{HERE}/slurm.conf"
    run("slurmctld", "-f", "slurm.conf")
    run("slurmd", "-f", "slurm.conf", "-N", NODE)
    sinfo = ["sinfo", "-h", "-o", "%T"]
    wait(
        lambda: "idle" in subprocess.run(sinfo, capture_output=True, text=True).stdout,
        "the node does not start",
        60,
    )


def stop_slurm():
    for name in ("slurmd", "slurmctld", "munge"):
        file = pathlib.Path(f"{name}.pid")
        if not file.exists() or not file.read_text().strip():
            continue
        daemon = int(file.read_text())
        with contextlib.suppress(ProcessLookupError):
            os.kill(daemon, signal.SIGTERM)
        while alive(daemon):
            time.sleep(0.1)


def submit(*words, **variables):
    """Queues a batch script and waits, at most 200 s, until no job is left. Returns the job's
    number.
    """
    answer = run("sbatch", *words, **variables)
    wait(lambda: run("squeue", "-h", "-o", "%i") == "", "jobs do not end", 200)
    return re.search(r"\d+$", answer.strip())[0]


def makes_a_data_set():
    run("rodprep", "synth", "demo.tar", "--pairs", 40, "--classes", 2, "--size", 32, "-q")
    run("rodprep", "cache", "demo.tar", "whole", "--size", 32, "-q")
    submit(
        "--cpus-per-task=1",
        f"{SOURCE}/tools/slurm/cache.sbatch",
        f"{HERE}/demo.tar",
        f"{HERE}/shards",
        "--size",
        32,
    )
    check(
        subprocess.run(["diff", "-r", "whole", "shards"]).returncode == 0,
        "four tasks made another data set than one machine",
        "rodprep-*.log",
    )
    check(not glob.glob("shards.part-*"), "parts are left over")


def trains():
    script = [f"{SOURCE}/tools/slurm/train.sbatch", f"{HERE}/shards"]
    # Stopped once by its time limit; what it is queued again for ends by itself. It waits for
    # cred_expire.
    pathlib.Path("limit").write_text(
        'ROD_MAX_TIME=$([ "${SLURM_RESTART_COUNT:-0}" = 0 ] && echo 1s || echo 10min)\n')
    job = submit(
        "--cpus-per-task=1",
        "--gpus-per-node=0",
        *script,
        f"{HERE}/run",
        *NETWORK,
        "--epochs",
        30,
        BASH_ENV=f"{HERE}/limit",
    )
    ended = run("scontrol", "show", "job", job)
    check("Restarts=1 " in ended, "it is not queued again after its time limit", "rodtrain-*.log")
    check(
        "JobState=COMPLETED" in ended
        and os.path.exists("run/checkpoints/step-000000120.safetensors"),
        f"{ended}\nit does not end after 30 epochs",
        "rodtrain-*.log",
    )

    # As many processes as the node has cores, at most two, share each batch.
    tasks = min(CORES, 2)
    submit(
        f"--ntasks-per-node={tasks}",
        "--cpus-per-task=1",
        "--gpus-per-node=0",
        *script,
        f"{HERE}/shared",
        *NETWORK,
        "--max-steps",
        3,
    )
    check(
        os.path.exists("shared/checkpoints/step-000000003.safetensors"),
        f"{tasks} tasks did not make three steps",
        "rodtrain-*.log",
    )


def main():
    # what the tests are run with is not for the scripts that are tested
    for name in ("ROD_BUILD", "ROD_TORCH"):
        os.environ.pop(name, None)
    for program in ("slurmctld", "slurmd", "sbatch", "munged"):
        if shutil.which(program) is None:
            skip(f"there is no {program} (Debian: slurmctld, slurmd, slurm-client, munge)")
    if os.getuid() != 0:
        skip("a Slurm of one's own needs root")
    folders = [os.path.dirname(program) for program in (RODPREP, RODTRAIN) if program]
    os.environ |= {"PATH": os.pathsep.join([*folders, os.environ["PATH"]]), "OMP_NUM_THREADS": "1"}
    try:
        start_slurm()
        makes_a_data_set()
        if RODTRAIN:
            trains()
    finally:
        stop_slurm()


main()
