"""How long a run takes to go on: resume.py RODTRAIN DATA FOLDER [ROUNDS]

Seconds from the start of `rodtrain --resume` until it says that it trains (the first batch comes
some milliseconds later), beside a new run's: ResNet-18 with all of its state, a batch small enough
for a CPU. Prints medians.
"""
import shutil, signal, statistics, subprocess, sys, time

rodtrain, data, folder = sys.argv[1:4]
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
line = [
    rodtrain,
    "--data",
    data,
    "--logdir",
    folder,
    "--device",
    "cpu",
    "--image-size",
    "24",
    "--batch-size",
    "2",
    "--resume",
]


def until_it_trains():
    start = time.perf_counter()
    process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
    for said in process.stderr:
        if said.startswith("training "):
            break
    seconds = time.perf_counter() - start
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    process.stderr.read()
    assert process.wait() == 143, process.returncode
    return seconds


results = {"new": [], "resumed": []}
for _ in range(rounds):
    shutil.rmtree(folder, ignore_errors=True)
    for name in results:
        results[name].append(until_it_trains())
for name, seconds in results.items():
    print(f"{name}: {statistics.median(seconds):.2f} s of {', '.join(f'{s:.2f}' for s in seconds)}")
