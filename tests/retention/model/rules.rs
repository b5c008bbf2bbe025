//! Policies and holds, and what they say of a row.

use postgres::Client;
use rand::Rng;
use rand::rngs::SmallRng;

use crate::history::run;
use crate::model::row::Place;

pub const TENANTS: u8 = 3;
/// Of each tenant.
pub const APPS: u8 = 2;
/// Of each app.
pub const WORKFLOWS: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Default,
    Tenant(u8),
    App(u8),
    Workflow(u8),
}

impl Scope {
    /// Narrowest first.
    fn around(place: Place, workflow: Option<u8>) -> [Option<Scope>; 4] {
        [
            workflow.map(Scope::Workflow),
            Some(Scope::App(place.app)),
            Some(Scope::Tenant(place.tenant)),
            Some(Scope::Default),
        ]
    }

    fn draw(random: &mut SmallRng) -> Scope {
        let apps = TENANTS * APPS;
        match random.random_range(0..4) {
            0 => Scope::Default,
            1 => Scope::Tenant(random.random_range(0..TENANTS)),
            2 => Scope::App(random.random_range(0..apps)),
            _ => Scope::Workflow(random.random_range(0..apps * WORKFLOWS)),
        }
    }

    fn sql(self) -> String {
        match self {
            Scope::Default => "'default', NULL".to_owned(),
            Scope::Tenant(n) => format!("'tenant', '{}'", id('a', n)),
            Scope::App(n) => format!("'app', '{}'", id('b', n)),
            Scope::Workflow(n) => format!("'workflow', '{}'", id('c', n)),
        }
    }
}

pub fn id(kind: char, n: u8) -> String {
    format!("{}-0000-4000-8000-{n:012}", String::from_iter([kind; 8]))
}

/// Days, or for ever.
type Keep = Option<u32>;

#[derive(Debug)]
pub struct Rules {
    policies: Vec<(Scope, Keep)>,
    holds: Vec<Scope>,
}

impl Rules {
    /// Odd days, as ages are even ones and a half: so nothing is on the brink.
    pub fn draw(random: &mut SmallRng) -> Rules {
        let mut policies: Vec<(Scope, Keep)> = Vec::new();
        // Often none but the default's, by which partitions go unread; and just one more, by which some do not.
        let most = [0, 1, 7][random.random_range(0..3)];
        for _ in 0..random.random_range(0..=most) {
            let scope = Scope::draw(random);
            if policies.iter().all(|(other, _)| *other != scope) {
                let keep = random
                    .random_bool(0.8)
                    .then(|| random.random_range(0..40) * 2 + 1);
                policies.push((scope, keep));
            }
        }
        let mut holds = Vec::new();
        for _ in 0..random.random_range(0..=most.min(2)) {
            let scope = Scope::draw(random);
            if scope != Scope::Default && !holds.contains(&scope) {
                holds.push(scope);
            }
        }
        Rules { policies, holds }
    }

    pub fn write(&self, session: &mut Client) {
        let mut sql = "DELETE FROM retention_policies; DELETE FROM retention_holds;".to_owned();
        for (scope, keep) in &self.policies {
            let keep = keep.map_or("NULL".to_owned(), |days| format!("'{days} days'"));
            sql += &format!(
                "INSERT INTO retention_policies (scope, scope_id, keep) VALUES ({}, {keep});",
                scope.sql()
            );
        }
        for scope in &self.holds {
            sql += &format!(
                "INSERT INTO retention_holds (scope, scope_id) VALUES ({});",
                scope.sql()
            );
        }
        run(session, &sql);
    }

    /// Whether what is so many days and a half old must go.
    pub fn expired(&self, place: Place, workflow: Option<u8>, days: u32) -> bool {
        let around = Scope::around(place, workflow);
        if around
            .iter()
            .flatten()
            .any(|scope| self.holds.contains(scope))
        {
            return false;
        }
        let policy = around
            .iter()
            .flatten()
            .find_map(|scope| self.policies.iter().find(|(other, _)| other == scope));
        match policy {
            Some((_, None)) => false,
            Some((_, Some(keep))) => days >= *keep,
            None => days >= 30,
        }
    }
}
