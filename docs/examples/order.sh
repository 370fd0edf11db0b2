#!/bin/sh
# Orders three pictures with curl, follows them, and saves them in the present folder.
#   OURVIDZ_URL=https://... OURVIDZ_TOKEN=... sh order.sh "a red fox in snow"
set -eu
prompt=${1:?usage: order.sh PROMPT}
key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
answers=$(mktemp -d)
trap 'rm -rf "$answers"' EXIT

# A field of the JSON in a file: field FILE job id
field() {
  python3 -c 'import functools, json, sys
value = functools.reduce(lambda part, name: part[int(name) if name.isdigit() else name], sys.argv[2:], json.load(open(sys.argv[1])))
print(value)' "$@"
}

api() {
  curl --silent --show-error --fail-with-body --max-time 60 -H "authorization: Bearer $OURVIDZ_TOKEN" "$@"
}

# The prompt goes into JSON by a program that knows how to write it.
PROMPT=$prompt python3 -c 'import json, os
print(json.dumps({"jobType": "sdxl_image_fast", "metadata": {"prompt": os.environ["PROMPT"], "num_images": 3}}))' > "$answers/order.json"

submit() {
  curl --silent --show-error --max-time 60 --output "$answers/created.json" --write-out '%{http_code}' \
    -H "authorization: Bearer $OURVIDZ_TOKEN" -H 'content-type: application/json' -H "idempotency-key: $key" \
    --data-binary "@$answers/order.json" "$OURVIDZ_URL/functions/v1/queue-job"
}

# The key makes it safe to send again: whether or not an answer got lost, there is one job. 000 is no answer.
for pause in 1 2 4 8 none; do
  status=$(submit) || status=000
  case $status in
    200) break ;;
    000 | 408 | 409 | 429 | 5??) [ "$pause" = none ] || { sleep "$pause"; continue; } ;;
  esac
  cat "$answers/created.json" >&2
  exit 1
done
job=$(field "$answers/created.json" job id)
echo "job $job"

# What happens, as it happens. The stream ends with the job; when it ends before, it goes on behind the last event.
last=0
while :; do
  api --no-buffer "$OURVIDZ_URL/api/jobs/$job/events" -H "last-event-id: $last" > "$answers/events" || true
  sed -n 's/^event: //p' "$answers/events"
  last=$(sed -n 's/^id: //p' "$answers/events" | tail -n 1 | grep . || echo "$last")
  api "$OURVIDZ_URL/api/jobs/$job" > "$answers/job.json" || { sleep 1; continue; }
  status=$(field "$answers/job.json" status)
  case $status in completed | failed | canceled) break ;; esac
  sleep 1
done

if [ "$status" != completed ]; then
  echo "$status: $(field "$answers/job.json" error_message)" >&2
  exit 1
fi
for index in 0 1 2; do
  curl --silent --show-error --fail --output "picture-$index.png" "$(field "$answers/job.json" assets "$index" url)"
  echo "picture-$index.png"
done
