//! What has been logged so far, and what was told of it. A clone of it is what a savepoint remembers.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use uuid::Uuid;

use crate::call::Call;
use crate::expectation::Moment;
use crate::kind::Kind;
use crate::times::Times;
use crate::trace;
use crate::value::Value;

/// Something that happened and is told once.
#[derive(Clone)]
pub struct Event {
    /// With everything that is known when it is told.
    pub call: Call,
    /// Of the source row; none where the caller was not told it.
    pub id: Option<Uuid>,
    pub root: Option<Uuid>,
    pub times: Times,
    /// What logged it, to reproduce it.
    pub statement: Rc<str>,
}

#[derive(Clone)]
pub struct Row {
    pub call: Call,
    pub root: Uuid,
    pub begun: Option<Moment>,
    pub finished: bool,
}

#[derive(Clone, Default)]
struct App {
    created: bool,
    deleted: bool,
    mode: Option<Value>,
    /// The times that were told, of each kind of event.
    told: BTreeSet<(Kind, i64)>,
}

#[derive(Clone, Default)]
struct Feedback {
    /// The latest, and when that was.
    said: Option<(Said, Moment)>,
    /// With the time that was given.
    earlier: Vec<(i64, Said)>,
    user: Option<Value>,
}

/// Rating and content.
type Said = [Option<String>; 2];

#[derive(Clone, Default)]
pub struct World {
    rows: HashMap<(Kind, Uuid), Rc<Row>>,
    /// In the order in which they came, so that a seed chooses the same ones again.
    pub order: Vec<(Kind, Uuid)>,
    apps: HashMap<Uuid, App>,
    feedbacks: HashMap<(Uuid, String), Feedback>,
    pub events: Vec<Rc<Event>>,
}

impl World {
    pub fn row(&self, kind: Kind, id: Uuid) -> Option<&Row> {
        self.rows.get(&(kind, id)).map(Rc::as_ref)
    }

    /// A row that was inserted begins now, unless it says when.
    pub fn inserted(&mut self, row: &Call, id: Option<Uuid>, now: Moment, statement: &Rc<str>) {
        let begun = (!row.given.contains_key("created_at")).then_some(now);
        self.told(row, id, begun, now, statement);
    }

    /// `id` is what the call returned.
    pub fn log(&mut self, call: &Call, id: Option<Uuid>, now: Moment, statement: &Rc<str>) {
        self.told(call, id, None, now, statement);
    }

    fn told(
        &mut self,
        call: &Call,
        id: Option<Uuid>,
        begun: Option<Moment>,
        now: Moment,
        statement: &Rc<str>,
    ) {
        match call.kind {
            Kind::AppCreated | Kind::AppUpdated | Kind::AppDeleted => {
                self.app(call, now, statement);
            }
            Kind::Feedback => self.feedback(call, now, statement),
            _ => self.row_logged(call, id, begun, now, statement),
        }
    }

    fn row_logged(
        &mut self,
        call: &Call,
        id: Option<Uuid>,
        begun: Option<Moment>,
        now: Moment,
        statement: &Rc<str>,
    ) {
        let id = id.expect("rows have ids");
        if let Some(row) = self.row(call.kind, id) {
            if !row.finished {
                self.finish(call, id, now, statement);
            }
            return;
        }
        let status = call.text("status");
        let finished = status.is_none_or(|status| call.kind.statuses().1.contains(&status));
        let root = trace::root(self, call, id);
        let times = Times::of(call, begun, now);
        let row = Row {
            call: call.clone(),
            root,
            begun: Some(times.created),
            finished,
        };
        self.rows.insert((call.kind, id), Rc::new(row));
        self.order.push((call.kind, id));
        if finished {
            self.tell(call, Some(id), Some(root), times, statement);
        }
    }

    /// What is told at the end adds to what was told at the start.
    pub fn finish(&mut self, told: &Call, id: Uuid, now: Moment, statement: &Rc<str>) {
        let known = self.row(told.kind, id).expect("it was started").clone();
        if known.finished {
            return;
        }
        let mut call = known.call.clone();
        call.given.extend(told.given.clone());
        let status = call.text("status").expect("a status");
        let finished = told.kind.statuses().1.contains(&status);
        if finished {
            let times = Times::of(&call, known.begun, now);
            // A run's is settled at its start, as others refer to it.
            let root = match told.kind {
                Kind::Run => known.root,
                _ => trace::root(self, &call, id),
            };
            self.tell(&call, Some(id), Some(root), times, statement);
        }
        let row = Row {
            call,
            finished,
            ..known
        };
        self.rows.insert((told.kind, id), Rc::new(row));
    }

    fn tell(
        &mut self,
        call: &Call,
        id: Option<Uuid>,
        root: Option<Uuid>,
        times: Times,
        statement: &Rc<str>,
    ) {
        self.events.push(Rc::new(Event {
            call: call.clone(),
            id,
            root,
            times,
            statement: Rc::clone(statement),
        }));
    }

    /// Created once, deleted once; what is told again with its time is a retry, however late.
    fn app(&mut self, call: &Call, now: Moment, statement: &Rc<str>) {
        let id = call.uuid("app_id").expect("an app");
        let app = self.apps.entry(id).or_default();
        let given = ["created_at", "updated_at", "deleted_at"]
            .iter()
            .find_map(|name| call.time(name));
        let known = match call.kind {
            Kind::AppCreated => app.created && !app.deleted,
            Kind::AppDeleted => app.deleted,
            _ => false,
        };
        if known || given.is_some_and(|at| !app.told.insert((call.kind, at))) {
            return;
        }
        match call.kind {
            Kind::AppCreated => (app.created, app.deleted) = (true, false),
            Kind::AppDeleted => app.deleted = true,
            _ => {}
        }
        let mut call = call.clone();
        keep(&mut call, "mode", &mut app.mode);
        let at = given.map_or(now, Moment::at);
        self.tell(&call, Some(id), None, Times::once(at), statement);
    }

    /// One per message and source; changed is what differs in rating or content. What was said before,
    /// with its time, is a late retry where something newer was said since.
    fn feedback(&mut self, call: &Call, now: Moment, statement: &Rc<str>) {
        let message = call.uuid("message_id").expect("a message");
        let source = call.text("from_source").unwrap_or("user").to_owned();
        let said: Said = ["rating", "content"].map(|name| call.text(name).map(str::to_owned));
        let feedback = self.feedbacks.entry((message, source)).or_default();
        let given = call.time("created_at").map(|at| (at, said.clone()));
        if let Some((latest, when)) = &feedback.said {
            let older = |(at, _): &(i64, Said)| *at < when.from;
            let repeated = |given: &&(i64, Said)| feedback.earlier.contains(given);
            if *latest == said || given.as_ref().filter(repeated).is_some_and(older) {
                return;
            }
        }
        let at = call.time("created_at").map_or(now, Moment::at);
        feedback.said = Some((said, at));
        feedback.earlier.extend(given);
        let mut call = call.clone();
        keep(&mut call, "user_id", &mut feedback.user);
        let root = trace::of_message(self, message);
        self.tell(&call, None, Some(root), Times::once(at), statement);
    }
}

/// What the row holds already is not forgotten when a later call does not give it.
fn keep(call: &mut Call, name: &'static str, held: &mut Option<Value>) {
    match call.given.get(name) {
        Some(value) => *held = Some(value.clone()),
        None => {
            if let Some(value) = held {
                call.set(name, value.clone());
            }
        }
    }
}
