"""An S3 server for tests, moto's, in a process of its own; and a bucket in it, which anybody may read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "a secret of nobody's", "AWS_REGION": "us-east-1"}

_SERVER = """
import logging
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
"""


@dataclass
class Bucket:
    """It, at an endpoint."""

    endpoint: str
    name: str = "votes"

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of a program."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.endpoint}

    def address(self, prefix: str) -> str:
        """The address for publish."""
        return f"s3://{self.name}/{prefix}"

    def url(self, prefix: str) -> str:
        """The public address for readers."""
        return f"{self.endpoint}/{self.name}/{prefix}"

    def store(self, prefix: str | None = None) -> Any:
        """It, for tests to look into and to harm."""
        from obstore.store import S3Store

        options: Any = {"allow_http": True}
        return S3Store(
            self.name,
            prefix=prefix,
            endpoint=self.endpoint,
            region="us-east-1",
            access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            client_options=options,
        )

    def contents(self, prefix: str) -> dict[str, bytes]:
        """Every object below a prefix."""
        import obstore

        store = self.store(prefix)
        names = [each["path"] for page in obstore.list(store) for each in page]
        return {name: bytes(obstore.get(store, name).bytes()) for name in names}


@contextmanager
def serving_bucket() -> Iterator[Bucket]:
    """A bucket, empty."""
    with subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            bucket = Bucket(f"http://127.0.0.1:{int(server.stdout.readline())}")
            _make(bucket)
            yield bucket
        finally:
            server.kill()


def _make(bucket: Bucket) -> None:
    """Make it, for everybody to read."""
    import boto3

    client: Any = boto3.client(
        "s3",
        endpoint_url=bucket.endpoint,
        region_name=KEYS["AWS_REGION"],
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
    )
    client.create_bucket(Bucket=bucket.name)
    every = f"arn:aws:s3:::{bucket.name}/*"
    reading = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": every}
    client.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [reading]}))
