"""An archive at an address whose server misbehaves: what may pass is tried again and the bytes are
those of the local file; what does not pass ends with a message that names it. Credentials appear
nowhere. kill -9 at random moments: the rerun finishes, and of a plain tar what was unpacked is not
fetched again.
"""

import hashlib
import io
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import time

from faults import (
    LONG,
    RODPREP,
    counted,
    differences,
    fail,
    fresh,
    needs,
    rng,
    run,
    short_or_long,
    skip,
)
from server import PASSING, Server, free_port

needs("rodprep")
QUICK = ["--keep-free", "0"]


def make_archive():
    """Larger than some blocks of the reader, so that several connections are at work."""
    run([RODPREP, "synth", "pairs.tar", "--pairs", "80", "--size", "32", "-q"], code=0)
    with (
        tarfile.open("pairs.tar") as pairs,
        tarfile.open("a.tar", "w", format=tarfile.PAX_FORMAT) as out,
    ):
        for member in pairs:
            out.addfile(member, pairs.extractfile(member) if member.isfile() else None)
            if member.name.endswith(".txt"):
                note = tarfile.TarInfo(member.name + ".notes.md")
                note.size = 6_000_000
                out.addfile(note, io.BytesIO(rng.randbytes(note.size)))
    return pathlib.Path("a.tar").read_bytes()


def extract(address, *options, to="dest"):
    return [RODPREP, "extract", address, to, *QUICK, *options]


def cache(address, *options, to="dest"):
    return [RODPREP, "cache", address, to, "--size", "32", *QUICK, *options]


def must_equal(whole, when):
    wrong = differences(whole, "dest")
    if wrong:
        fail(f"{when}: {wrong[:5]}")


DATA = make_archive()
SHA256 = hashlib.sha256(DATA).hexdigest()
server = Server({"/a.tar": DATA, "/empty.tar": b""})
code, messages = run(extract(server.address("/a.tar"), "--list"))
if "built without libcurl" in messages:
    skip("rodprep is built without libcurl")
run(extract("a.tar", to="extracted"), code=0)
run(cache("a.tar", to="cached"), code=0)


def check_passing(rounds):
    """Faults at random requests; each pass has them all."""
    done = 0
    for n in range(rounds):
        for number, fault in enumerate(PASSING):
            hit = {1, rng.randint(2, 4)} if n == 0 else {rng.randint(1, 6), rng.randint(1, 12)}
            both = ((extract, "extracted"), (cache, "cached"))
            for command, whole in both if LONG else (both[number % 2],):
                fresh("dest")
                server.again(lambda request: fault if request.number in hit else None)
                code, messages = run(command(server.address("/a.tar"), "--sha256", SHA256))
                if code != 0:
                    fail(f"{fault} at requests {hit}: exit code {code}\n{messages}")
                must_equal(whole, f"{fault} at requests {hit}")
                done += 1
    counted(
        f"{done} archives from a server that fails in {len(PASSING)} ways: equal to the local ones"
    )


def check_every_answer_cut():
    """Each answer brings a third of what is left, which counts as progress."""
    fresh("dest")
    server.again(lambda request: "cut")
    run(extract(server.address("/a.tar"), "--retry", "1s"), code=0)
    must_equal("extracted", "every answer is cut")


def check_named_ends():
    always = {
        "no connection to the server": (1, lambda r: None, f"http://127.0.0.1:{free_port()}/a.tar"),
        "can't be resolved, ": (1, lambda r: None, "http://no-such-host.invalid/a.tar"),
        "answered 401: it refuses access": (1, lambda r: (401,), None),
        "answered 403: it refuses access": (1, lambda r: (403,), None),
        "answered 404: there is nothing": (3, lambda r: None, server.address("/b.tar")),
        "answered 503 (unavailable), ": (1, lambda r: "503", None),
        "answered 429 (too many requests), ": (1, lambda r: "429", None),
        "asks to wait 1 h": (1, lambda r: (503, [("Retry-After", "3600")]), None),
        "content encoding": (1, lambda r: "gzip", None),
        "changed while it was being read: it had": (
            3,
            lambda r: "grown" if r.number > 2 else None,
            None,
        ),
        "with another ETag or date": (3, lambda r: "changed" if r.number > 2 else None, None),
        "the server sent bytes 1 to": (1, lambda r: "other range" if r.number > 1 else None, None),
        "readable Content-Range": (1, lambda r: "no range header" if r.number > 1 else None, None),
        "more than was asked": (1, lambda r: "long" if r.number > 1 else None, None),
        "the connection was cut": (1, lambda r: "nothing", None),
        "headers are too long": (
            1,
            lambda r: (206, [(f"X-{n}", "x" * 4000) for n in range(20)]),
            None,
        ),
        "more than 5 times": (1, lambda r: (302, [("Location", f"/{r.number}")]), None),
        "not a web address": (1, lambda r: (302, [("Location", "gopher://127.0.0.1/")]), None),
        "by another scheme": (
            1,
            lambda r: (302, [("Location", server.address("/a.tar").replace("http", "https"))]),
            None,
        ),
        "is empty": (3, lambda r: None, server.address("/empty.tar")),
    }
    if LONG:
        always["bytes/s for 30 s"] = (1, lambda r: "stall" if r.number > 1 else None, None)
    for text, (expected, choose, address) in always.items():
        fresh("dest")
        server.again(choose)
        start = time.monotonic()
        patient = text.endswith(", ") or "wait" in text
        code, messages = run(
            extract(address or server.address("/a.tar"), "--retry", "1s" if patient else "0s")
        )
        if code != expected or text not in messages:
            fail(f"expected exit code {expected} and '{text}', got {code}:\n{messages}")
        if time.monotonic() - start > 60:
            fail(f"'{text}' came after {time.monotonic() - start:.0f} s")
    for digest, code in (("0" * 64, 3), (SHA256, 0), (SHA256.upper(), 0), ("12", 2)):
        for command in (extract, cache):
            fresh("dest")
            server.again()
            found, messages = run(command(server.address("/a.tar"), "--sha256", digest))
            if found != code or (code == 3 and "its SHA-256 is" not in messages):
                fail(f"--sha256 {digest}: exit code {found}\n{messages}")
    counted(f"{len(always) + 2} faults that do not pass: each a named end")


def check_other_servers():
    """Without ranges, without marks, behind redirects, with TLS."""
    for what, ranges, etag, modified in (
        ("no ranges", False, '"first"', None),
        ("no marks", True, None, None),
        ("no ranges, no marks", False, None, None),
    ):
        server.ranges, server.etag, server.modified = ranges, etag, modified
        for command, whole in ((extract, "extracted"), (cache, "cached")):
            fresh("dest")
            server.again(lambda request: "cut" if request.number == 2 else None)
            run(command(server.address("/a.tar"), "--spool", "spool"), code=0)
            must_equal(whole, what)
    server.ranges = False
    fresh("dest")
    server.again()
    found, messages = run(
        extract(server.address("/a.tar"), "--spool", "spool", "--spool-limit", "1MB")
    )
    if found != 4 or "is on a server without range requests" not in messages:
        fail(f"a spool that is too small: exit code {found}\n{messages}")
    server.ranges, server.etag, server.modified = True, '"first"', None
    # What a redirect led to is valid for two requests, as signed addresses are for some minutes.
    uses = {}

    def redirects(request):
        if not request.query:
            return (302, [("Location", f"/b/../a.tar?signed={request.number}")])
        uses[request.query] = uses.get(request.query, 0) + 1
        return (403,) if uses[request.query] > 2 else None

    fresh("dest")
    server.again(redirects)
    run(extract(server.address("/a.tar")), code=0)
    must_equal("extracted", "redirects that expire")
    # A server's credentials go to no other.
    other = Server(server.files)
    fresh("dest")
    server.again(lambda request: (307, [("Location", other.address("/a.tar"))]))
    run(extract(server.address("/a.tar", "user:pass%40word@")), code=0)
    must_equal("extracted", "a redirect to another server")
    if not all(request.authorization for request in server.requests) or any(
        request.authorization for request in other.requests
    ):
        fail("credentials went to the wrong server")
    fresh("dest")
    fresh("spool-too-small")
    server.again()
    run(
        cache(server.address("/a.tar"), "--spool", "spool-too-small", "--spool-limit", "9MB"),
        code=0,
    )
    must_equal("cached", "what does not fit in the spool is fetched again")
    counted(
        "servers without ranges or marks, redirects that expire or lead to another server, a small"
        " spool: equal bytes"
    )


def check_credentials_stay_secret():
    secrets = ("s3cret", "t0ken")
    fresh("dest")
    server.again(lambda request: "503" if request.number == 2 else "slow")
    address = server.address("/a.tar?key=t0ken", "user:s3cret@")
    with open("messages", "wb") as log:
        child = subprocess.Popen(cache(address, "--inventory", "--json"), stdout=log, stderr=log)
        line = b""
        while child.poll() is None:
            if len(server.requests) > 1:
                line += pathlib.Path(f"/proc/{child.pid}/cmdline").read_bytes()
            time.sleep(0.01)
    if child.returncode != 0 or not line:
        fail(pathlib.Path("messages").read_text())
    if not all(
        request.query == "key=t0ken" and request.authorization for request in server.requests
    ):
        fail("the credentials were not sent")
    for options in ([], ["--retry", "0s"]):
        server.again(lambda request: (403,) if not options else "nothing")
        _, messages = run(extract(address, *options))
        line += messages.encode()
    line += pathlib.Path("messages").read_bytes()
    files = [path.read_bytes() for path in pathlib.Path("dest").rglob("*") if path.is_file()]
    for secret in secrets:
        if any(secret.encode() in text for text in [line, *files]):
            fail(f"{secret} is shown")
    counted("credentials are in no message, no file, and not in the list of processes")


def check_repair():
    """Bad shards of a data set are made again of the archive at its address."""
    fresh("dest")
    shutil.copytree("cached", "dest")
    shard = sorted(pathlib.Path("dest").rglob("*.safetensors"))[0]
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    pathlib.Path("spool").mkdir(exist_ok=True)
    address = server.address("/a.tar?key=t0ken", "user:s3cret@")
    server.again(lambda request: {2: "cut", 3: "503"}.get(request.number))
    code, messages = run([RODPREP, "verify", "dest", "--repair", address, "--spool", "spool"])
    if code != 0 or "s3cret" in messages or "t0ken" in messages:
        fail(f"exit code {code}: {messages}")
    must_equal("cached", "repaired")
    if list(pathlib.Path("spool").iterdir()):
        fail("the spool was not removed")
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    server.again(lambda request: (404,))
    code, messages = run([RODPREP, "verify", "dest", "--repair", address])
    if code != 3 or "answered 404" not in messages or not shard.exists():
        fail(f"exit code {code}: {messages}")
    counted("a shard was made again of an archive at an address")


def kill_at_random_moments(wanted):
    kills = 0
    while kills < wanted:
        command, whole = rng.choice(((extract, "extracted"), (cache, "cached")))
        fresh("dest")
        for _ in range(6):
            server.again(lambda request: rng.choice([None, "slow", "cut"]))
            child = subprocess.Popen(
                command(server.address("/a.tar"), "-q", "--jobs", "2"), stderr=subprocess.DEVNULL
            )
            time.sleep(rng.uniform(0, 0.7))
            if child.poll() is None:
                child.kill()
                kills += 1
            child.wait()
        server.again()
        done = subprocess.run(
            command(server.address("/a.tar"), "--json", "-q"), stdout=subprocess.PIPE, check=True
        )
        must_equal(whole, f"after {kills} kills")
    counted(f"{kills} kills: each rerun gave the local bytes")
    # An extraction that was cut in the middle does not begin anew.
    fresh("dest")
    server.again(
        lambda request: (
            (403,) if int(request.range[6:].split("-")[0] or 0) > len(DATA) * 2 // 3 else None
        )
    )
    code, messages = run(extract(server.address("/a.tar"), "-q"))
    if code != 1:
        fail(f"exit code {code}, expected 1: {messages}")
    server.again()
    done = subprocess.run(
        extract(server.address("/a.tar"), "--json", "-q"), stdout=subprocess.PIPE, check=True
    )
    must_equal("extracted", "after a refusal in the middle")
    read = json.loads(done.stdout)["read"]
    if read > len(DATA) * 3 // 4:
        fail(f"{read} of {len(DATA)} bytes were read again")
    server.etag = '"second"'
    for path in pathlib.Path("dest").rglob("*"):
        if path.is_file() and path.stat().st_size > 1000:
            path.unlink()
            break
    run(extract(server.address("/a.tar"), "-q"), code=0)
    must_equal("extracted", "another version of the archive")


check_passing(short_or_long(1, 20))
check_every_answer_cut()
check_named_ends()
check_other_servers()
check_credentials_stay_secret()
check_repair()
kill_at_random_moments(short_or_long(6, 200))
