//! The function that the product's negative prompt replaces, word for word: it looks for parts of words and
//! does not count tokens.

/// The text that the original function makes.
pub fn original(user_prompt: &str) -> String {
    let critical = [
        "bad anatomy",
        "extra limbs",
        "deformed",
        "missing limbs",
        "worst quality",
        "low quality",
        "normal quality",
        "lowres",
    ];
    let anatomical = [
        "deformed hands",
        "extra fingers",
        "deformed face",
        "malformed",
        "bad hands",
        "bad fingers",
        "missing fingers",
        "distorted features",
    ];
    let artifacts = [
        "text",
        "watermark",
        "logo",
        "signature",
        "contact info",
        "username",
        "artist name",
        "title",
        "caption",
    ];
    let styles = [
        "anime",
        "cartoon",
        "graphic",
        "render",
        "cgi",
        "3d",
        "painting",
        "drawing",
        "illustration",
        "sketch",
    ];
    let nsfw = ["child", "minor"];
    let multi_party = [
        "three girls",
        "all girls",
        "only girls",
        "no male",
        "missing male",
        "disembodied penis",
        "floating penis",
        "detached penis",
        "penis not attached",
        "wrong gender ratio",
        "incorrect participants",
        "wrong number of people",
    ];
    let positions = [
        "wrong position",
        "incorrect pose",
        "impossible position",
        "unnatural pose",
        "penis in wrong place",
        "anatomical mismatch",
        "position confusion",
        "wrong body parts",
        "misplaced anatomy",
        "anatomical errors",
    ];
    let nsfw_anatomical = [
        "deformed breasts",
        "extra breasts",
        "anatomical errors",
        "wrong anatomy",
        "distorted bodies",
        "unnatural poses",
    ];

    let mut negatives = [
        &critical[..],
        &anatomical,
        &artifacts[..4],
        &styles[..3],
        &nsfw,
    ]
    .concat();

    let prompt = user_prompt.to_lowercase();
    let includes = |parts: &[&str]| parts.iter().any(|part| prompt.contains(part));
    let several = includes(SEVERAL);
    let females = includes(FEMALES);
    let males = includes(MALES);
    if several && females && males {
        negatives.extend(&multi_party[..6]);
    } else if several && females && !males {
        negatives.extend([
            "three girls",
            "all girls",
            "only girls",
            "wrong number of people",
        ]);
    }
    if includes(ACTS) {
        negatives.extend(&positions[..5]);
    }
    if includes(NUDITY) {
        negatives.extend(&nsfw_anatomical[..4]);
    }
    negatives.join(", ")
}

const SEVERAL: &[&str] = &["two", "both", "sisters", "girls"];
const FEMALES: &[&str] = &["girl", "woman", "sister", "female"];
const MALES: &[&str] = &["guy", "man", "male", "boy"];
const ACTS: &[&str] = &["sex", "oral", "doggy", "sucking"];
const NUDITY: &[&str] = &["naked", "nude", "sex", "topless"];

/// Whether the parts of words that the original finds are the words that ours finds: each is a word, or the
/// plural of one. "women" and "men" are words to ours only.
pub fn triggers_agree(prompt: &str) -> bool {
    let lowercase = prompt.to_lowercase();
    let words: Vec<&str> = lowercase
        .split(|letter: char| !letter.is_alphanumeric())
        .collect();
    let is_word = |trigger: &str| {
        words
            .iter()
            .any(|word| *word == trigger || word.strip_suffix('s') == Some(trigger))
    };
    let all = [SEVERAL, FEMALES, MALES, ACTS, NUDITY].concat();
    let irregular = words.contains(&"women") || words.contains(&"men");
    !irregular
        && all
            .iter()
            .all(|trigger| lowercase.contains(trigger) == is_word(trigger))
}
