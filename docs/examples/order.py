#!/usr/bin/env python3
"""Orders three pictures, follows them, and saves them in the present folder. Needs nothing but Python 3.9.

OURVIDZ_URL=https://... OURVIDZ_TOKEN=... python3 order.py "a red fox in snow"
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = os.environ.get("OURVIDZ_URL", "http://127.0.0.1:8787")
TOKEN = os.environ["OURVIDZ_TOKEN"]
TRIES = 5
# Longer than the service is ever silent in a stream.
TIMEOUT_SECONDS = 60
ENDED = {"completed", "failed", "canceled"}
# No answer, or half of one.
LOST = (urllib.error.URLError, http.client.HTTPException, OSError)


class Refused(Exception):
    """The service said no, and trying again will not help."""


def send(method, path, body=None, headers=None):
    """One request; the response is open, so that a stream can be read."""
    request = urllib.request.Request(
        URL + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"authorization": f"Bearer {TOKEN}", "content-type": "application/json", **(headers or {})},
    )
    return urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS)


def call(method, path, body=None, headers=None):
    """The JSON of an answer. Whatever may pass is tried again, after as long as the service says."""
    for attempt in range(1, TRIES + 1):
        try:
            with send(method, path, body, headers) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            if not problem["retryable"] or attempt == TRIES:
                raise Refused(f"{problem['error']} ({problem['code']})") from error
            pause = float(error.headers.get("retry-after") or 2**attempt / 2)
        except LOST:
            if attempt == TRIES:
                raise
            pause = 2**attempt / 2
        time.sleep(pause)


def events(job, last):
    """The events of one connection behind `last`: (id, kind, data) each. A connection may end at any time."""
    fields = {}
    with send("GET", f"/api/jobs/{job}/events", headers={"last-event-id": last}) as stream:
        for line in stream:
            name, _, value = line.decode().rstrip("\r\n").partition(": ")
            if name:
                fields[name] = value
                continue
            # An empty line ends an event.
            if "data" in fields:
                yield fields["id"], fields["event"], json.loads(fields["data"])
            fields = {}


def follow(job):
    """Waits for the end of a job, and tells what happens. Events are news; the state alone is the truth."""
    last = "0"
    while True:
        try:
            for last, kind, data in events(job, last):
                print(kind, data.get("progress", ""))
        except LOST:
            pass
        state = call("GET", f"/api/jobs/{job}")
        if state["status"] in ENDED:
            return state
        time.sleep(1)


def main():
    order = {"jobType": "sdxl_image_fast", "metadata": {"prompt": " ".join(sys.argv[1:]), "num_images": 3}}
    # The same key for every try: whether or not an answer got lost, there is one job.
    created = call("POST", "/functions/v1/queue-job", order, {"idempotency-key": str(uuid.uuid4())})
    print("job", created["job"]["id"])
    job = follow(created["job"]["id"])
    if job["status"] != "completed":
        raise Refused(f"{job['status']}: {job['error_message']}")
    for asset in job["assets"]:
        name = f"picture-{asset['image_index']}.png"
        # The address is signed; it wants no token.
        urllib.request.urlretrieve(asset["url"], name)
        print(name)


if __name__ == "__main__":
    try:
        main()
    except Refused as refusal:
        sys.exit(str(refusal))
