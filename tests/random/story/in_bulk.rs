//! Many at once: rows of one table, and batches.

use std::rc::Rc;

use uuid::Uuid;

use super::Story;
use super::transactions::Ran;
use crate::call::Call;
use crate::kind::Kind;
use crate::value::Value;

impl Story {
    /// Plain rows, several of one table in one statement.
    pub fn rows(&mut self) {
        let kind = self.kind();
        let count = 1 + self.draw.below(8);
        let mut calls: Vec<Call> = Vec::new();
        for _ in 0..count {
            let mut call = self.call(kind, false);
            if has_id(kind) && !call.given.contains_key("created_at") {
                // It begins now, whatever its id tells.
                call.given.remove("finished_at");
                call.set(kind.took(), Value::Float(0.5));
                call.given.remove("id");
            }
            match kind {
                Kind::AppUpdated | Kind::AppDeleted => return,
                Kind::AppCreated => {
                    let app = self.draw.uuid();
                    call.set("app_id", Value::Uuid(app));
                    let tenant = call.uuid("tenant_id").expect("a tenant");
                    self.apps.push((tenant, app));
                }
                Kind::Feedback => call.set("message_id", Value::Uuid(self.draw.uuid())),
                _ => {}
            }
            let id = |call: &Call| call.uuid("id");
            let taken = |row: Uuid| self.world.row(kind, row).is_some();
            let twice = id(&call).is_some() && calls.iter().any(|other| id(other) == id(&call));
            if !twice && !id(&call).is_some_and(taken) {
                calls.push(call);
            }
        }
        if calls.is_empty() {
            return;
        }
        let ran = if self.draw.chance(0.3) {
            calls.truncate(1);
            self.copied(&mut calls)
        } else {
            self.inserted(&calls)
        };
        let Some((ids, now)) = ran else {
            return;
        };
        for (at, call) in calls.iter().enumerate() {
            let one = Call::insert(std::slice::from_ref(call), &mut self.draw);
            let statement = Rc::from(format!("{one} -- one of {} rows", calls.len()));
            let id = call
                .uuid("id")
                .or_else(|| ids.get(at)?.as_deref()?.parse().ok());
            self.world.inserted(call, id, now, &statement);
            self.done.push(call.clone());
        }
    }

    fn inserted(&mut self, calls: &[Call]) -> Option<Ran> {
        let mut statement = Call::insert(calls, &mut self.draw);
        if has_id(calls[0].kind) {
            statement.push_str(" RETURNING id");
        }
        self.run(&statement)
    }

    /// Rows alike but for their ids: COPY knows no default for one row only.
    fn copied(&mut self, calls: &mut Vec<Call>) -> Option<Ran> {
        let kind = calls[0].kind;
        if has_id(kind) {
            if calls[0].given.contains_key("created_at") {
                for _ in 0..self.draw.below(4) {
                    calls.push(calls[0].clone());
                }
            }
            for call in &mut *calls {
                call.set("id", Value::Uuid(self.draw.v4()));
            }
        }
        let names: Vec<String> = calls[0]
            .given
            .keys()
            .map(|name| format!("\"{name}\""))
            .collect();
        let statement = format!(
            "COPY dify_observe.{} ({}) FROM STDIN (FORMAT csv)",
            kind.table(),
            names.join(", ")
        );
        let row = |call: &Call| {
            let values: Vec<String> = call.given.values().map(Value::csv).collect();
            values.join(",")
        };
        let rows: Vec<String> = calls.iter().map(row).collect();
        self.copy(&statement, &rows.join("\n"))
    }

    pub fn batch(&mut self) {
        let count = self.draw.pick(&[0, 1, 2, 10, 40]);
        let mut calls: Vec<Call> = Vec::new();
        for _ in 0..count {
            let kind = self.kind();
            let mut call = self.call(kind, true);
            if has_id(kind) && call.uuid("id").is_none() {
                self.marks += 1;
                call.set("user_id", Value::Text(format!("mark {}", self.marks)));
            }
            // There, a null counts as not given.
            call.given
                .retain(|_, value| *value != Value::Json("null".to_owned()));
            calls.push(call);
            if self.draw.chance(0.05) {
                // Given twice: the first one counts.
                let mut twice: Call = self.draw.pick(&calls);
                if twice.uuid("id").is_some() {
                    twice.set("user_id", Value::Text("the second one".to_owned()));
                    calls.push(twice);
                }
            }
        }
        let events: Vec<String> = calls
            .iter()
            .map(|call| call.event(&mut self.draw))
            .collect();
        let statement = format!(
            "SELECT logged || ' ' || quarantined FROM dify_observe.log_batch('[{}]')",
            events.join(", ").replace('\'', "''")
        );
        let Some((counted, now)) = self.run(&statement) else {
            return;
        };
        if counted != [Some(format!("{} 0", calls.len()))] {
            let told = format!(
                "{counted:?} of {} events logged\n    {statement}",
                calls.len()
            );
            self.refused.push(told);
        }
        // What others refer to is logged before them, and runs before what is in them.
        calls.sort_by_key(|call| match call.kind {
            Kind::Run => 0,
            Kind::Node => 1,
            Kind::Message => 2,
            _ => 3,
        });
        for call in &calls {
            let one = call.event(&mut self.draw);
            let statement = Rc::from(format!("log_batch('[{one}]') -- one of {}", calls.len()));
            let id = call.uuid("id").or_else(|| self.marked(call));
            self.world.log(call, id, now, &statement);
            self.done.push(call.clone());
        }
    }

    /// The id that a row of a batch was given.
    fn marked(&mut self, call: &Call) -> Option<Uuid> {
        let user = call
            .text("user_id")
            .filter(|user| user.starts_with("mark "))?;
        let look = format!(
            "SELECT id FROM dify_observe.{} WHERE user_id = '{user}'",
            call.kind.table()
        );
        self.run(&look)?.0.first()?.as_deref()?.parse().ok()
    }
}

fn has_id(kind: Kind) -> bool {
    !kind.is_app() && kind != Kind::Feedback
}
