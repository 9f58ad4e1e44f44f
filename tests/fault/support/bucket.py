"""An S3 server of this machine that checks signatures: moto (from PyPI), started by
ROD_TEST_PYTHON, which also needs boto3.
"""

import atexit
import json
import os
import pathlib
import subprocess
import time
import urllib.error
import urllib.request

from faults import fail, skip
from server import free_port

PREPARE = """
import boto3, json, sys
where = dict(endpoint_url=sys.argv[1], region_name="us-east-1")
iam = boto3.client("iam", aws_access_key_id="x", aws_secret_access_key="y", **where)
iam.create_user(UserName="u")
key = iam.create_access_key(UserName="u")["AccessKey"]
everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
allow = {"Version": "2012-10-17", "Statement": [everything]}
iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps(allow))
s3 = boto3.client("s3", aws_access_key_id=key["AccessKeyId"],
                  aws_secret_access_key=key["SecretAccessKey"], **where)
s3.create_bucket(Bucket="data")
print(json.dumps([key["AccessKeyId"], key["SecretAccessKey"]]))
"""
ACT = """
import boto3, json, os, pathlib, sys
s3 = boto3.client("s3", endpoint_url=sys.argv[1], region_name="us-east-1")
if sys.argv[2] == "put":
    s3.upload_file(sys.argv[4], "data", sys.argv[3])
elif sys.argv[2] in ("list", "get"):
    # Without Prefix, as moto's check of signatures fails for a "/" in it.
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket="data").get("Contents", [])]
    keys = [key for key in keys if key.startswith(sys.argv[3])]
    for key in keys if sys.argv[2] == "get" else []:
        path = pathlib.Path(sys.argv[4], os.path.relpath(key, sys.argv[3]))
        path.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file("data", key, str(path))
    print(json.dumps(keys))
elif sys.argv[2] == "uploads":
    uploads = s3.list_multipart_uploads(Bucket="data").get("Uploads", [])
    print(json.dumps([upload["Key"] for upload in uploads]))
"""


class Bucket:
    """The bucket `data`. The environment's credentials and endpoint are its own."""

    def __init__(self):
        self.python = os.environ.get("ROD_TEST_PYTHON", "")
        if (
            not self.python
            or subprocess.run(
                [self.python, "-c", "import moto.server, boto3"], stderr=subprocess.DEVNULL
            ).returncode
            != 0
        ):
            skip("no S3 server: pip install 'moto[server]' boto3")
        port = free_port()
        self.endpoint = f"http://127.0.0.1:{port}"
        log = open("moto.log", "wb")
        # The calls that make the user and its key are not checked yet; all others are.
        variables = os.environ | {
            "INITIAL_NO_AUTH_ACTION_COUNT": "3",
            "AWS_CONFIG_FILE": "/nowhere",
        }
        self.server = subprocess.Popen(
            [self.python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            env=variables,
            stdout=log,
            stderr=log,
        )
        atexit.register(self.server.kill)
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.endpoint}/moto-api/")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        key, secret = json.loads(self.python_output(PREPARE))
        os.environ.update(
            AWS_ACCESS_KEY_ID=key,
            AWS_SECRET_ACCESS_KEY=secret,
            AWS_ENDPOINT_URL=self.endpoint,
            AWS_CONFIG_FILE="/nowhere",
        )
        os.environ.pop("AWS_SESSION_TOKEN", None)

    def python_output(self, program, *arguments):
        done = subprocess.run(
            [self.python, "-c", program, self.endpoint, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if done.returncode != 0:
            fail(done.stderr.decode() + pathlib.Path("moto.log").read_text()[-2000:])
        return done.stdout

    def put(self, key, path):
        self.python_output(ACT, "put", key, str(path))

    def get(self, prefix, folder):
        """Everything below the prefix."""
        self.python_output(ACT, "get", prefix, str(folder))

    def list(self, prefix=""):
        return json.loads(self.python_output(ACT, "list", prefix))

    def uploads(self):
        """Those that were begun and neither completed nor given up."""
        return json.loads(self.python_output(ACT, "uploads"))
