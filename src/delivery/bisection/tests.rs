use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const NEVER: Range<usize> = 0..0;

/// What became of a batch at a peer that refuses every request with a poisoned record, and everything in the `broken` ones.
struct Told {
    delivered: BTreeSet<usize>,
    rejected: Vec<usize>,
    settled: usize,
    requests: usize,
    held: bool,
}

fn run(records: usize, poison: &BTreeSet<usize>, broken: Range<usize>) -> Told {
    let mut bisection = Bisection::of(records);
    let mut told = Told {
        delivered: BTreeSet::new(),
        rejected: Vec::new(),
        settled: 0,
        requests: 0,
        held: false,
    };
    while let Some(part) = bisection.next() {
        let breaks = broken.contains(&told.requests);
        told.requests += 1;
        let settled = if breaks || part.clone().any(|record| poison.contains(&record)) {
            match bisection.refused("no") {
                Refusal::Continue => continue,
                Refusal::Settle(settled) => settled,
                Refusal::Hold => {
                    told.held = true;
                    return told;
                }
            }
        } else {
            told.delivered.extend(part);
            bisection.accepted()
        };
        assert!(settled.to >= told.settled, "what is settled stays so");
        told.settled = settled.to;
        told.rejected
            .extend(settled.poison.map(|poison| poison.record));
    }
    told
}

fn set(records: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
    records.into_iter().collect()
}

#[test]
fn the_poisoned_record_is_found_wherever_it_stands() {
    for records in [2, 3, 8, 511, 512] {
        for poisoned in [0, 1, records / 2, records - 1] {
            let told = run(records, &set([poisoned]), NEVER);
            assert_eq!(told.rejected, [poisoned], "{records}");
            assert_eq!(told.delivered, &set(0..records) - &set([poisoned]));
            assert_eq!((told.settled, told.held), (records, false));
            assert!(told.requests <= 22, "{} requests", told.requests);
        }
    }
}

#[test]
fn several_poisoned_records_beside_each_other() {
    for poison in [
        set(0..40),
        set(100..140),
        set(472..512),
        set([0, 511]),
        set([510, 511]),
    ] {
        let told = run(512, &poison, NEVER);
        assert_eq!(set(told.rejected), poison);
        assert_eq!(told.delivered, &set(0..512) - &poison);
        assert!(!told.held);
    }
}

#[test]
fn a_peer_that_refuses_everything_is_at_fault() {
    for records in [1, 2, 512] {
        let told = run(records, &set(0..records), NEVER);
        assert!(told.held && told.rejected.is_empty(), "{records}");
        assert_eq!(told.settled, 0);
        assert!(told.requests <= 80, "{} requests", told.requests);
    }
}

#[test]
fn a_record_alone_is_held() {
    let mut bisection = Bisection::of(1);
    assert_eq!(bisection.refused("no"), Refusal::Hold);
}

#[test]
fn the_reason_is_that_of_the_record_alone() {
    let mut bisection = Bisection::of(2);
    assert_eq!(bisection.refused("one of two"), Refusal::Continue);
    assert_eq!(bisection.refused("this one"), Refusal::Continue);
    let nothing = Settled {
        to: 0,
        poison: None,
    };
    assert_eq!(bisection.accepted(), nothing, "it may have been the peer");
    assert_eq!(bisection.next(), Some(0..1));
    let poison = Poison {
        record: 0,
        reason: "this one, again".into(),
    };
    let settled = Settled {
        to: 2,
        poison: Some(poison),
    };
    let refusal = bisection.refused("this one, again");
    assert_eq!(refusal, Refusal::Settle(settled));
    assert_eq!(bisection.next(), None);
}

proptest! {
    #[test]
    fn all_that_is_good_arrives_and_all_that_is_bad_is_rejected(
        records in 1_usize..600,
        poison in proptest::collection::btree_set(0_usize..600, 0..60),
    ) {
        let poison: BTreeSet<usize> = poison.into_iter().filter(|record| *record < records).collect();
        let told = run(records, &poison, NEVER);
        prop_assert!(set(told.rejected.clone()).is_subset(&poison));
        if !told.held {
            prop_assert_eq!(told.settled, records);
            prop_assert_eq!(set(told.rejected.clone()), poison.clone());
            prop_assert_eq!(told.rejected.len(), poison.len());
            prop_assert_eq!(told.delivered, &set(0..records) - &poison);
        }
    }

    #[test]
    fn a_peer_that_breaks_and_comes_to_itself_costs_no_record(
        records in 1_usize..600,
        poison in proptest::collection::btree_set(0_usize..600, 0..5),
        breaks in 0_usize..60,
        lasts in 0_usize..60,
    ) {
        let poison: BTreeSet<usize> = poison.into_iter().filter(|record| *record < records).collect();
        let told = run(records, &poison, breaks..breaks + lasts);
        prop_assert!(set(told.rejected.clone()).is_subset(&poison));
        // Whatever is settled was delivered or rejected.
        let done = &told.delivered | &set(told.rejected);
        prop_assert!(set(0..told.settled).is_subset(&done));
    }
}
