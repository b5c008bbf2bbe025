//! What the messages of some events say of a conversation.

use super::usage::Charted;
use crate::metrics::Measurement;
use crate::otlp::record::Micros;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Those that are not debugging, those of the original's counts, those of debugging.
    pub messages: i64,
    pub compat_messages: i64,
    pub debug_messages: i64,
    /// When the first and the last were created.
    pub first_at: Micros,
    pub last_at: Micros,
    /// Where several tell one, the least, so that it does not depend on their order.
    pub user_id: Option<String>,
    pub invoke_from: Option<String>,
}

impl Conversation {
    pub fn of(event: &Measurement<'_>, charted: &Charted<'_>) -> Self {
        Self {
            messages: 0,
            compat_messages: 0,
            debug_messages: 0,
            first_at: charted.created_at,
            last_at: charted.created_at,
            user_id: charted.user_id.map(str::to_owned),
            invoke_from: told(event).map(str::to_owned),
        }
    }

    pub fn add(&mut self, event: &Measurement<'_>, charted: &Charted<'_>) {
        self.messages += i64::from(!charted.debug);
        self.compat_messages += i64::from(charted.compat);
        self.debug_messages += i64::from(charted.debug);
        self.first_at = self.first_at.min(charted.created_at);
        self.last_at = self.last_at.max(charted.created_at);
        least(&mut self.user_id, charted.user_id);
        least(&mut self.invoke_from, told(event));
    }
}

fn told<'a>(event: &Measurement<'a>) -> Option<&'a str> {
    Some(event.invoke_from).filter(|text| !text.is_empty())
}

fn least(known: &mut Option<String>, told: Option<&str>) {
    if let Some(told) = told
        && known.as_deref().is_none_or(|known| told < known)
    {
        *known = Some(told.to_owned());
    }
}
