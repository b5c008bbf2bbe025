//! What comments complain of. Pure.

use crate::grams::dense;
use std::cmp::Reverse;
use std::collections::HashMap;

/// So many messages are named for each word.
const LATEST: usize = 3;
const FEWEST: usize = 3;
const MOST: usize = 40;
/// Words of many comments, whatever they are about.
const COMMON: [&str; 24] = [
    "the", "and", "for", "was", "were", "are", "you", "your", "this", "that", "with", "not", "but",
    "have", "has", "had", "from", "they", "its", "all", "can", "did", "very", "too",
];

/// Every word of comments, how many of them dislike and like, and which dislike last.
#[derive(Debug, Default)]
pub struct Complaints {
    said: HashMap<String, Said>,
    comments: u64,
}

#[derive(Debug, Default)]
pub struct Said {
    pub dislikes: u64,
    pub likes: u64,
    /// Sorted.
    latest: [Option<Disliked>; LATEST],
    /// The number of the last comment with it: a word counts once in each.
    comment: u64,
}

/// The latest comes first, of one moment the lowest id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disliked {
    pub at: Reverse<i64>,
    pub message: [u8; 16],
}

impl Complaints {
    /// What liked it is given none. False where there is no memory for it: the statistic fails then, and not the server.
    pub fn add(&mut self, comment: &str, disliked: Option<Disliked>) -> bool {
        self.comments += 1;
        let Complaints { said, comments } = self;
        let mut there_is_room = true;
        each_word(comment, |word| {
            if let Some(known) = said.get_mut(word) {
                known.add(*comments, disliked);
                return;
            }
            let mut own = String::new();
            there_is_room &=
                said.try_reserve(1).is_ok() && own.try_reserve_exact(word.len()).is_ok();
            if there_is_room {
                own.push_str(word);
                said.entry(own).or_default().add(*comments, disliked);
            }
        });
        there_is_room
    }

    /// The words that most complain of, at most so many.
    pub fn most_frequent(&self, most: usize) -> Vec<(&str, &Said)> {
        let mut found: Vec<(&str, &Said)> = (self.said.iter())
            .filter(|(_, said)| said.dislikes > 0)
            .map(|(word, said)| (word.as_str(), said))
            .collect();
        let order = |one: &(&str, &Said), other: &(&str, &Said)| {
            (other.1.dislikes.cmp(&one.1.dislikes))
                .then(one.1.likes.cmp(&other.1.likes))
                .then(one.0.cmp(other.0))
        };
        if most < found.len() {
            found.select_nth_unstable_by(most, order);
            found.truncate(most);
        }
        found.sort_unstable_by(order);
        found
    }
}

impl Said {
    /// The messages of the latest complaints.
    pub fn latest(&self) -> impl Iterator<Item = [u8; 16]> {
        self.latest.iter().flatten().map(|one| one.message)
    }

    fn add(&mut self, comment: u64, disliked: Option<Disliked>) {
        if self.comment == comment {
            return;
        }
        self.comment = comment;
        let Some(mut later) = disliked else {
            self.likes += 1;
            return;
        };
        self.dislikes += 1;
        for place in &mut self.latest {
            match place {
                Some(there) if *there <= later => {}
                Some(there) => std::mem::swap(there, &mut later),
                None => {
                    *place = Some(later);
                    return;
                }
            }
        }
    }
}

/// Words of three letters and more, in small letters, and pairs of ideographs.
fn each_word(comment: &str, mut tell: impl FnMut(&str)) {
    let small = comment.to_lowercase();
    let kind = |letter: char| in_word(letter).then(|| dense(letter));
    let mut rest = small.as_str();
    while let Some(first) = rest.chars().next().map(kind) {
        let end = rest
            .find(|letter| kind(letter) != first)
            .unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        rest = behind;
        match first {
            Some(true) => {
                let ends = run
                    .char_indices()
                    .skip(1)
                    .map(|(place, letter)| place + letter.len_utf8());
                for ((start, _), end) in run.char_indices().zip(ends) {
                    tell(&run[start..end]);
                }
            }
            Some(false) => each_chunk(run, |word| {
                if word.chars().nth(FEWEST - 1).is_some() && !COMMON.contains(&word) {
                    tell(word);
                }
            }),
            None => {}
        }
    }
}

fn each_chunk(run: &str, mut tell: impl FnMut(&str)) {
    let mut rest = run;
    while !rest.is_empty() {
        let end = rest
            .char_indices()
            .nth(MOST)
            .map_or(rest.len(), |(place, _)| place);
        let (chunk, behind) = rest.split_at(end);
        tell(chunk);
        rest = behind;
    }
}

/// Letters, numbers, and the signs that scripts put on letters.
fn in_word(letter: char) -> bool {
    letter.is_alphanumeric()
        || matches!(letter, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{963}' | '\u{966}'..='\u{109f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn words(comment: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        each_word(comment, |word| {
            found.insert(word.to_owned());
        });
        found
    }

    #[test]
    fn a_comment_is_its_words_and_pairs_of_ideographs() {
        for (comment, expected) in [
            ("", ""),
            (
                "The answer was WRONG, and wrong again!",
                "again answer wrong",
            ),
            ("it is ok", ""),
            ("don't", "don"),
            ("Größe 100%_x_12345", "100 12345 größe"),
            ("退货太慢。慢", "太慢 货太 退货"),
            ("很慢slow。答案abc错误", "abc slow 很慢 答案 错误"),
            ("느려요", "느려 려요"),
            ("ग़लत उत्तर।", "उत्तर ग़लत"),
        ] {
            let found: Vec<String> = words(comment).into_iter().collect();
            assert_eq!(found.join(" "), expected, "{comment}");
        }
        assert_eq!(words(&"x".repeat(83)).len(), 2);
    }

    proptest! {
        #[test]
        fn words_are_counted_once_a_comment_and_the_latest_complaints_are_named(
            told in prop::collection::vec(("[a-c]{3}( [a-c]{3}){0,3}", any::<bool>(), 0..5_i64, 0..9_u8), 0..60),
            most in 0..20_usize,
        ) {
            let mut complaints = Complaints::default();
            let mut expected: BTreeMap<String, (Vec<Disliked>, u64)> = BTreeMap::new();
            for (comment, disliked, at, id) in &told {
                let disliked = disliked.then_some(Disliked { at: Reverse(*at), message: [*id; 16] });
                prop_assert!(complaints.add(comment, disliked));
                for word in words(comment) {
                    let (dislikes, likes) = expected.entry(word).or_default();
                    match disliked {
                        Some(disliked) => dislikes.push(disliked),
                        None => *likes += 1,
                    }
                }
            }
            let mut expected: Vec<_> = (expected.into_iter())
                .filter(|(_, (dislikes, _))| !dislikes.is_empty())
                .map(|(word, (mut dislikes, likes))| {
                    dislikes.sort();
                    let latest: Vec<_> = dislikes.iter().take(LATEST).map(|one| one.message).collect();
                    (Reverse(dislikes.len() as u64), likes, word, latest)
                })
                .collect();
            expected.sort();
            expected.truncate(most);
            let found: Vec<_> = (complaints.most_frequent(most).into_iter())
                .map(|(word, said)| (Reverse(said.dislikes), said.likes, word.to_owned(), said.latest().collect::<Vec<_>>()))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
