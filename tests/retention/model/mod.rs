//! Random rows, policies, holds and crashes against a simple model of what must be left.

mod row;
mod rules;
mod world;

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dify_observe_tests::Cluster;
use postgres::Client;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::history::*;
use rules::Rules;
use world::World;

const ROUNDS: usize = 3;

/// Always the same ones, and one that nobody has tried; `DIFY_OBSERVE_SEED` asks for one.
fn seeds() -> Vec<u64> {
    match std::env::var("DIFY_OBSERVE_SEED") {
        Ok(seed) => vec![seed.parse().expect("a number")],
        Err(_) => vec![13, now()],
    }
}

#[test]
fn what_survives_is_what_the_model_says() {
    let cluster = Cluster::builder("model").preload(false).start();
    for (n, seed) in seeds().into_iter().enumerate() {
        eprintln!("DIFY_OBSERVE_SEED={seed}");
        let database = format!("model{n}");
        cluster.create_database(&database);
        cluster.create_extension(&database);
        survives(&cluster, &database, &mut SmallRng::seed_from_u64(seed));
    }
}

fn survives(cluster: &Cluster, database: &str, random: &mut SmallRng) {
    let mut session = open(cluster, database);
    prepare(&mut session);
    run(
        &mut session,
        "SELECT ensure_partitions(now() - interval '50 days', now())",
    );
    let mut world = World::draw(random);
    world.write(&mut session);
    if random.random_bool(0.5) {
        settle(&mut session);
    }
    run(&mut session, "CALL fold_metrics()");
    world.same_as(&mut session, "logged");
    for round in 0..ROUNDS {
        let rules = Rules::draw(random);
        rules.write(&mut session);
        world.finish_some(&mut session, random);
        session = interrupted(cluster, database, session, random);
        retain(&mut session);
        assert_eq!(told(&mut session, "blocked"), "{}");
        world.expire(&rules);
        world.same_as(&mut session, &format!("round {round} of {rules:?}"));
    }
}

fn open(cluster: &Cluster, database: &str) -> Client {
    let mut session = cluster.connect(database);
    run(&mut session, "SET search_path = dify_observe, public");
    session
}

/// A run that does not come to its end: or none.
fn interrupted(
    cluster: &Cluster,
    database: &str,
    mut session: Client,
    random: &mut SmallRng,
) -> Client {
    match random.random_range(0..3) {
        0 => {}
        1 => {
            run(&mut session, "CALL fold_metrics()");
            run(&mut session, "SELECT begin_retention(false)");
            for _ in 0..random.random_range(1..200) {
                run(&mut session, "SELECT retention_step()");
            }
            cluster.crash();
            cluster.start_again();
            session = open(cluster, database);
        }
        _ => {
            let mut victim = cluster.connect(database);
            let pid: i32 = victim
                .query_one("SELECT pg_backend_pid()", &[])
                .expect("a pid")
                .get(0);
            let removing =
                thread::spawn(move || victim.batch_execute("CALL dify_observe.run_retention()"));
            thread::sleep(Duration::from_millis(random.random_range(1..400)));
            run(&mut session, &format!("SELECT pg_terminate_backend({pid})"));
            removing.join().expect("a thread").ok();
        }
    }
    session
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("after 1970").as_secs()
}
