"""Writes tests/fixtures/signatures/vectors.json: what Python's own libraries make of the signed formats.

The formats are implemented once more here, from their descriptions and on other libraries (hmac, hashlib,
datetime, and botocore for S3), so that the tests compare two independent implementations. Also a reference
for whoever writes a worker in another language. Run it only to add a case:

    pip install botocore==1.43.11 && python3 tests/tools/signatures/make_vectors.py
"""

import base64
import datetime
import hashlib
import hmac
import json
import pathlib
import urllib.parse
from unittest import mock

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

OUTPUT = pathlib.Path(__file__).parents[2] / "fixtures/signatures/vectors.json"
NOW_S = 1_795_255_200  # 2026-11-21T10:00:00Z
USER = "0188d1a4-7b3c-4f00-8a11-0123456789ab"
JOB = "7f0c3b52-9f1e-4a77-b0de-5a2c1d3e4f50"


def mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def whsec(secret: bytes) -> str:
    return "whsec_" + base64.b64encode(secret).decode()


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def webhooks():
    for length, message_id, body in [
        (24, "msg_1", "{}"),
        (32, "msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}'),
        (48, "a-b_c:d", '{"prompt":"ünïcödé 🎨"}'),
        (64, "x" * 256, ""),
    ]:
        secret = bytes(range(length))
        tag = mac(secret, f"{message_id}.{NOW_S}.{body}".encode())
        signature = "v1," + base64.b64encode(tag).decode()
        yield {"secret": whsec(secret), "id": message_id, "timestamp": NOW_S, "body": body, "signature": signature}


def worker_secrets():
    for worker_id in ["gpu-1", "local-preview", "wörker 🎨"]:
        shared = bytes(range(32))
        own = mac(shared, b"ourvidz.worker-secret.v1\0" + worker_id.encode())
        yield {"shared": whsec(shared), "worker_id": worker_id, "secret": whsec(own)}


def attempt_tokens():
    for attempt in [1, 2, 10, 4_294_967_295]:
        secret = hashlib.sha256(b"attempt").digest()
        tag = mac(secret, f"ourvidz.attempt-token.v1:{JOB}:{attempt}".encode())
        token = f"ovt1.{attempt}.{base64url(tag)}"
        yield {"secret": secret.hex(), "job": JOB, "attempt": attempt, "token": token}


def access_tokens():
    base = {"sub": USER, "aud": "authenticated", "role": "authenticated", "exp": NOW_S + 3600, "iat": NOW_S}
    for admin, anonymous in [(False, False), (True, False), (False, True)]:
        claims = base | {"is_anonymous": anonymous, "app_metadata": {"role": "admin"} if admin else {}}
        parts = [{"alg": "HS256", "typ": "JWT"}, claims]
        signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
        secret = "super-secret-jwt-token-with-at-least-32-characters"
        token = f"{signed}.{base64url(mac(secret.encode(), signed.encode()))}"
        yield {"secret": secret, "token": token, "user_id": USER, "is_admin": admin, "is_anonymous": anonymous}


def presigned():
    plain = f"{USER}/sdxl_{JOB}_1_0.png"
    strange = "a b/ü+&=?#%41/[x]~é*('!)@:,;$.png"
    upload = [["content-type", "image/png"], ["content-length", "123456"]]
    for method, endpoint, region, layout, key, expires_s, headers in [
        ("GET", "https://s3.us-east-1.amazonaws.com", "us-east-1", "buckets", plain, 5400, []),
        ("GET", "http://127.0.0.1:8787/cdn-cgi/local/r2/s3", "auto", "buckets", strange, 5400, []),
        ("GET", "https://abc.supabase.co/storage/v1/s3", "eu-central-1", "prefixes:my-media", strange, 604800, []),
        ("HEAD", "https://account.r2.cloudflarestorage.com", "auto", "prefixes", plain, 60, []),
        ("DELETE", "https://account.r2.cloudflarestorage.com:9443", "auto", "buckets", plain, 60, []),
        ("PUT", "http://127.0.0.1:8787/cdn-cgi/local/r2/s3", "auto", "buckets", plain, 600, upload),
        ("PUT", "https://account.r2.cloudflarestorage.com", "auto", "buckets", strange, 600, upload[:1]),
    ]:
        bucket = "sdxl_image_fast"
        prefix = {"buckets": "", "prefixes": "/ourvidz"}.get(layout, "/" + layout.partition(":")[2])
        path = f"{prefix}/{bucket}/{urllib.parse.quote(key, safe='/~')}"
        request = AWSRequest(method=method, url=endpoint + path, headers=dict(headers))
        secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
        signer = S3SigV4QueryAuth(Credentials("AKIAIOSFODNN7EXAMPLE", secret), "s3", region, expires=expires_s)
        now = datetime.datetime.fromtimestamp(NOW_S, datetime.timezone.utc)
        with mock.patch("botocore.auth.get_current_datetime", return_value=now):
            signer.add_auth(request)
        yield {
            "endpoint": endpoint,
            "region": region,
            "layout": layout,
            "access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "secret_access_key": secret,
            "method": method,
            "bucket": bucket,
            "key": key,
            "expires_s": expires_s,
            "headers": headers,
            "now_ms": NOW_S * 1000,
            "url": request.prepare().url,
        }


def fingerprints():
    for value in [
        None,
        [],
        {"b": [1, {"z": 1, "a": "A"}], "a": None},
        {"prompt": "ünïcödé 🎨 \"quoted\" \\ \n \u0001", "seed": 0, "strength": 0.5},
        {"é": 1, "z": 2, "": 3, "a": {"num_images": 6, "negative": -7}},
    ]:
        canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        yield {"value": value, "canonical": canonical, "sha256": digest}


def moments():
    for text in ["1970-01-01", "1999-12-31", "2000-02-29", "2026-11-21", "2100-03-01", "2400-02-29", "9999-12-31"]:
        for time in ["00:00:00.000", "12:34:56.789", "23:59:59.999"]:
            moment = datetime.datetime.fromisoformat(f"{text}T{time}+00:00")
            epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
            ms = (moment - epoch) // datetime.timedelta(milliseconds=1)
            yield {"text": f"{text}T{time}Z", "ms": ms}


GENERATORS = [webhooks, worker_secrets, attempt_tokens, access_tokens, presigned, fingerprints, moments]

if __name__ == "__main__":
    vectors = {generator.__name__: list(generator()) for generator in GENERATORS}
    OUTPUT.write_text(json.dumps({"now_s": NOW_S, **vectors}, indent=2, ensure_ascii=False) + "\n")
