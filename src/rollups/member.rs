//! Who used something, and in which conversation: kept as keyed hashes, so that they can be counted and nobody be read.

use sha2::{Digest, Sha256};

/// How somebody was told, or that it is a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Actor {
    EndUser,
    Account,
    User,
    Nobody,
    Conversation,
}

impl Actor {
    const ALL: [Actor; 5] = [
        Actor::EndUser,
        Actor::Account,
        Actor::User,
        Actor::Nobody,
        Actor::Conversation,
    ];

    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Actor::EndUser => "end_user",
            Actor::Account => "account",
            Actor::User => "user",
            Actor::Nobody => "nobody",
            Actor::Conversation => "conversation",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|actor| actor.name() == name)
    }
}

/// What is kept in place of an id.
pub type Member = [u8; 8];

/// As the SQL function `member_hash()`.
pub fn member(key: &[u8], id: &str) -> Member {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(key)
        .chain_update(id.as_bytes())
        .finalize()
        .into();
    let [a, b, c, d, e, f, g, h, ..] = hash;
    [a, b, c, d, e, f, g, h]
}
