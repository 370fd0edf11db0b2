//! The term tables as a trie.

use alloc::vec::Vec;

use once_cell::race::OnceBox;

pub use super::class::Class;
use super::piece::Gap;
use super::{TERMS, fold, lookalikes};

/// A place in the trie.
pub type NodeId = u32;

/// Where every word begins.
pub const ROOT: NodeId = 0;

#[derive(Debug, Clone, Copy)]
struct Node {
    letter: char,
    first_child: NodeId,
    next_sibling: NodeId,
    /// What the word that ends here says.
    word: Class,
    /// What every word that begins like this says.
    stem: Class,
}

/// Terms, ready to be looked up letter by letter.
#[derive(Debug, Clone)]
pub struct Lexicon {
    nodes: Vec<Node>,
    /// The children of the root, which are too many for a list: the ASCII ones by letter, the others sorted.
    first_ascii: [NodeId; 128],
    first_others: Vec<(char, NodeId)>,
    /// The nodes behind two letters a to z, which most lookups of most texts end at.
    pairs: Vec<NodeId>,
}

/// The place of two letters in [`Lexicon::pairs`].
fn pair(first: char, second: char) -> Option<usize> {
    let place = |letter: char| {
        letter
            .is_ascii_lowercase()
            .then(|| letter as usize - 'a' as usize)
    };
    Some(place(first)? * ALPHABET + place(second)?)
}

const ALPHABET: usize = 26;

impl Default for Lexicon {
    fn default() -> Self {
        let root = Node {
            letter: '\0',
            first_child: ROOT,
            next_sibling: ROOT,
            word: Class::default(),
            stem: Class::default(),
        };
        Self {
            nodes: alloc::vec![root],
            first_ascii: [ROOT; 128],
            first_others: Vec::new(),
            pairs: alloc::vec![ROOT; ALPHABET * ALPHABET],
        }
    }
}

impl Lexicon {
    /// The product's own tables, parsed at the first call.
    pub fn built_in() -> &'static Self {
        static BUILT_IN: OnceBox<Lexicon> = OnceBox::new();
        BUILT_IN.get_or_init(|| {
            let mut lexicon = Self::default();
            // More than half of the letters are the beginning of another term, too.
            lexicon.nodes.reserve(TERMS.len() / 2);
            for (class, term) in entries(TERMS) {
                lexicon.insert(term, class);
            }
            alloc::boxed::Box::new(lexicon)
        })
    }

    /// Whether there is no term in it.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// Adds a term. A `*` at its end makes it a stem. Says whether there was a letter in it at all.
    pub fn insert(&mut self, term: &str, class: Class) -> bool {
        let (text, is_stem) = match term.strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (term, false),
        };
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b' ');
        if is_plain {
            return self.insert_plain(text, is_stem, class);
        }
        let folded = fold::fold_term(text);
        let mut node = ROOT;
        let mut before_unspaced = true;
        for piece in &folded.pieces {
            let joined = piece.unspaced && before_unspaced && piece.gap == Gap::Tight;
            if node != ROOT && !joined {
                node = self.child_or_new(node, ' ');
            }
            for letter in folded
                .letters
                .get(piece.start..piece.end)
                .unwrap_or_default()
            {
                node = self.child_or_new(node, *letter);
            }
            before_unspaced = piece.unspaced;
        }
        self.end(node, is_stem, class)
    }

    /// The same for a term that folding leaves as it is: most are, and this is the first thing that an isolate
    /// does.
    fn insert_plain(&mut self, text: &str, is_stem: bool, class: Class) -> bool {
        let mut node = ROOT;
        for word in text.split_ascii_whitespace() {
            if node != ROOT {
                node = self.child_or_new(node, ' ');
            }
            for letter in word.chars() {
                node = self.child_or_new(node, lookalikes::merged(letter));
            }
        }
        self.end(node, is_stem, class)
    }

    fn end(&mut self, node: NodeId, is_stem: bool, class: Class) -> bool {
        if node == ROOT {
            return false;
        }
        if let Some(last) = self.nodes.get_mut(node as usize) {
            last.word = last.word.and(class);
            if is_stem {
                last.stem = last.stem.and(class);
            }
        }
        true
    }

    /// The node behind `node` by way of `letter`.
    pub fn child(&self, node: NodeId, letter: char) -> Option<NodeId> {
        if node != ROOT {
            if let Some(place) = self.pair_behind(node, letter) {
                return self
                    .pairs
                    .get(place)
                    .copied()
                    .filter(|child| *child != ROOT);
            }
            return self
                .children(node)
                .find(|(known, _)| *known == letter)
                .map(|(_, child)| child);
        }
        if let Some(child) = self.first_ascii.get(letter as usize) {
            return (*child != ROOT).then_some(*child);
        }
        let place = self
            .first_others
            .binary_search_by_key(&letter, |(known, _)| *known)
            .ok()?;
        self.first_others.get(place).map(|(_, child)| *child)
    }

    /// The place in the index of pairs, if a node is the first letter of a word and both letters are in it.
    fn pair_behind(&self, node: NodeId, letter: char) -> Option<usize> {
        let first = self.nodes.get(node as usize)?.letter;
        let is_first = self.first_ascii.get(first as usize) == Some(&node);
        if is_first { pair(first, letter) } else { None }
    }

    /// All nodes behind a node.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = (char, NodeId)> {
        let mut next = self
            .nodes
            .get(node as usize)
            .map_or(ROOT, |node| node.first_child);
        core::iter::from_fn(move || {
            let id = next;
            let node = self.nodes.get(id as usize).filter(|_| id != ROOT)?;
            next = node.next_sibling;
            Some((node.letter, id))
        })
    }

    /// What the word that ends at a node says.
    pub fn word(&self, node: NodeId) -> Class {
        self.nodes
            .get(node as usize)
            .map_or(Class::default(), |node| node.word)
    }

    /// What every longer word says, too.
    pub fn stem(&self, node: NodeId) -> Class {
        self.nodes
            .get(node as usize)
            .map_or(Class::default(), |node| node.stem)
    }

    fn child_or_new(&mut self, parent: NodeId, letter: char) -> NodeId {
        if let Some(child) = self.child(parent, letter) {
            return child;
        }
        // The tables are far below four billion letters; the sum of all limits on extra terms is, too.
        let id = self.nodes.len() as NodeId;
        let Some(parent_node) = self.nodes.get_mut(parent as usize) else {
            return ROOT;
        };
        let next_sibling = core::mem::replace(&mut parent_node.first_child, id);
        self.nodes.push(Node {
            letter,
            first_child: ROOT,
            next_sibling,
            word: Class::default(),
            stem: Class::default(),
        });
        if let Some(slot) = self
            .pair_behind(parent, letter)
            .and_then(|place| self.pairs.get_mut(place))
        {
            *slot = id;
        }
        if parent == ROOT {
            if let Some(slot) = self.first_ascii.get_mut(letter as usize) {
                *slot = id;
            } else {
                let place = self
                    .first_others
                    .partition_point(|(known, _)| *known < letter);
                self.first_others.insert(place, (letter, id));
            }
        }
        id
    }
}

/// The terms of a text in the form of the data file, each with the class of its section. Terms of an unknown
/// section have an empty class.
pub fn entries(text: &str) -> impl Iterator<Item = (Class, &str)> {
    let mut class = Class::default();
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter_map(move |line| {
            match line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                Some(section) => {
                    class = Class::of_section(section.trim()).unwrap_or_default();
                    None
                }
                None => Some((class, line)),
            }
        })
        .flat_map(|(class, line)| line.split(',').map(move |term| (class, term.trim())))
        .filter(|(_, term)| !term.is_empty())
}
