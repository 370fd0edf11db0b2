//! What the words of a prompt say about the scene, as far as the negative prompt cares.

use super::terms::Condition;

/// The words that decide whether several people are in the scene.
///
/// "women" stands here and under [`FEMALE`] because it is to "woman" what "girls" and "sisters" are to their
/// singulars.
const SEVERAL_PEOPLE: &[&str] = &["two", "both", "sisters", "girls", "women"];
const FEMALE: &[&str] = &[
    "girl", "girls", "woman", "women", "sister", "sisters", "female", "females",
];
const MALE: &[&str] = &["guy", "guys", "man", "men", "male", "males", "boy", "boys"];
/// "sex" is an act and is nudity, so it stands in both lists.
const SEXUAL_ACT: &[&str] = &["sex", "oral", "doggy", "sucking"];
const NUDITY: &[&str] = &["naked", "nude", "nudes", "sex", "topless"];

/// What a prompt shows. Matched on whole words: a "floral" dress, a "human" and "Essex" trigger nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scene {
    several_people: bool,
    female: bool,
    male: bool,
    sexual_act: bool,
    nudity: bool,
}

impl Scene {
    /// Reads the scene from the user's prompt.
    pub fn of(prompt: &str) -> Self {
        let lowercase = prompt.to_lowercase();
        let mut scene = Self::default();
        for word in lowercase
            .split(is_separator)
            .filter(|word| !word.is_empty())
        {
            scene.several_people |= SEVERAL_PEOPLE.contains(&word);
            scene.female |= FEMALE.contains(&word);
            scene.male |= MALE.contains(&word);
            scene.sexual_act |= SEXUAL_ACT.contains(&word);
            scene.nudity |= NUDITY.contains(&word);
        }
        scene
    }

    /// Whether a list with this condition applies.
    pub fn meets(self, condition: Condition) -> bool {
        match condition {
            Condition::Always => true,
            Condition::MixedGroup => self.several_people && self.female && self.male,
            Condition::WomenOnlyGroup => self.several_people && self.female && !self.male,
            Condition::SexualAct => self.sexual_act,
            Condition::Nudity => self.nudity,
        }
    }
}

/// Everything but letters, digits and the marks upon them ends a word: "woman's" and "two-tone"
/// are two words each.
fn is_separator(character: char) -> bool {
    !(character.is_alphanumeric() || is_mark(character))
}

/// The marks that go with any letter. Those of one script only are of no interest to words in Latin letters.
fn is_mark(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(
        several_people: bool,
        female: bool,
        male: bool,
        sexual_act: bool,
        nudity: bool,
    ) -> Scene {
        Scene {
            several_people,
            female,
            male,
            sexual_act,
            nudity,
        }
    }

    #[test]
    fn only_whole_words_count() {
        for innocent in [
            "floral network",
            "a human in Manhattan",
            "Essex",
            "a snowman",
            "boycott",
            "bothy",
            "unisex",
        ] {
            assert_eq!(Scene::of(innocent), Scene::default(), "{innocent}");
        }
        assert_eq!(Scene::of("WOMAN"), scene(false, true, false, false, false));
        assert_eq!(
            Scene::of("a man, naked"),
            scene(false, false, true, false, true)
        );
    }

    #[test]
    fn plurals_count_like_their_singulars() {
        assert_eq!(Scene::of("women"), scene(true, true, false, false, false));
        assert_eq!(
            Scene::of("females and males"),
            scene(false, true, true, false, false)
        );
        assert_eq!(
            Scene::of("guys, men, boys"),
            scene(false, false, true, false, false)
        );
    }

    #[test]
    fn punctuation_and_underscores_end_a_word() {
        assert_eq!(
            Scene::of("two_girls"),
            scene(true, true, false, false, false)
        );
        assert_eq!(
            Scene::of("the woman's hat"),
            scene(false, true, false, false, false)
        );
        assert_eq!(
            Scene::of("man\u{301}"),
            Scene::default(),
            "a mark makes it another word"
        );
    }
}
