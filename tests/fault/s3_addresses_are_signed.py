"""Archives in a bucket of an S3 server that checks signatures: the bytes of the local archive;
credentials that are wrong, expired or absent end with a message that says so.
"""

import os
import pathlib

from bucket import Bucket
from faults import RODPREP, counted, differences, fail, fresh, needs, run, skip
from server import Server

needs("rodprep")
bucket = Bucket()
run([RODPREP, "synth", "a.tar", "--pairs", "80", "--size", "32", "-q"], code=0)
run([RODPREP, "cache", "a.tar", "cached", "--size", "32"], code=0)
run([RODPREP, "extract", "a.tar", "extracted"], code=0)
bucket.put("dir/a.tar", "a.tar")
if "built without libcurl" in run([RODPREP, "extract", "s3://data/dir/a.tar", "--list"])[1]:
    skip("rodprep is built without libcurl")


def must_read(*options, **variables):
    for command, whole in ((["cache", "--size", "32"], "cached"), (["extract"], "extracted")):
        fresh("dest")
        run([RODPREP, *command, "s3://data/dir/a.tar", "dest", *options], code=0, **variables)
        if wrong := differences(whole, "dest"):
            fail(str(wrong[:5]))


def must_end(text, expected, address="s3://data/dir/a.tar", *options, **variables):
    code, messages = run(
        [RODPREP, "extract", address, "dest", "--retry", "0s", *options], **variables
    )
    if code != expected or text not in messages:
        fail(f"expected exit code {expected} and '{text}', got {code}:\n{messages}")
    if os.environ["AWS_SECRET_ACCESS_KEY"] in messages:
        fail("the secret is shown")


must_read()
must_read(
    "--endpoint", bucket.endpoint, "--region", "us-east-1", AWS_ENDPOINT_URL="http://127.0.0.1:1"
)
pathlib.Path("credentials").write_text(
    f"[lab]\naws_access_key_id = {os.environ['AWS_ACCESS_KEY_ID']}\naws_secret_access_key ="
    f" {os.environ['AWS_SECRET_ACCESS_KEY']}\n"
)
lab = {"AWS_SHARED_CREDENTIALS_FILE": "credentials", "AWS_ACCESS_KEY_ID": ""}
must_read(AWS_PROFILE="lab", **lab)
must_end("has no aws_access_key_id", 2, AWS_PROFILE="other", **lab)
must_end("the credentials are wrong", 1, AWS_SECRET_ACCESS_KEY="wrong")
must_end("the credentials are wrong", 1, AWS_ACCESS_KEY_ID="AKIAWRONG")
must_end("there is nothing at this address", 3, "s3://data/dir/b.tar")
must_end("there is no such bucket", 1, "s3://nobody/dir/b.tar")
must_end("expected https://HOST", 2, "s3://data/dir/a.tar", "--endpoint", "s3://data")

# Answers that this server does not give.
other = Server({})
for code, status, advice in (
    ("ExpiredToken", 400, "the credentials have expired"),
    ("RequestTimeTooSkewed", 403, "clock is wrong"),
    ("PermanentRedirect", 301, "give --region"),
    ("AuthorizationHeaderMalformed", 400, "give --region"),
    ("\x1b[31m", 403, "it refuses access"),
):
    other.again(lambda request: (status, [], f"<Error><Code>{code}</Code></Error>".encode()))
    must_end(advice, 1, AWS_ENDPOINT_URL=other.address(""), AWS_SESSION_TOKEN="temporary")
    if other.requests[0].headers["x-amz-security-token"] != "temporary":
        fail("the session's token was not sent")
counted(
    "6 archives from a bucket: the local bytes; 11 faults of credentials and addresses: each a"
    " named end"
)
