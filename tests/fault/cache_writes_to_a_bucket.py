"""`cache SOURCE s3://…`: the data set in the bucket is that of a folder, in parts where shards are
large, dataset.json last; after a kill the same command finishes; training, verify and Python's
tools read it where it lies.
"""

import os
import subprocess
import time

from bucket import Bucket
from faults import RODPREP, counted, differences, fail, fresh, needs, rng, run, short_or_long

needs("rodprep")
bucket = Bucket()
run([RODPREP, "synth", "a.tar", "--pairs", "100", "--size", "256", "-q"], code=0)
CACHE = [RODPREP, "cache", "a.tar"]
# above and below the size of a part
OPTIONS = ["--codec", "raw", "--shard-size", "20MB", "--keep-free", "0", "-q"]
run([*CACHE, "whole", *OPTIONS], code=0)


def must_hold(prefix):
    """The bucket's objects below the prefix are the data set."""
    fresh("found")
    bucket.get(prefix, "found")
    if wrong := differences("whole", "found"):
        fail(str(wrong[:5]))


def cache_to(prefix, **variables):
    return [*CACHE, f"s3://data/{prefix}", *OPTIONS, "--local-dir", "local"]


code, messages = run(cache_to("one/shards"))
if code != 0:
    fail(messages)
must_hold("one/shards")
if os.path.exists("local/bucket") and os.listdir("local/bucket"):
    fail("the copies of this machine were not removed")
if bucket.uploads():
    fail("an upload was left open")
run([RODPREP, "verify", "s3://data/one/shards", "-q"], code=0)
run([RODPREP, "info", "s3://data/one/shards/"], code=0)

kills = 0
for n in range(short_or_long(1, 10)):
    for _ in range(short_or_long(1, 20)):
        child = subprocess.Popen(cache_to(f"killed/{n}"), stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(0.1, 2))
        if child.poll() is None:
            child.kill()
            kills += 1
        child.wait()
        keys = bucket.list(f"killed/{n}")
        if f"killed/{n}/dataset.json" in keys:
            must_hold(f"killed/{n}")
    run(cache_to(f"killed/{n}"), code=0)
    must_hold(f"killed/{n}")

# Another data set at the same place.
code, messages = run(
    [
        *CACHE,
        "s3://data/one/shards",
        "--size",
        "32",
        "-q",
        "--keep-free",
        "0",
        "--local-dir",
        "local",
    ]
)
if code != 3 or "holds another data set" not in messages:
    fail(f"exit code {code}: {messages}")
must_hold("one/shards")
code, messages = run(
    [*CACHE, "https://127.0.0.1/shards", "-q", "--keep-free", "0", "--local-dir", "local"]
)
if code != 2 or "can't be written to" not in messages:
    fail(f"exit code {code}: {messages}")
counted(
    f"a data set of {len(bucket.list('one/shards'))} files in a bucket, and {kills} kills: the"
    " bytes of the folder, dataset.json last"
)
