"""The data set at an address whose server cuts, is busy, sends other ranges: shards are copied to
--local-dir in the order of need, and checkpoints, metrics and evaluation are those of a run on the
local folder. The same from a bucket that `cache` wrote to.
"""

import os
import pathlib
import shutil
import subprocess
import time

from faults import RODPREP, RODTRAIN, counted, fail, fresh, rng, run, short_or_long, skip
from server import PASSING, Server
from training import SMALL, Trainer, command, same_run
from training import messages as messages_of_trainer

fresh("data")
run(
    [RODPREP, "cache", "demo.tar", "data", "--size", "32", "--shard-size", "40KiB", "--quiet"],
    code=0,
)
ORDER = ["--order", "window", "--window", "2", "--max-steps", "24", "--epochs", "100"]
run(command("--logdir", "whole", "--quiet", *ORDER), code=0)
server = Server(
    {
        "/" + str(path): path.read_bytes()
        for path in pathlib.Path("data").rglob("*")
        if path.is_file()
    }
)
address = server.address("/data", "me:s3cret@") + "?t0ken"
code, messages = run([RODPREP, "info", address])
if "built without libcurl" in messages:
    skip("the programs are built without libcurl")
whole_server = Server(
    {
        f"/{path.relative_to('data')}": path.read_bytes()
        for path in pathlib.Path("data").rglob("*")
        if path.is_file()
    }
)
for root in ("", "/"):  # the data set is all that the server has
    run([RODPREP, "verify", whole_server.address("").rstrip("/") + root, "--quiet"], code=0)


def train(data, *options, **variables):
    fresh("run")
    return run(
        command("--logdir", "run", "--local-dir", "local", *ORDER, *options, data=data),
        code=0,
        **variables,
    )[1]


rounds = short_or_long(1, 20)
for _ in range(rounds):
    fresh("local")
    server.again(lambda request: rng.choice([None] * 4 * len(PASSING) + list(PASSING)))
    train(address)
    same_run("whole", "run")
    copies = sum(
        path.name.endswith(".safetensors") for path in pathlib.Path("local/shards").rglob("*")
    )
    if copies < 3:
        fail(f"{copies} shards were copied")
    server.again(lambda request: rng.choice([None] * 4 * len(PASSING) + list(PASSING)))
    messages = train(address, "--local-limit", "150KiB")
    same_run("whole", "run")
    for text in [
        messages,
        *(
            path.read_text(errors="replace")
            for path in pathlib.Path("run").rglob("*.*")
            if path.is_file()
        ),
    ]:
        if "s3cret" in text or "t0ken" in text:
            fail("credentials were written down")
counted(
    f"{rounds} times, a server that fails in {len(PASSING)} ways and little room: the bytes of a"
    " run on a local disk"
)

evaluation = [RODTRAIN, "eval", "whole/best.safetensors", "--device", "cpu", "--json", "--data"]
server.again(lambda request: rng.choice([None, "cut", "503"]))
found = [
    subprocess.run([*evaluation, data], stdout=subprocess.PIPE, check=True).stdout
    for data in ("data", address)
]
if found[0] != found[1]:
    fail("the evaluation differs")
predict = [RODTRAIN, "predict", "whole/best.safetensors", "--device", "cpu", "--json"]
predict += ["--split", "ROD", "--quiet"]
server.again(lambda request: rng.choice([None, "cut", "503"]))
found = [
    subprocess.run([*predict, data], stdout=subprocess.PIPE, check=True).stdout
    for data in ("data", address)
]
if found[0] != found[1] or not found[0]:
    fail("the predictions differ")
code, messages = run([*predict, address, "photo.png"])
if code != 2 or "give it as the only SOURCE" not in messages or "s3cret" in messages:
    fail(f"exit code {code}: {messages}")

kills, runs, wanted = 0, 0, short_or_long(1, 200)
while kills < wanted:
    fresh("run")
    fresh("local")
    while True:
        server.again(lambda request: rng.choice([None] * 20 * len(PASSING) + list(PASSING)))
        options = ["--logdir", "run", "--local-dir", "local", "--local-limit", "150KiB", "--resume"]
        trainer = Trainer(command(*options, *ORDER, data=address))
        time.sleep(rng.uniform(0.2, 3))
        if kills >= wanted or not trainer.alive():
            break
        trainer.kill()
        kills += 1
    if trainer.wait() != 0:
        fail(f"after {kills} kills: {messages_of_trainer()}")
    same_run("whole", "run")
    runs += 1
counted(
    f"{kills} kills of runs on the data set at its address, resumed: the bytes of {runs} undisturbed"
    " runs"
)

for file in ("dataset.json", "ROD/00000.safetensors"):
    fresh("local")
    server.again(
        lambda request: "changed" if request.path.endswith(file) and request.number > 12 else None
    )
    server.files[f"/data/{file}"] = server.files[f"/data/{file}"][:-1] + b"x"
    fresh("run")
    code, messages = run(command("--logdir", "run", "--local-dir", "local", *ORDER, data=address))
    if code != 3 or file not in messages:
        fail(f"a damaged {file}: exit code {code}\n{messages}")
    server.files[f"/data/{file}"] = pathlib.Path("data", file).read_bytes()
counted("evaluation, predictions and two damaged files at an address: the same result, or named")
