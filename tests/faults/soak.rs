//! Four writers, and one trouble after the other at random: in the end nothing is lost and every counter is exact.
//! DIFY_OBSERVE_SOAK_SECONDS says for how long, DIFY_OBSERVE_SEED repeats the troubles of another run.

mod memory;
mod trouble;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use dify_observe_tests::{Cluster, Collector, eventually};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

use crate::backlog::{self, A_BATCH_KIB};
use crate::clock::Clock;
use crate::committed::Committed;
use crate::incident::{DATABASE, PATIENCE, WORKER, WRITER};
use crate::record;
use crate::tally::Tally;
use crate::wire::{Totals, receives, recounted};
use crate::writers::Writers;
use memory::Memory;
use trouble::Trouble;

/// What is told in a minute can be looked at one by one.
const PAUSE: Duration = Duration::from_millis(50);

/// As many as are counted at once.
const BURST: usize = 20_000;

fn given<T: FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn nothing_is_lost_and_nothing_miscounted_whatever_happens() {
    let seconds = given("DIFY_OBSERVE_SOAK_SECONDS").unwrap_or(45);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a clock");
    let seed: u64 = given("DIFY_OBSERVE_SEED").unwrap_or(now.as_secs());
    println!("DIFY_OBSERVE_SEED={seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let clock = Clock::at(0);
    let mut receivers = [Receiver::default(), Receiver::default()];
    let cluster = exporting_to(&receivers, &clock);
    let writers = Writers::with_pause(&cluster, PAUSE);

    let begun = Instant::now();
    let half = Duration::from_secs(seconds) / 2;
    let mut end = begun + half * 2;
    let mut troubles: BTreeMap<String, usize> = BTreeMap::new();
    let mut memory = Memory::of(0);
    let mut filled = false;
    while Instant::now() < end {
        // In the second half one worker lives on, so that its memory can be watched; it has had the most first that it takes at once.
        let trouble = if begun.elapsed() < half {
            Trouble::any(&mut random)
        } else {
            if !filled {
                backlog::log(&cluster, BURST);
                has_taken_in(&cluster, &mut receivers);
                memory = Memory::of(0);
                end = Instant::now() + half;
                filled = true;
            }
            Trouble::harmless(&mut random)
        };
        let collector = &receivers[random.random_range(0..2)].collector;
        trouble.happens(&cluster, &clock, collector, &mut random);
        *troubles.entry(format!("{trouble:?}")).or_default() += 1;
        thread::sleep(Duration::from_millis(random.random_range(100..1500)));
        for receiver in &mut receivers {
            receiver.tally.refresh(&receiver.collector);
        }
        if let Some(worker) = cluster.backend_pid(WORKER, DATABASE) {
            if !memory.is_of(worker) {
                memory = Memory::of(worker);
            }
            memory.add(cluster.private_memory(worker).unwrap_or(0));
        }
    }
    let over = Instant::now();
    let told = writers.stop();

    let committed = Committed::of(&cluster);
    told.agrees_with(&committed);
    for receiver in &mut receivers {
        receiver.has(&committed);
    }
    let recovered = over.elapsed();
    let counted = recounted(&cluster);
    for receiver in &mut receivers {
        receiver.has_counted(&cluster, &counted);
    }
    let of_each = |count: fn(&Tally) -> usize| receivers.each_ref().map(|one| count(&one.tally));
    let (first, most, last) = memory.first_most_last();
    let numbers = json!({
        "seconds": seconds, "seed": seed, "troubles": troubles, "events": committed.len(), "rolled_back": told.rolled_back.len(),
        "logs": of_each(|tally| tally.logs().len()), "spans": of_each(|tally| tally.spans().len()), "duplicates": of_each(Tally::duplicates),
        "lost": 0, "recovered_seconds": recovered.as_secs_f64(),
        "memory": { "seconds": memory.seconds(), "first": first, "most": most, "last": last, "slope": memory.slope() },
    });
    record::keep("soak", "soak", &numbers);
    println!("{numbers:#}");
    // Two destinations with a batch of each signal under way, or none at all.
    assert!(
        last < first * 1.5 + 4.0 * A_BATCH_KIB,
        "the worker's memory grows: {first} KiB, at most {most}, then {last}"
    );
}

/// What is committed has come to every receiver, and is counted.
#[track_caller]
fn has_taken_in(cluster: &Cluster, receivers: &mut [Receiver; 2]) {
    let committed = Committed::of(cluster);
    for receiver in receivers {
        eventually("a burst arrives", PATIENCE * 2, || {
            receiver.tally.refresh(&receiver.collector);
            match receiver.tally.differs_from(&committed) {
                (0, _) => Ok(()),
                (missing, _) => Err(missing),
            }
        });
    }
    cluster.sql(DATABASE, "CALL dify_observe.fold_metrics()");
}

struct Receiver {
    collector: Collector,
    tally: Tally,
}

impl Default for Receiver {
    fn default() -> Receiver {
        Receiver {
            collector: Collector::start(),
            tally: Tally::default(),
        }
    }
}

impl Receiver {
    #[track_caller]
    fn has(&mut self, committed: &Committed) {
        eventually("everything arrives, and nothing else", PATIENCE * 2, || {
            self.tally.refresh(&self.collector);
            match self.tally.differs_from(committed) {
                (0, 0) => Ok(()),
                differ => Err(differ),
            }
        });
    }

    #[track_caller]
    fn has_counted(&mut self, cluster: &Cluster, counted: &Totals) {
        receives(cluster, counted, || {
            self.tally.refresh(&self.collector);
            self.tally.metrics().cloned().collect::<Vec<_>>()
        });
        self.tally.close(&self.collector);
    }
}

/// One by the settings, one by a foreign server.
#[track_caller]
fn exporting_to(receivers: &[Receiver; 2], clock: &Clock) -> Arc<Cluster> {
    let [first, second] = receivers.each_ref().map(|one| one.collector.endpoint());
    let builder = Cluster::builder("soak")
        .exports_to(&first)
        .conf("dify_observe.otlp_timeout", "2s")
        .conf("max_prepared_transactions", "10");
    let cluster = clock.rules(builder).start();
    cluster.sql("postgres", &format!("CREATE ROLE {WRITER} SUPERUSER LOGIN"));
    cluster.create_database(DATABASE);
    cluster.create_extension(DATABASE);
    cluster.sql(
        DATABASE,
        &format!("CREATE SERVER second FOREIGN DATA WRAPPER dify_observe OPTIONS (endpoint '{second}', timeout '2s', start_at 'installation')"),
    );
    Arc::new(cluster)
}
