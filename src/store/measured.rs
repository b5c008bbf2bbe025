//! What events count for, by the table of their rows.

use super::Stored;
use super::cursor::Cursor;
use super::measurements::Counted;
use super::row::Row;
use crate::metrics::Measurement;
use crate::otlp::record::{EventKind, Micros};
use pgrx::datum::DatumWithOid;
use pgrx::spi::SpiClient;
use serde::Deserialize;
use serde::de::value::Error;

/// The view that measures the rows of events of some kinds.
pub struct Source {
    pub kinds: &'static [EventKind],
    view: &'static str,
    /// Whether charts are drawn of them.
    charted: bool,
}

pub const SOURCES: [Source; 9] = [
    charted(&[EventKind::WorkflowRun], "measured_workflow_runs"),
    charted(
        &[EventKind::NodeExecution, EventKind::DraftNodeExecution],
        "measured_node_executions",
    ),
    charted(&[EventKind::Message], "measured_messages"),
    charted(
        &[EventKind::PromptGeneration],
        "measured_prompt_generations",
    ),
    counted(&[EventKind::ToolExecution], "measured_tool_executions"),
    counted(&[EventKind::Moderation], "measured_moderation_checks"),
    counted(
        &[EventKind::SuggestedQuestions],
        "measured_suggested_questions",
    ),
    counted(&[EventKind::Retrieval], "measured_dataset_retrievals"),
    counted(&[EventKind::GeneratedName], "measured_generated_names"),
];

const fn charted(kinds: &'static [EventKind], view: &'static str) -> Source {
    Source {
        kinds,
        view,
        charted: true,
    }
}

const fn counted(kinds: &'static [EventKind], view: &'static str) -> Source {
    Source {
        kinds,
        view,
        charted: false,
    }
}

/// In the order of the fields of a measurement.
const COUNTED: &str = "r.event, r.tenant_id, r.app_id, r.status, r.invoke_from, r.node_type, \
    r.model_provider, r.model_name, r.plugin_name, r.tool_name, r.operation_type, r.failed, r.input_tokens, r.output_tokens, r.total_tokens, \
    r.duration_us, r.first_token_us, r.datasets";

const CHARTED: &str = ", r.id, r.created_at, r.kind, r.debug, r.compat, r.part_of_run, r.workflow_version, r.currency, \
    r.total_price::text AS total_price, r.actor, r.actor_id, r.user_id, r.conversation_id";

impl Source {
    /// Tells of the events that fulfil a condition on `events e`.
    pub fn read(
        &self,
        client: &SpiClient<'_>,
        condition: &str,
        args: &[DatumWithOid<'_>],
        tell: &mut impl FnMut(&Counted<'_>),
    ) -> Stored<()> {
        let mut cursor = Cursor::open(client, &self.query(condition), args)?;
        while let Some(()) = cursor.next(|row| {
            let counted = self.counted(row).map_err(|error| error.to_string())?;
            tell(&counted);
            Ok(())
        })? {}
        Ok(())
    }

    /// A limited subquery, so that the planner cannot choose anything but one probe per event.
    fn query(&self, condition: &str) -> String {
        let codes: Vec<_> = self.kinds.iter().map(|kind| *kind as i16).collect();
        format!(
            "SELECT e.recorded_at, {COUNTED}{charted} FROM dify_observe.events e, \
             LATERAL (SELECT * FROM dify_observe.{view} m WHERE m.id = e.source_id AND m.created_at = e.source_at LIMIT 1) r \
             WHERE {condition} AND e.event = ANY (ARRAY{codes:?})",
            charted = if self.charted { CHARTED } else { "" },
            view = self.view,
        )
    }

    fn counted<'a>(&self, row: &mut Row<'a>) -> Result<Counted<'a>, Error> {
        Ok(Counted {
            recorded_at: row.read::<Head>()?.recorded_at,
            measurement: row.read()?,
            charted: if self.charted {
                Some(row.read()?)
            } else {
                None
            },
        })
    }
}

/// What stands before a row's columns.
#[derive(Deserialize)]
struct Head {
    recorded_at: Micros,
}

/// Events that tell themselves what they count for: of apps, and feedback, whose row only tells the app.
pub const WITHOUT_ROW: &[EventKind] = &[
    EventKind::AppCreated,
    EventKind::AppUpdated,
    EventKind::AppDeleted,
    EventKind::Feedback,
];

#[derive(Deserialize)]
struct Told<'a> {
    recorded_at: Micros,
    event: i16,
    tenant_id: &'a str,
    app_id: &'a str,
    rating: &'a str,
    mode: &'a str,
}

/// Tells of such events that fulfil a condition on `events e`.
pub fn read_told(
    client: &SpiClient<'_>,
    condition: &str,
    args: &[DatumWithOid<'_>],
    tell: &mut impl FnMut(&Counted<'_>),
) -> Stored<()> {
    let sql = format!(
        "SELECT e.recorded_at, e.event, e.change ->> 'tenant_id' AS tenant_id, e.source_id::text AS app_id, '' AS rating, \
           coalesce(e.change ->> 'mode', '') AS mode \
         FROM dify_observe.events e WHERE {condition} AND e.event IN (11, 12, 13) \
         UNION ALL \
         SELECT e.recorded_at, e.event, f.tenant_id::text, f.app_id::text, coalesce(e.change ->> 'rating', ''), '' \
         FROM dify_observe.events e, LATERAL (SELECT * FROM dify_observe.feedbacks f WHERE f.id = e.source_id LIMIT 1) f \
         WHERE {condition} AND e.event = 14"
    );
    let mut cursor = Cursor::open(client, &sql, args)?;
    while let Some(()) = cursor.next(|row| {
        let told: Told<'_> = row.read().map_err(|error| error.to_string())?;
        if let Some(kind) = EventKind::from_code(told.event) {
            tell(&Counted {
                recorded_at: told.recorded_at,
                measurement: Measurement {
                    rating: told.rating,
                    mode: told.mode,
                    ..Measurement::of_app(kind, told.tenant_id, told.app_id)
                },
                charted: None,
            });
        }
        Ok(())
    })? {}
    Ok(())
}
