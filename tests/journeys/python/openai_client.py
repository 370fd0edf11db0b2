"""OpenAI's client for Python, unchanged: run by openai-python.test.mjs, which gives it an address and a key."""

import base64
import sys
import urllib.request

import openai

PNG = b"\x89PNG\r\n\x1a\n"

base_url, key = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key=key)

pictures = client.images.generate(model="sdxl_image_fast", prompt="a red fox in snow", n=3, size="1024x1024")
assert len(pictures.data) == 3
for picture in pictures.data:
    with urllib.request.urlopen(picture.url) as answer:
        assert answer.read(8) == PNG

inline = client.images.generate(prompt="a red fox in snow", response_format="b64_json", quality="high")
assert base64.b64decode(inline.data[0].b64_json)[:8] == PNG
assert (inline.quality, inline.output_format) == ("high", "png")

wide = client.images.generate(
    prompt="a red fox in snow", size="1216x832", output_format="jpeg", output_compression=80, response_format="b64_json"
)
assert base64.b64decode(wide.data[0].b64_json)[:3] == b"\xff\xd8\xff"
assert (wide.size, wide.output_format) == ("1216x832", "jpeg")

stream = client.images.generate(prompt="a red fox in snow", stream=True, partial_images=1)
completed = [event for event in stream if event.type == "image_generation.completed"]
assert [base64.b64decode(event.b64_json)[:8] for event in completed] == [PNG]

video = client.videos.create_and_poll(prompt="a red fox in snow", seconds="5", poll_interval_ms=500)
assert (video.status, video.model, video.seconds) == ("completed", "video_fast", "5"), video
assert client.videos.download_content(video.id).read()[4:8] == b"ftyp"
assert client.videos.delete(video.id).deleted

assert "image_high" in [model.id for model in client.models.list()]

for refused, kind, code, param in [
    (lambda: client.images.generate(prompt="a fox", size="512x512"), openai.BadRequestError, "invalid_request", "size"),
    (lambda: client.images.generate(prompt="a fox", model="dall-e-3"), openai.NotFoundError, "model_not_found", None),
    (lambda: client.with_options(api_key="sk-another").models.list(), openai.AuthenticationError, "invalid_api_key", None),
]:
    try:
        refused()
    except kind as error:
        assert (error.code, error.param) == (code, param), error
    else:
        raise AssertionError(f"{code} was not raised")

print("all of it works")
