//! One logged row, and how it is inserted.

use rand::Rng;
use rand::rngs::SmallRng;

use crate::model::rules::{APPS, TENANTS, id};

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub tenant: u8,
    pub app: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Run,
    Node,
    Message,
    Tool,
    Feedback,
}

#[derive(Debug)]
pub struct Row {
    pub kind: Kind,
    pub id: String,
    pub place: Place,
    /// And a half.
    pub days: u32,
    /// Told by the row itself.
    pub workflow: Option<u8>,
    pub run: Option<String>,
    pub finished: bool,
    pub conversation: Option<String>,
    /// What feedback is about.
    pub message: Option<String>,
}

#[derive(Debug)]
pub struct Conversation {
    pub id: String,
    pub place: Place,
    /// The age of its last finished message.
    pub days: u32,
}

impl Place {
    pub fn draw(random: &mut SmallRng) -> Place {
        let app = random.random_range(0..TENANTS * APPS);
        Place {
            tenant: app / APPS,
            app,
        }
    }
}

impl Kind {
    pub fn table(self) -> &'static str {
        match self {
            Kind::Run => "workflow_runs",
            Kind::Node => "node_executions",
            Kind::Message => "messages",
            Kind::Tool => "tool_executions",
            Kind::Feedback => "feedbacks",
        }
    }

    pub fn event(self) -> u8 {
        match self {
            Kind::Run => 1,
            Kind::Node => 2,
            Kind::Message => 4,
            Kind::Tool => 5,
            Kind::Feedback => 14,
        }
    }
}

impl Row {
    pub fn continues(&self) -> Option<Conversation> {
        let of = self.conversation.clone()?;
        (self.kind == Kind::Message && self.finished).then_some(Conversation {
            id: of,
            place: self.place,
            days: self.days,
        })
    }

    pub fn insert(&self) -> String {
        let quoted = |id: &Option<String>| {
            id.as_ref()
                .map_or("NULL".to_owned(), |id| format!("'{id}'"))
        };
        let workflow = quoted(&self.workflow.map(|n| id('c', n)));
        let (more, values) = match self.kind {
            Kind::Run => ("workflow_id".to_owned(), workflow),
            Kind::Node => (
                "workflow_run_id, workflow_id, node_id, node_type".to_owned(),
                format!("{}, {workflow}, 'n', 'llm'", quoted(&self.run)),
            ),
            Kind::Tool => (
                "workflow_run_id, tool_name".to_owned(),
                format!("{}, 't'", quoted(&self.run)),
            ),
            Kind::Message => (
                "workflow_run_id, conversation_id".to_owned(),
                format!("{}, {}", quoted(&self.run), quoted(&self.conversation)),
            ),
            Kind::Feedback => (
                "message_id, conversation_id, from_source, rating".to_owned(),
                format!(
                    "{}, {}, 'user', 'like'",
                    quoted(&self.message),
                    quoted(&self.conversation)
                ),
            ),
        };
        let status = match self.kind {
            Kind::Feedback => ("", ""),
            _ if self.finished => (", status", ", 'succeeded'"),
            _ => (", status", ", 'running'"),
        };
        format!(
            "INSERT INTO {} (id, tenant_id, app_id, created_at{}, {more}) VALUES ('{}', '{}', '{}', now() - interval '{} days 12 hours'{}, {values})",
            self.kind.table(),
            status.0,
            self.id,
            id('a', self.place.tenant),
            id('b', self.place.app),
            self.days,
            status.1
        )
    }
}
