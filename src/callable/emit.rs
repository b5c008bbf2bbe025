//! `emit_rows`: the trigger that tells as events what a statement has made final, of runs, node executions and messages.

use crate::rows::{Insertion, Lookup, Table, Transition, identity};
use crate::worker;
use pgrx::datum::{TimestampWithTimeZone, Uuid};
use pgrx::prelude::*;
use std::ffi::CStr;

calling_convention!(pg_finfo_emit_rows_wrapper);

/// # Safety
/// Called by Postgres alone, as a statement trigger with transition tables, of one of our tables.
#[unsafe(no_mangle)]
#[pg_guard]
pub unsafe extern "C-unwind" fn emit_rows_wrapper(
    fcinfo: pg_sys::FunctionCallInfo,
) -> pg_sys::Datum {
    unsafe {
        let trigger = (*fcinfo).context.cast::<pg_sys::TriggerData>();
        if trigger.is_null() || (*trigger).type_ != pg_sys::NodeTag::T_TriggerData {
            ereport!(
                ERROR,
                PgSqlErrorCode::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
                "emit_rows was not called as a trigger"
            );
        }
        let trigger = &*trigger;
        // It trusts the columns of its tables, and reads both sides of an UPDATE.
        let ours = pg_sys::get_func_namespace((*(*fcinfo).flinfo).fn_oid);
        let updated =
            trigger.tg_event & pg_sys::TRIGGER_EVENT_OPMASK == pg_sys::TRIGGER_EVENT_UPDATE;
        if (*(*trigger.tg_relation).rd_rel).relnamespace != ours
            || trigger.tg_newtable.is_null()
            || trigger.tg_oldtable.is_null() == updated
        {
            ereport!(
                ERROR,
                PgSqlErrorCode::ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED,
                "emit_rows is a trigger of this extension's tables alone, AFTER INSERT with the new rows, or AFTER UPDATE with the old and the new rows"
            );
        }
        worker::wake::on_commit();
        tell(trigger);
    }
    pg_sys::Datum::null()
}

unsafe fn tell(trigger: &pg_sys::TriggerData) {
    unsafe {
        let table = trigger.tg_relation;
        let shape = (*table).rd_att;
        let columns = Columns::of(trigger);
        let mut after = Transition::of(trigger.tg_newtable, shape);
        let mut before =
            (!trigger.tg_oldtable.is_null()).then(|| Transition::of(trigger.tg_oldtable, shape));
        let now = pg_sys::GetTopFullTransactionId().value;
        let mut events = None;
        while after.advance() {
            if columns.are_open(&after) {
                continue;
            }
            let newly = match &mut before {
                // A restored or copied row brings another transaction with it.
                None => after.get::<i64>(columns.xid) == Some(now as i64),
                Some(before) => columns.were_open(before, &after),
            };
            if newly {
                events
                    .get_or_insert_with(|| Events::of((*(*table).rd_rel).relnamespace))
                    .tell(&columns, &after);
            }
        }
        if let Some(before) = before {
            before.close();
        }
        after.close();
        if let Some(events) = events {
            events.end();
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Run,
    Node,
    Message,
}

/// Where in a row stands what decides.
struct Columns {
    kind: Kind,
    id: usize,
    created_at: usize,
    status: usize,
    xid: usize,
    parent_trace: usize,
    /// Of a run, the run that it is part of.
    run: usize,
    /// Of a run, the node execution that it is part of; of a node execution, whether it is a draft.
    other: Option<usize>,
}

impl Columns {
    unsafe fn of(trigger: &pg_sys::TriggerData) -> Columns {
        let table =
            unsafe { CStr::from_ptr((*(*trigger.tg_relation).rd_rel).relname.data.as_ptr()) };
        let (kind, run, other) = match table.to_bytes() {
            b"workflow_runs" => (
                Kind::Run,
                c"parent_workflow_run_id",
                Some(c"parent_node_execution_id"),
            ),
            b"node_executions" => (Kind::Node, c"workflow_run_id", Some(c"draft")),
            b"messages" => (Kind::Message, c"workflow_run_id", None),
            _ => error!("emit_rows is no trigger for {table:?}"),
        };
        let shape = unsafe { pgrx::PgTupleDesc::from_pg_unchecked((*trigger.tg_relation).rd_att) };
        let named = |column: &pg_sys::FormData_pg_attribute, name: &CStr| {
            let same = unsafe { libc::strcmp(column.attname.data.as_ptr(), name.as_ptr()) } == 0;
            same && !column.attisdropped
        };
        let column = |name: &CStr| {
            let at = shape.iter().position(|column| named(column, name));
            at.unwrap_or_else(|| error!("there is no column {name:?}"))
        };
        Columns {
            kind,
            id: column(c"id"),
            created_at: column(c"created_at"),
            status: column(c"status"),
            xid: column(c"xid"),
            parent_trace: column(c"parent_trace_id"),
            run: column(run),
            other: other.map(column),
        }
    }

    unsafe fn are_open(&self, row: &Transition) -> bool {
        let open = match self.kind {
            Kind::Run => ["running", "paused", "scheduled"].as_slice(),
            Kind::Node => &["running", "paused", "pending"],
            Kind::Message => &["running", "paused"],
        };
        let status = unsafe { row.get::<&str>(self.status) };
        status.is_none_or(|status| open.contains(&status))
    }

    /// The state before the statement, of the same row. Both tables are in the order of the changes; a row that was lost on its way to another partition is in the
    /// first alone.
    unsafe fn were_open(&self, before: &mut Transition, after: &Transition) -> bool {
        unsafe {
            let id = after.get::<Uuid>(self.id);
            while before.advance() {
                if before.get::<Uuid>(self.id) == id {
                    return self.are_open(before);
                }
            }
        }
        false
    }
}

/// Where they are written.
struct Events {
    insertion: Insertion,
    sequence: pg_sys::Oid,
    roots: Lookup,
    /// Rows of a run often come together.
    last: Option<(Uuid, Option<Uuid>)>,
    memory: pgrx::PgMemoryContexts,
}

impl Events {
    unsafe fn of(schema: pg_sys::Oid) -> Events {
        let relation = |name: &CStr| unsafe { pg_sys::get_relname_relid(name.as_ptr(), schema) };
        unsafe {
            Events {
                roots: Lookup::open(relation(c"trace_roots")),
                insertion: Table::open_for_all(relation(c"events")).insertion(),
                sequence: relation(c"events_id_seq"),
                last: None,
                memory: pgrx::PgMemoryContexts::new("an event"),
            }
        }
    }

    unsafe fn tell(&mut self, columns: &Columns, row: &Transition) {
        unsafe {
            let (trace, draft) = self.trace(columns, row);
            let event: i16 = match columns.kind {
                Kind::Run => 1,
                Kind::Node if draft => 3,
                Kind::Node => 2,
                Kind::Message => 4,
            };
            let number = identity::next(self.sequence);
            let insertion = &mut self.insertion;
            self.memory.reset();
            let caller = pg_sys::MemoryContextSwitchTo(self.memory.value());
            let given = [
                number.into_datum(),
                Some(pg_sys::Datum::from(pg_sys::GetTopFullTransactionId().value)),
                Some(pg_sys::Datum::from(pg_sys::GetCurrentTimestamp())),
                row.get::<TimestampWithTimeZone>(columns.created_at)
                    .into_datum(),
                row.get::<Uuid>(columns.id).into_datum(),
                event.into_datum(),
                trace
                    .map(|trace| {
                        uuid::Uuid::from_bytes(*trace.as_bytes())
                            .simple()
                            .to_string()
                    })
                    .into_datum(),
                None,
            ];
            let given = given.map(|value| pg_sys::NullableDatum {
                value: value.unwrap_or(pg_sys::Datum::null()),
                isnull: value.is_none(),
            });
            let event = insertion.table().row(&given);
            insertion.add(&event, false);
            pg_sys::MemoryContextSwitchTo(caller);
        }
    }

    /// The trace, and whether it is a draft's.
    unsafe fn trace(&mut self, columns: &Columns, row: &Transition) -> (Option<Uuid>, bool) {
        unsafe {
            let own = row.get::<Uuid>(columns.id);
            let parent_trace = row.get::<Uuid>(columns.parent_trace);
            let run = row.get::<Uuid>(columns.run);
            match columns.kind {
                // Settled when the run was written, by a_trace_root.
                Kind::Run => {
                    let node = columns.other.and_then(|node| row.get::<Uuid>(node));
                    let nested = parent_trace.or(run).or(node).is_some();
                    (
                        own.filter(|_| nested)
                            .and_then(|own| self.root(own))
                            .or(own),
                        false,
                    )
                }
                Kind::Node if columns.other.and_then(|draft| row.get(draft)) == Some(true) => {
                    (own, true)
                }
                Kind::Node | Kind::Message => {
                    let root = || run.and_then(|run| self.root(run)).or(run);
                    (parent_trace.or_else(root).or(own), false)
                }
            }
        }
    }

    fn root(&mut self, run: Uuid) -> Option<Uuid> {
        match self.last {
            Some((known, root)) if known == run => root,
            _ => {
                let root = self.roots.uuid(&run);
                self.last = Some((run, root));
                root
            }
        }
    }

    unsafe fn end(self) {
        self.roots.close();
        unsafe { self.insertion.end() };
    }
}
