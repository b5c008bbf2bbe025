//! What is logged, and what is left of it.

use std::collections::BTreeSet;

use postgres::Client;
use rand::Rng;
use rand::rngs::SmallRng;
use uuid::Builder;

use crate::history::{column, run};
use crate::model::row::{Conversation, Kind, Place, Row};
use crate::model::rules::{Rules, WORKFLOWS};

#[derive(Debug, Default)]
pub struct World {
    rows: Vec<Row>,
    conversations: Vec<Conversation>,
}

fn new_id(random: &mut SmallRng) -> String {
    Builder::from_random_bytes(random.random())
        .into_uuid()
        .to_string()
}

impl World {
    pub fn draw(random: &mut SmallRng) -> World {
        let mut world = World::default();
        // Even days; 30 is the default's. Some are before the first partition.
        let days: Vec<u32> = (0..9)
            .map(|_| random.random_range(0..45) * 2)
            .filter(|days| *days != 30)
            .collect();
        for days in days {
            let crowd = Place::draw(random);
            for _ in 0..random.random_range(5..45) {
                // A day of one app, with few others, may go as a whole.
                let place = if random.random_bool(0.95) {
                    crowd
                } else {
                    Place::draw(random)
                };
                world.log(random, place, days);
            }
        }
        world
    }

    fn log(&mut self, random: &mut SmallRng, place: Place, days: u32) {
        let workflow = place.app * WORKFLOWS + random.random_range(0..WORKFLOWS);
        let run = new_id(random);
        // Of that day, or one that goes on for days.
        let talk = if random.random_bool(0.5) {
            days
        } else {
            900 + days / 20
        };
        let conversation = random.random_bool(0.7).then(|| {
            format!(
                "{}-0000-4000-8000-{:012}",
                "dddddddd",
                u32::from(place.app) * 1000 + talk
            )
        });
        let message = new_id(random);
        let row = |kind, id, finished| Row {
            kind,
            id,
            place,
            days,
            workflow: None,
            run: Some(run.clone()),
            finished,
            conversation: None,
            message: None,
        };
        self.rows.push(Row {
            workflow: Some(workflow),
            run: None,
            ..row(Kind::Run, run.clone(), random.random_bool(0.97))
        });
        for _ in 0..random.random_range(0..3) {
            self.rows.push(Row {
                workflow: random.random_bool(0.5).then_some(workflow),
                ..row(Kind::Node, new_id(random), random.random_bool(0.97))
            });
        }
        if random.random_bool(0.5) {
            self.rows.push(row(Kind::Tool, new_id(random), true));
        }
        if random.random_bool(0.6) {
            self.rows.push(Row {
                run: random.random_bool(0.7).then(|| run.clone()),
                conversation: conversation.clone(),
                ..row(Kind::Message, message.clone(), random.random_bool(0.97))
            });
            if random.random_bool(0.5) {
                self.rows.push(Row {
                    run: None,
                    conversation,
                    message: Some(message),
                    ..row(Kind::Feedback, new_id(random), true)
                });
            }
        }
    }

    pub fn write(&mut self, session: &mut Client) {
        for row in &self.rows {
            run(session, &row.insert());
        }
        for row in &self.rows {
            self.conversations.extend(row.continues());
        }
        self.settle_conversations();
    }

    /// A conversation is as young as its last finished message.
    fn settle_conversations(&mut self) {
        self.conversations
            .sort_by(|one, other| (&one.id, one.days).cmp(&(&other.id, other.days)));
        self.conversations.dedup_by(|one, other| one.id == other.id);
    }

    /// Some of what is unfinished comes to its end.
    pub fn finish_some(&mut self, session: &mut Client, random: &mut SmallRng) {
        for row in self.rows.iter_mut().filter(|row| !row.finished) {
            if random.random_bool(0.4) {
                row.finished = true;
                let table = row.kind.table();
                run(
                    session,
                    &format!(
                        "UPDATE {table} SET status = 'succeeded' WHERE id = '{}'",
                        row.id
                    ),
                );
                self.conversations.extend(row.continues());
            }
        }
        self.settle_conversations();
    }

    /// What one run of retention must do.
    pub fn expire(&mut self, rules: &Rules) {
        let runs: Vec<(String, u8)> = self
            .rows
            .iter()
            .filter_map(|row| {
                Some((row.id.clone(), row.workflow?)).filter(|_| row.kind == Kind::Run)
            })
            .collect();
        // A run is there until what happened in it has been looked at.
        let workflow = |row: &Row| {
            let told = || runs.iter().find(|(id, _)| Some(id) == row.run.as_ref());
            row.workflow
                .or_else(|| told().map(|(_, workflow)| *workflow))
        };
        self.rows.retain(|row| {
            row.kind == Kind::Feedback
                || !row.finished
                || !rules.expired(row.place, workflow(row), row.days)
        });
        let messages: Vec<(String, Option<String>)> = self
            .rows
            .iter()
            .filter(|row| row.kind == Kind::Message)
            .map(|row| (row.id.clone(), row.conversation.clone()))
            .collect();
        let mut gone = BTreeSet::new();
        self.conversations.retain(|one| {
            let has_messages = messages.iter().any(|(_, of)| of.as_ref() == Some(&one.id));
            let stays = has_messages || !rules.expired(one.place, None, one.days);
            if !stays {
                gone.insert(one.id.clone());
            }
            stays
        });
        let conversations = &self.conversations;
        self.rows.retain(|row| {
            if row.kind != Kind::Feedback {
                return true;
            }
            if let Some(of) = &row.conversation {
                if gone.contains(of) {
                    return false;
                }
                if conversations.iter().any(|one| one.id == *of) {
                    return true;
                }
            }
            messages
                .iter()
                .any(|(id, _)| Some(id) == row.message.as_ref())
                || !rules.expired(row.place, None, row.days)
        });
    }

    /// Rows, conversations, and an event of every finished row.
    #[track_caller]
    pub fn same_as(&self, session: &mut Client, when: &str) {
        let sorted = |mut ids: Vec<String>| {
            ids.sort_unstable();
            ids
        };
        for kind in [
            Kind::Run,
            Kind::Node,
            Kind::Message,
            Kind::Tool,
            Kind::Feedback,
        ] {
            let of_kind = |all: bool| {
                let rows = self
                    .rows
                    .iter()
                    .filter(|row| row.kind == kind && (all || row.finished));
                sorted(rows.map(|row| row.id.clone()).collect())
            };
            let there = column(session, &format!("SELECT id FROM {}", kind.table()));
            assert_eq!(sorted(there), of_kind(true), "{kind:?} {when}");
            let told = column(
                session,
                &format!(
                    "SELECT source_id FROM events WHERE event = {}",
                    kind.event()
                ),
            );
            if kind == Kind::Feedback {
                // A companion log goes by its own age, though the feedback stays with its conversation.
                let there = of_kind(true);
                assert!(
                    told.iter().all(|id| there.contains(id)),
                    "events of {kind:?} {when}"
                );
            } else {
                assert_eq!(sorted(told), of_kind(false), "events of {kind:?} {when}");
            }
        }
        let there = column(session, "SELECT id FROM conversations");
        let known = self
            .conversations
            .iter()
            .map(|one| one.id.clone())
            .collect();
        assert_eq!(sorted(there), sorted(known), "conversations {when}");
    }
}
