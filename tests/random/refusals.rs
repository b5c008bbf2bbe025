//! Bad input is refused with a reason that names it, whichever way it comes, and nothing of it arrives.

mod faulty;

use dify_observe_tests::{Cluster, Collector};
use postgres::Client;
use postgres::error::DbError;
use uuid::Uuid;

use crate::arguments;
use crate::call::Call;
use crate::difference::Differences;
use crate::draw::Draw;
use crate::kind::Kind;
use crate::value::Value;
use crate::wrong::{self, Wrong};

const DATABASE: &str = "refusals";

#[test]
fn random_bad_input_is_refused_by_name_and_nothing_of_it_arrives() {
    let collector = Collector::start();
    let cluster = Cluster::builder("refusals")
        .exports_to(&collector.endpoint())
        .start();
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    for seed in super::seeds() {
        let mut refusing = Refusing {
            draw: Draw::seeded(seed),
            session: cluster.connect(DATABASE),
            differences: Differences::default(),
            logged: 0,
            quarantined: 0,
        };
        for kind in Kind::ALL {
            refusing.kind(kind);
        }
        refusing.faulty_batches();
        refusing.nothing_arrived(&cluster, &collector);
        refusing
            .differences
            .none(&format!("DIFY_OBSERVE_SEED={seed}"));
        cluster.sql(DATABASE, "TRUNCATE dify_observe.quarantined_events");
        collector.forget();
    }
}

struct Refusing {
    draw: Draw,
    session: Client,
    differences: Differences,
    /// Good events that were logged beside the bad ones.
    logged: usize,
    quarantined: usize,
}

impl Refusing {
    fn kind(&mut self, kind: Kind) {
        for wrong in wrong::all(&self.good(kind)) {
            let good = self.good(kind);
            let bad = made(&good, &wrong);
            let case = format!("{}({})", kind.function(), wrong.argument);
            let statement = bad.function(kind.function(), &mut self.draw);
            self.refused(&case, &statement, wrong.code, &[wrong.argument]);
            if !matches!(kind, Kind::AppUpdated | Kind::AppDeleted) {
                let statement = Call::insert(std::slice::from_ref(&bad), &mut self.draw);
                if self.session.simple_query(&statement).is_ok() {
                    self.differences
                        .note(format!("a row of {case} is taken"), || statement);
                }
            }
            self.batches(&case, &bad, &wrong);
        }
        let mut early = self.good(kind);
        if early.given.contains_key("finished_at") {
            early.set("created_at", Value::Text("2020-01-01T00:00:01Z".to_owned()));
            early.set(
                "finished_at",
                Value::Text("2020-01-01T00:00:00.999999Z".to_owned()),
            );
            let statement = early.function(kind.function(), &mut self.draw);
            self.refused(kind.function(), &statement, "22023", &["finished_at"]);
        }
    }

    /// The bad one among good ones: nothing is logged, or all but this one.
    fn batches(&mut self, case: &str, bad: &Call, wrong: &Wrong) {
        let count = 1 + self.draw.below(5);
        let at = self.draw.below(count);
        let calls: Vec<Call> = (0..count)
            .map(|place| {
                let kind = self.draw.pick(&Kind::ALL);
                if place == at {
                    bad.clone()
                } else {
                    self.good(kind)
                }
            })
            .collect();
        let events: Vec<String> = calls
            .iter()
            .map(|call| call.event(&mut self.draw))
            .collect();
        let events = events.join(", ").replace('\'', "''");
        let place = format!("event {} of {count}", at + 1);
        let statement = format!("SELECT * FROM dify_observe.log_batch('[{events}]')");
        self.refused(
            &format!("batch of {case}"),
            &statement,
            wrong.code,
            &[&place, wrong.argument],
        );
        let statement = format!(
            "SELECT logged = {} AND quarantined = 1 FROM dify_observe.log_batch('[{events}]', on_error => 'quarantine')",
            count - 1
        );
        self.kept_aside(case, &statement);
        self.logged += count - 1;
    }

    fn kept_aside(&mut self, case: &str, statement: &str) {
        match self.session.query_one(statement, &[]) {
            Ok(row) if row.get(0) => self.quarantined += 1,
            Ok(_) => self
                .differences
                .note(format!("quarantine of {case}: counts"), || {
                    statement.to_owned()
                }),
            Err(error) => {
                self.differences
                    .note(format!("quarantine of {case}: {error:?}"), || {
                        statement.to_owned()
                    });
            }
        }
    }

    fn refused(&mut self, case: &str, statement: &str, code: &str, names: &[&str]) {
        let told = match self.session.simple_query(statement) {
            Ok(_) => "taken".to_owned(),
            Err(error) => match error.as_db_error() {
                Some(told) if names_it(told, code, names) => return,
                Some(told) => format!(
                    "{} {} ({:?})",
                    told.code().code(),
                    told.message(),
                    told.detail()
                ),
                None => error.to_string(),
            },
        };
        self.differences
            .note(format!("{case} expects {code} {names:?}"), || {
                format!("{told}\n  {statement}")
            });
    }

    fn nothing_arrived(&mut self, cluster: &Cluster, collector: &Collector) {
        let count = |table: &str| {
            let counted = cluster.value(
                DATABASE,
                &format!("SELECT count(*) FROM dify_observe.{table}"),
            );
            counted
                .expect("a count")
                .parse::<usize>()
                .expect("a number")
        };
        cluster.sql(DATABASE, "CALL dify_observe.export_now()");
        let seen = [collector.logs().len(), count("quarantined_events")];
        let wanted = [self.logged, self.quarantined];
        if seen != wanted {
            self.differences
                .note("logged and quarantined".to_owned(), || {
                    format!("{wanted:?} {seen:?}")
                });
        }
    }

    fn good(&mut self, kind: Kind) -> Call {
        let (tenant, app) = (self.draw.uuid(), self.draw.uuid());
        let mut call = arguments::call(&mut self.draw, kind, tenant, app, true);
        let run = self.draw.uuid();
        match kind {
            Kind::Node => call.set("workflow_run_id", Value::Uuid(run)),
            Kind::Feedback => {
                call.set("message_id", Value::Uuid(run));
                call.set("rating", Value::Text("like".to_owned()));
            }
            _ => {}
        }
        if !kind.is_app() && kind != Kind::Feedback {
            let id: Option<Uuid> = self.draw.chance(0.5).then(|| self.draw.uuid());
            arguments::identity_and_times(&mut self.draw, &mut call, id);
        }
        call
    }
}

fn made(good: &Call, wrong: &Wrong) -> Call {
    let mut bad = good.clone();
    if wrong.argument == "created_at" {
        // A start far away is not what is wrong with the end.
        bad.given.remove("finished_at");
    }
    match &wrong.value {
        Some(value) => bad.set(wrong.argument, value.clone()),
        None => {
            bad.given.remove(wrong.argument);
        }
    }
    bad
}

fn names_it(told: &DbError, code: &str, names: &[&str]) -> bool {
    told.code().code().starts_with(code) && names.iter().all(|name| told.message().contains(name))
}
