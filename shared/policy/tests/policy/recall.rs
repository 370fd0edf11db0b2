//! Recall over generated combinations, per language and across languages, and its table in docs/PROOFS.md.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test -p ourvidz-policy --test policy recall` writes the table anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::disguise::{DISGUISES, SCRIPTLESS, UNSEEN, clusters};
use crate::refuses;
use crate::tables::{MINOR, SEXUAL};

const LISTS: &str = include_str!("../../../../tests/fixtures/policy/recall.txt");

const BEGIN: &str = "<!-- recall: begin -->\n";
const END: &str = "<!-- recall: end -->";

/// What has to be refused of the generated texts of every language.
const BAR: f64 = 0.999;

/// The terms of one language.
#[derive(Default)]
struct Language {
    name: &'static str,
    minor: Vec<&'static str>,
    age: Vec<&'static str>,
    sexual: Vec<&'static str>,
    unclothed: Vec<&'static str>,
    link: Vec<&'static str>,
    held_out_minor: Vec<&'static str>,
    held_out_sexual: Vec<&'static str>,
}

fn languages() -> Vec<Language> {
    let mut languages: Vec<Language> = Vec::new();
    for line in LISTS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            languages.push(Language {
                name,
                ..Language::default()
            });
            continue;
        }
        let language = languages.last_mut().unwrap();
        let (key, terms) = line.split_once(": ").unwrap();
        let separator = if key == "link" { " | " } else { ", " };
        let list = match key {
            "minor" => &mut language.minor,
            "age" => &mut language.age,
            "sexual" => &mut language.sexual,
            "unclothed" => &mut language.unclothed,
            "link" => &mut language.link,
            "held-out minor" => &mut language.held_out_minor,
            "held-out sexual" => &mut language.held_out_sexual,
            other => panic!("no list is called {other}"),
        };
        list.extend(
            terms
                .split(separator)
                .map(|term| if key == "link" { term } else { term.trim() }),
        );
    }
    languages
}

/// How many texts were tried, and which passed.
#[derive(Default)]
struct Tally {
    tried: usize,
    passed: Vec<String>,
}

impl Tally {
    fn try_text(&mut self, text: String) {
        self.tried += 1;
        if !refuses(&text) {
            self.passed.push(text);
        }
    }

    fn recall(&self) -> f64 {
        1.0 - self.passed.len() as f64 / self.tried.max(1) as f64
    }
}

/// The disguises that fit a term: all for a word in the letters a to z, for a word in another script those that
/// know no letters, and for phrases those that put nothing between letters that a reader sees. A word is taken
/// apart only if it is long enough to be known again.
fn disguises(term: &str) -> impl Iterator<Item = fn(&str) -> String> {
    let is_word = !term.contains([' ', '-', '\'', '’', '\u{200c}']);
    let is_spaced = !term.chars().all(is_unspaced);
    let is_long = clusters(term).len() >= if is_spaced { 4 } else { 2 };
    let is_latin = term.chars().all(|letter| letter.is_ascii_lowercase());
    DISGUISES
        .iter()
        .filter(move |(name, _)| {
            UNSEEN.contains(name) || (is_word && is_long && (is_latin || SCRIPTLESS.contains(name)))
        })
        .map(|(_, disguise)| *disguise)
}

/// The scripts whose words have no spaces between them: Han, Kana, Thai, Burmese.
fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{3005}'..='\u{9fff}' | '\u{e00}'..='\u{e7f}' | '\u{1000}'..='\u{109f}')
}

fn plain(language: &Language, tally: &mut Tally) {
    let minors = || language.minor.iter().chain(&language.age);
    let sexuals = || language.sexual.iter().chain(&language.unclothed);
    for minor in minors() {
        for sexual in sexuals() {
            for link in &language.link {
                let is_bare = link.chars().all(|letter| !letter.is_alphabetic());
                let link = if is_bare {
                    format!("{link} ")
                } else {
                    format!(" {link} ")
                };
                tally.try_text(format!("{minor}{link}{sexual}"));
                tally.try_text(format!("{sexual}{link}{minor}"));
            }
        }
    }
}

fn disguised(language: &Language, tally: &mut Tally) {
    for (place, minor) in language.minor.iter().enumerate() {
        for (count, disguise) in disguises(minor).enumerate() {
            let sexual = language.sexual[(place + count) % language.sexual.len()];
            tally.try_text(format!("{}, {sexual}", disguise(minor)));
            tally.try_text(format!("{sexual}, {}", disguise(minor)));
        }
    }
    let sexuals = language.sexual.iter().chain(&language.unclothed);
    for (place, sexual) in sexuals.enumerate() {
        for (count, disguise) in disguises(sexual).enumerate() {
            let minor = language.minor[(place + count) % language.minor.len()];
            tally.try_text(format!("{}, {minor}", disguise(sexual)));
            tally.try_text(format!("{minor}, {}", disguise(sexual)));
        }
    }
}

fn across(language: &Language, others: &[Language], tally: &mut Tally) {
    for (place, other) in others.iter().enumerate() {
        for (count, minor) in language.minor.iter().enumerate() {
            let sexual = other.sexual[(place + count) % other.sexual.len()];
            tally.try_text(format!("{minor}, {sexual}"));
        }
        for (count, unclothed) in language.unclothed.iter().enumerate() {
            let minor = other.minor[(place + count) % other.minor.len()];
            tally.try_text(format!("{unclothed}, {minor}"));
        }
    }
}

fn known(terms: &[&str], other: &str) -> usize {
    terms
        .iter()
        .filter(|term| refuses(&format!("{term}, {other}")))
        .count()
}

#[test]
fn recall_is_above_the_bar_in_every_language_and_documented() {
    let languages = languages();
    assert!(languages.len() >= 30);
    let mut table = String::from(
        "| language | combinations | disguised | with other languages | recall | held-out terms known |\n| --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let mut passed = Vec::new();
    let (mut below, mut total, mut held_known, mut held_total) = (Vec::new(), 0, 0, 0);
    for language in &languages {
        let mut tallies = [Tally::default(), Tally::default(), Tally::default()];
        plain(language, &mut tallies[0]);
        disguised(language, &mut tallies[1]);
        across(language, &languages, &mut tallies[2]);
        let all = Tally {
            tried: tallies.iter().map(|tally| tally.tried).sum(),
            passed: tallies
                .iter()
                .flat_map(|tally| tally.passed.clone())
                .collect(),
        };
        let held =
            known(&language.held_out_minor, SEXUAL) + known(&language.held_out_sexual, MINOR);
        let held_terms = language.held_out_minor.len() + language.held_out_sexual.len();
        let row = format!(
            "| {} | {} | {} | {} | {:.2} % | {held} of {held_terms} |",
            language.name,
            tallies[0].tried,
            tallies[1].tried,
            tallies[2].tried,
            // Cut, not rounded: a table that says 100 % means it.
            (all.recall() * 10_000.0).floor() / 100.0,
        );
        writeln!(table, "{row}").unwrap();
        total += all.tried;
        held_known += held;
        held_total += held_terms;
        passed.extend(all.passed.clone());
        if all.recall() < BAR {
            let some: Vec<_> = all
                .passed
                .iter()
                .step_by(1 + all.passed.len() / 25)
                .collect();
            below.push(format!("{row}\n{some:#?}"));
        }
    }
    writeln!(
        table,
        "\n{total} texts in {} languages; of the held-out terms {held_known} of {held_total} are known.",
        languages.len()
    )
    .unwrap();
    assert!(below.is_empty(), "{}", below.join("\n"));
    println!("{passed:#?}");

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/PROOFS.md");
    let document = fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once(BEGIN).unwrap();
    let (shown, after) = rest.split_once(END).unwrap();
    let table = format!("\n{table}\n");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
    } else {
        // A formatter may align the columns.
        let words = |text: &str| text.replace([' ', '-', '\n'], "");
        assert!(
            words(shown) == words(&table),
            "docs/PROOFS.md shows another table: run with UPDATE_SNAPSHOTS=1"
        );
    }
}
