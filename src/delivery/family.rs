//! When a span may go. It waits, bounded in time, for a row that would change it; and for the root of its trace and for its
//! parent, so that they can go along, where the backend drops, without a word, a span whose parent never comes.

use crate::otlp::record::{Above, Micros, Record};
use std::borrow::Borrow;

const SECOND: Micros = 1_000_000;
/// For what has begun and not ended. What waits holds up what was recorded behind it, so this is how late a trace can be.
const UNFINISHED: Micros = 15 * 60 * SECOND;
/// For what nobody has told of yet: some applications log a run when it is over, after what happened in it. It may also be
/// another system's.
const UNKNOWN: Micros = 60 * SECOND;

/// The first record that has to wait. Those before it may go; `Relatives::above` says what becomes of those that have waited
/// long enough.
pub fn first_waiting<R: Borrow<Record>>(records: &[R], now: Micros) -> Option<usize> {
    records
        .iter()
        .position(|record| waits(record.borrow(), now))
}

fn waits(record: &Record, now: Micros) -> bool {
    let early = if record.relatives.is_early {
        UNKNOWN
    } else {
        0
    };
    let above = record.relatives.above.map_or(0, |(root, parent)| {
        [root, parent].map(longest).into_iter().fold(0, Micros::max)
    });
    // A clock that was set back must not make the wait longer.
    let waited = now.saturating_sub(record.recorded_at);
    (0..early.max(above)).contains(&waited)
}

fn longest(above: Above) -> Micros {
    match above {
        Above::Goes | Above::Never => 0,
        Above::Unfinished => UNFINISHED,
        Above::Unknown => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::sample;

    const NOW: Micros = 1_800_000_000 * SECOND;

    fn waited(seconds: Micros, root: Above, parent: Above) -> Record {
        let mut record = sample::node(|_| ());
        record.recorded_at = NOW - seconds * SECOND;
        record.relatives.above = Some((root, parent));
        record
    }

    #[test]
    fn a_child_waits_for_root_and_parent_and_not_for_ever() {
        use Above::{Goes, Never, Unfinished, Unknown};
        for (seconds, root, parent, waits) in [
            (0, Goes, Goes, false),
            (0, Unfinished, Goes, true),
            (0, Goes, Unfinished, true),
            (899, Unfinished, Unfinished, true),
            (900, Unfinished, Unfinished, false),
            (59, Unknown, Goes, true),
            (60, Unknown, Goes, false),
            (60, Goes, Unknown, false),
            (60, Unknown, Unfinished, true),
            (0, Never, Never, false),
            (0, Never, Unfinished, true),
            (-5, Unfinished, Unfinished, false),
        ] {
            let record = waited(seconds, root, parent);
            assert_eq!(
                super::waits(&record, NOW),
                waits,
                "{seconds} s, {root:?}, {parent:?}"
            );
        }
    }

    #[test]
    fn what_may_yet_be_told_otherwise_waits_a_minute() {
        for (seconds, waits) in [(0, true), (59, true), (60, false), (-5, false)] {
            let mut record = waited(seconds, Above::Goes, Above::Goes);
            record.relatives.is_early = true;
            assert_eq!(super::waits(&record, NOW), waits, "{seconds} s");
            record.relatives.above = None;
            assert_eq!(super::waits(&record, NOW), waits, "{seconds} s");
        }
    }

    #[test]
    fn what_stands_before_it_goes() {
        let root = || sample::run(|_| ());
        let goes = || waited(0, Above::Goes, Above::Goes);
        let waiting = || waited(0, Above::Unfinished, Above::Unfinished);
        assert_eq!(
            first_waiting(&[root(), goes(), waiting(), root()], NOW),
            Some(2)
        );
        assert_eq!(first_waiting(&[waiting()], NOW), Some(0));
        assert_eq!(first_waiting(&[root(), goes()], NOW), None);
        assert_eq!(first_waiting::<Record>(&[], NOW), None);
    }
}
