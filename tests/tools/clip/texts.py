"""The texts that the tokenizers are compared on.

`random_texts` is written a second time in shared/core/tests/clip.rs: both make the same texts from the same
numbers, so that ten thousand of them need not be committed.
"""

from pathlib import Path

RANDOM_TEXTS = 12_000

PIECES = (
    (Path(__file__).resolve().parents[2] / "fixtures/clip/pieces.txt").read_text(encoding="utf-8").splitlines()
)

# Where random characters are taken from: first and last code point.
RANGES = [
    (0x20, 0x7E), (0xA1, 0x24F), (0x300, 0x36F), (0x391, 0x3C9), (0x410, 0x44F), (0x5D0, 0x5EA), (0x621, 0x64A),
    (0x904, 0x939), (0xE01, 0xE30), (0x1100, 0x1112), (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x20A0, 0x20BA),
    (0x2100, 0x2138), (0x2190, 0x21FF), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3),
    (0xFF01, 0xFF5E), (0x1D400, 0x1D454), (0x1F300, 0x1F5FF), (0x1F600, 0x1F64F),
]

SEPARATORS = ["", " ", " ", " ", "  ", "\n", "\t", "\u00a0", "-", "'", ", ", "\u200b", "\u3000"]

HAND_PICKED = [
    "",
    " ",
    "a",
    "a photo of a cat",
    "  A   Photo\tof\na CAT  ",
    "bad anatomy, extra limbs, deformed, missing limbs, worst quality, low quality, normal quality, lowres",
    "masterpiece, best quality, (detailed face:1.3), 8k uhd, dslr, film grain, Fujifilm XT3",
    "don't can't won't I'm you're we've he'd they'll it's O'Brien's",
    "'s 't 're 've 'm 'll 'd ''s",
    "<|startoftext|>inner<|endoftext|> tail",
    "naïve café Ångström İstanbul ΟΔΥΣΣΕΥΣ Straße ﬁne",
    "cafe\u0301 and caf\u00e9",
    "1234567890 3.14 ½ Ⅻ ② ٣",
    "👩‍🚀 👨‍👩‍👧‍👦 🇩🇪 🏳️‍🌈 😀😀",
    "東京タワーの夜景、こんにちは。你好，世界！ 안녕하세요",
    "x" * 400,
    "supercalifragilisticexpialidocious",
    "e.g. U.S.A. -- www.example.com/path?x=1&y=2#z",
    "!!!???...;;;::",
    "a_b-c d/e\\f|g",
    "\u200bzero\u200bwidth\ufeff",
]

MASK = (1 << 64) - 1


class Numbers:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return (mixed ^ (mixed >> 31)) % limit


def chunk(numbers):
    kind = numbers.below(16)
    if kind < 9:
        return PIECES[numbers.below(len(PIECES))]
    if kind < 12:
        return "".join(chr(ord("a") + numbers.below(26)) for _ in range(1 + numbers.below(12)))
    if kind < 14:
        first, last = RANGES[numbers.below(len(RANGES))]
        return "".join(chr(first + numbers.below(last - first + 1)) for _ in range(1 + numbers.below(8)))
    if kind < 15:
        return "".join(chr(ord("0") + numbers.below(10)) for _ in range(1 + numbers.below(6)))
    length = 1 + numbers.below(400 if numbers.below(16) == 0 else 20)
    return "".join(chr(ord("A") + numbers.below(26)) for _ in range(length))


def random_texts():
    for seed in range(RANDOM_TEXTS):
        numbers = Numbers(seed)
        text = []
        for _ in range(1 + numbers.below(24)):
            text.append(chunk(numbers))
            text.append(SEPARATORS[numbers.below(len(SEPARATORS))])
        yield "".join(text)
