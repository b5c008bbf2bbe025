//! A random story: what is logged, in which way, in which transaction. Each statement is run and told to the model.

mod in_bulk;
mod transactions;

use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use postgres::Client;
use uuid::Uuid;

use crate::arguments;
use crate::call::Call;
use crate::draw::Draw;
use crate::kind::Kind;
use crate::placing::{Placing, Promised};
use crate::unfinished::{Unfinished, divided, finish_function, start_function};
use crate::value::Value;
use crate::world::World;

pub struct Story {
    pub draw: Draw,
    session: Client,
    pub world: World,
    /// What a rollback goes back to, outermost first.
    saved: Vec<World>,
    begun: Option<i64>,
    /// Tenants with their apps.
    apps: Vec<(Uuid, Uuid)>,
    promised: Promised,
    unfinished: Vec<Unfinished>,
    done: Vec<Call>,
    marks: usize,
    /// What should have been taken and was not.
    pub refused: Vec<String>,
}

pub fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("since 1970");
    i64::try_from(since.as_micros()).expect("micros")
}

impl Story {
    pub fn new(seed: u64, session: Client) -> Story {
        let mut draw = Draw::seeded(seed);
        let tenants: Vec<Uuid> = (0..3).map(|_| draw.uuid()).collect();
        Story {
            apps: (0..6)
                .map(|app| (tenants[app % tenants.len()], draw.uuid()))
                .collect(),
            draw,
            session,
            world: World::default(),
            saved: Vec::new(),
            begun: None,
            promised: Promised::default(),
            unfinished: Vec::new(),
            done: Vec::new(),
            marks: 0,
            refused: Vec::new(),
        }
    }

    /// One of each kind, and then whatever comes.
    pub fn tell(&mut self, steps: usize) {
        for kind in Kind::ALL {
            self.one(kind);
        }
        for _ in 0..steps {
            match self.draw.below(100) {
                0..35 => {
                    let kind = self.kind();
                    self.one(kind);
                }
                35..47 => self.start(),
                47..59 => self.end(),
                59..69 => self.rows(),
                69..75 => self.batch(),
                75..81 => self.again(),
                _ => self.transaction(),
            }
        }
        if self.begun.is_some() {
            self.commit();
        }
    }

    /// A call of a log_ function.
    fn one(&mut self, kind: Kind) {
        let call = self.call(kind, true);
        let statement = call.function(kind.function(), &mut self.draw);
        self.log(&call, &statement);
    }

    fn log(&mut self, call: &Call, statement: &str) -> Option<Uuid> {
        let (ids, now) = self.run(statement)?;
        let id = ids.first().and_then(|id| id.as_deref()?.parse().ok());
        self.world.log(call, id, now, &Rc::from(statement));
        self.done.push(call.clone());
        id
    }

    fn start(&mut self) {
        let kind = self.draw.pick(&[Kind::Run, Kind::Node, Kind::Message]);
        let whole = self.call(kind, true);
        let (begin, end) = divided(whole, &mut self.draw);
        let mut open = begin.clone();
        let status = self.draw.pick(kind.statuses().0);
        open.set("status", Value::Text(status.to_owned()));
        let statement = match start_function(kind) {
            Some(function) if self.draw.chance(0.6) => begin.function(function, &mut self.draw),
            _ => open.function(kind.function(), &mut self.draw),
        };
        if let Some(id) = self.log(&open, &statement) {
            self.done.pop();
            self.unfinished.push(Unfinished { id, begin, end });
        }
    }

    fn end(&mut self) {
        let world = &self.world;
        let is_open = |open: &Unfinished| {
            let row = world.row(open.begin.kind, open.id);
            row.is_some_and(|row| !row.finished)
        };
        self.unfinished.retain(is_open);
        if self.unfinished.is_empty() {
            return;
        }
        let at = self.draw.below(self.unfinished.len());
        let Unfinished { id, begin, mut end } = self.unfinished[at].clone();
        end.set("id", Value::Uuid(id));
        match finish_function(end.kind) {
            Some(function) if self.draw.chance(0.65) => {
                if self.draw.chance(0.2) {
                    let mut paused = Call::new(end.kind);
                    paused.set("status", Value::Text("paused".to_owned()));
                    paused.set("id", Value::Uuid(id));
                    self.finish(&paused, id, function);
                }
                self.finish(&end, id, function);
                if self.draw.chance(0.2) {
                    self.finish(&end, id, function);
                }
            }
            _ if self.draw.chance(0.3) && end.is_plain() => self.update(&end, id),
            _ => {
                let mut whole = begin;
                whole.given.extend(end.given);
                let statement = if self.draw.chance(0.3) {
                    format!(
                        "SELECT id FROM (SELECT logged, '{id}' AS id FROM dify_observe.log_batch('[{}]')) done",
                        whole.event(&mut self.draw).replace('\'', "''")
                    )
                } else {
                    whole.function(whole.kind.function(), &mut self.draw)
                };
                self.log(&whole, &statement);
            }
        }
    }

    fn finish(&mut self, end: &Call, id: Uuid, function: &str) {
        let statement = end.function(function, &mut self.draw);
        if let Some((_, now)) = self.run(&statement) {
            self.world.finish(end, id, now, &Rc::from(statement));
        }
    }

    /// The plain row is changed.
    fn update(&mut self, end: &Call, id: Uuid) {
        let mut news = end.clone();
        news.given.remove("id");
        let statement = news.update(id, &mut self.draw);
        if let Some((_, now)) = self.run(&statement) {
            self.world.finish(end, id, now, &Rc::from(statement));
        }
    }

    /// A retry, perhaps with other values, which then count for nothing unless the first was rolled back.
    fn again(&mut self) {
        if self.done.is_empty() {
            return;
        }
        let mut call = self.draw.pick(&self.done);
        let named =
            call.given.contains_key("id") || call.kind.is_app() || call.kind == Kind::Feedback;
        if !named {
            return;
        }
        if self.draw.chance(0.3) {
            call.set("user_id", Value::Text("told again".to_owned()));
            if call.kind.is_app() {
                call.given.remove("user_id");
            }
        }
        let statement = call.function(call.kind.function(), &mut self.draw);
        self.log(&call, &statement);
    }

    fn call(&mut self, kind: Kind, anything: bool) -> Call {
        let (tenant, app) = self.draw.pick(&self.apps);
        let mut call = arguments::call(&mut self.draw, kind, tenant, app, anything);
        let mut placing = Placing {
            draw: &mut self.draw,
            world: &self.world,
            promised: &mut self.promised,
        };
        placing.place(&mut call);
        if let (Kind::Feedback, Some(message)) = (kind, call.uuid("message_id")) {
            // A message has one app.
            let (tenant, app) = self.apps[message.as_u128() as usize % 6];
            call.set("tenant_id", Value::Uuid(tenant));
            call.set("app_id", Value::Uuid(app));
        }
        let id = placing.id(kind);
        if !kind.is_app() && kind != Kind::Feedback {
            arguments::identity_and_times(&mut self.draw, &mut call, id);
        }
        call
    }

    fn kind(&mut self) -> Kind {
        match self.draw.below(3) {
            0 => self
                .draw
                .pick(&[Kind::Run, Kind::Node, Kind::Node, Kind::Message]),
            _ => self.draw.pick(&Kind::ALL),
        }
    }
}
