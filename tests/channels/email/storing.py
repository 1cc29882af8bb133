"""A real S3 in this process: moto's server, which checks signatures with Amazon's own library, and policies."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
from botocore.config import Config
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"
MAILS, OTHER = "veloria-mails", "veloria.other"
READS = ("s3:GetObject", "s3:ListBucket")


class Amazon:
    """The store, and users whose keys may do certain things."""

    def __init__(self, url: str) -> None:
        self.url = url
        root = {"aws_access_key_id": "root", "aws_secret_access_key": "root", "endpoint_url": url, "region_name": REGION}
        self.iam = boto3.client("iam", **root)
        self.s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}), **root)
        for bucket in (MAILS, OTHER):
            self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        users = {"reader": READS, "getter": READS[:1], "lister": READS[1:], "stranger": ("s3:ListAllMyBuckets",)}
        self.keys = {name: self._user(name, may) for name, may in users.items()}

    def _user(self, name: str, may: tuple[str, ...]) -> tuple[str, str]:
        self.iam.create_user(UserName=name)
        rule = {"Effect": "Allow", "Action": list(may), "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [rule]})
        self.iam.put_user_policy(UserName=name, PolicyName="mails", PolicyDocument=document)
        made = self.iam.create_access_key(UserName=name)["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]

    def puts(self, name: str, content: bytes, bucket: str = MAILS, **metadata: str) -> None:
        """As SES puts a mail there."""
        with self._open():
            self.s3.put_object(Bucket=bucket, Key=name, Body=content, Metadata=metadata)

    def empties(self) -> None:
        """Everything is gone."""
        with self._open():
            for bucket in (MAILS, OTHER):
                for one in self.s3.list_objects_v2(Bucket=bucket).get("Contents", ()):
                    self.s3.delete_object(Bucket=bucket, Key=one["Key"])

    @contextlib.contextmanager
    def _open(self) -> Iterator[None]:
        """Whoever runs the store needs no key."""
        self.checks(after=float("inf"))
        try:
            yield
        finally:
            self.checks(after=0)

    def checks(self, after: float) -> None:
        """From so many requests on, signatures and policies are checked."""
        httpx.post(f"{self.url}/moto-api/reset-auth", content=str(after).encode(), trust_env=False).raise_for_status()

    def settings(self, **more: Any) -> dict[str, Any]:
        """What an account has to be set to."""
        return {"s3_region": REGION, "s3_bucket": MAILS, "s3_endpoint": self.url, **more}


@contextlib.contextmanager
def running() -> Iterator[Amazon]:
    """The store while the block lasts."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        found = Amazon(f"http://{host}:{port}")
        found.checks(after=0)
        yield found
        found.checks(after=float("inf"))
    finally:
        server.stop()
