//! Adds up what many events say to charts, in memory.

use super::combination::{Combination, Dimension};
use super::conversation::Conversation;
use super::latency::{Latency, Measure};
use super::member::Actor;
use super::sums::Sums;
use super::usage::{Charted, Usage};
use crate::metrics::{Measurement, extend_key};
use crate::otlp::record::{EventKind, Micros};
use foldhash::HashMap;
use uuid::Uuid;

const QUARTER: Micros = 15 * 60 * 1_000_000;

/// When the quarter hour of a time began.
pub fn quarter(at: Micros) -> Micros {
    at - at.rem_euclid(QUARTER)
}

/// A message, for feedback that came before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub id: Uuid,
    pub quarter: Micros,
    pub debug: bool,
    pub compat: bool,
}

/// Tenant and app.
pub type Owner = (String, String);

/// The sums of the events added so far, by combination and the beginning of the quarter hour.
#[derive(Default)]
pub struct Accumulator {
    combinations: Vec<Combination>,
    places: HashMap<Combination, usize>,
    /// Which combination events of a key belong to: several keys, as they tell more apart, may have the same.
    by_key: HashMap<Vec<u8>, usize>,
    key: Vec<u8>,
    usage: HashMap<(usize, Micros), Usage>,
    latencies: HashMap<(usize, Micros, Measure), Latency>,
    members: HashMap<(usize, Micros, Actor), HashMap<String, Usage>>,
    /// Of each owner, mostly one.
    conversations: HashMap<Uuid, Vec<(Owner, Conversation)>>,
    messages: Vec<Told>,
}

impl Accumulator {
    /// Adds one event.
    pub fn add(&mut self, event: &Measurement<'_>, charted: &Charted<'_>) {
        let at = self.combination(event, charted);
        let quarter = quarter(charted.created_at);
        let used = Usage::of(event, charted);
        let usage = self.usage.entry((at, quarter)).or_default();
        usage.add(&used, true);
        for (measure, micros) in [
            (Measure::Duration, event.duration_us),
            (Measure::FirstToken, event.first_token_us),
        ] {
            if let Some(micros) = micros {
                let latency = self.latencies.entry((at, quarter, measure)).or_default();
                latency.observe(micros);
            }
        }
        if let Some(actor) = charted.actor.and_then(Actor::named) {
            self.met((at, quarter, actor), charted.actor_id, &used);
        }
        if let Some(id) = charted.conversation_id {
            let mut text = Uuid::encode_buffer();
            let text = id.hyphenated().encode_lower(&mut text);
            self.met((at, quarter, Actor::Conversation), text, &used);
            self.converse(id, event, charted);
        }
        if event.kind == EventKind::Message {
            self.messages.push(Told {
                id: charted.id,
                quarter,
                debug: charted.debug,
                compat: charted.compat,
            });
        }
    }

    fn combination(&mut self, event: &Measurement<'_>, charted: &Charted<'_>) -> usize {
        event.key(&mut self.key);
        let flags = [charted.debug, charted.compat, charted.part_of_run];
        self.key.extend(flags.map(u8::from));
        for text in [charted.workflow_version, charted.currency] {
            extend_key(&mut self.key, text);
        }
        if let Some(known) = self.by_key.get(&self.key) {
            return *known;
        }
        let combination = Combination::of(event, charted);
        let next = self.combinations.len();
        let at = *self.places.entry(combination.clone()).or_insert(next);
        if at == next {
            self.combinations.push(combination);
        }
        self.by_key.insert(self.key.clone(), at);
        at
    }

    fn met(&mut self, place: (usize, Micros, Actor), id: &str, used: &Usage) {
        let members = self.members.entry(place).or_default();
        match members.get_mut(id) {
            Some(known) => known.add(used, true),
            None => {
                members.insert(id.to_owned(), used.clone());
            }
        }
    }

    fn converse(&mut self, id: Uuid, event: &Measurement<'_>, charted: &Charted<'_>) {
        let owners = self.conversations.entry(id).or_default();
        let known = owners
            .iter_mut()
            .find(|((tenant, app), _)| tenant == event.tenant_id && app == event.app_id);
        match known {
            Some((_, known)) => known.add(event, charted),
            None => {
                let mut new = Conversation::of(event, charted);
                new.add(event, charted);
                let owner = (event.tenant_id.to_owned(), event.app_id.to_owned());
                owners.push((owner, new));
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.combinations.is_empty()
    }

    /// The combinations, for which dimensions are to be found.
    pub fn combinations(&self) -> &[Combination] {
        &self.combinations
    }

    pub fn messages(&self) -> &[Told] {
        &self.messages
    }

    pub fn conversations(&self) -> impl Iterator<Item = (Uuid, &Owner, &Conversation)> {
        self.conversations
            .iter()
            .flat_map(|(id, owners)| owners.iter().map(|(owner, told)| (*id, owner, told)))
    }

    /// The sums by what is stored for the combinations, in their order.
    pub fn sums(&self, dimensions: &[Dimension]) -> Sums<'_> {
        let mut sums = Sums::default();
        let stored = |at: &usize| dimensions.get(*at);
        for ((at, quarter), usage) in &self.usage {
            if let Some(dimension) = stored(at) {
                let sum = sums.usage.entry((dimension.id, *quarter)).or_default();
                sum.add(usage, dimension.is_priced);
            }
        }
        for ((at, quarter, measure), latency) in &self.latencies {
            if let Some(dimension) = stored(at) {
                let place = (dimension.id, *quarter, *measure);
                sums.latencies.entry(place).or_default().add(latency);
            }
        }
        for ((at, quarter, actor), members) in &self.members {
            if let Some(dimension) = stored(at) {
                for (id, usage) in members {
                    let place = (dimension.id, *quarter, *actor, id.as_str());
                    let sum = sums.members.entry(place).or_default();
                    sum.add(usage, dimension.is_priced);
                }
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests;
