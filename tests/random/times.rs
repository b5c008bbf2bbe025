//! The times of a source row, also those that follow from others.

use crate::call::Call;
use crate::draw::time_of;
use crate::expectation::Moment;

#[derive(Clone, Debug)]
pub struct Times {
    pub created: Moment,
    pub finished: Moment,
    /// Seconds, as given, else from start to finish.
    pub took: f64,
    /// Microseconds from start to finish.
    pub apart: i64,
    /// Where the seconds given have digits beyond the microsecond: how far a rounding may go.
    pub slack: i64,
}

impl Times {
    /// `begun` is the start that is known already; else the call's, or what follows from its id and other times.
    pub fn of(call: &Call, begun: Option<Moment>, now: Moment) -> Times {
        let took = call.float(call.kind.took());
        let finished = call.time("finished_at").map(Moment::at);
        let (length, slack) = took.map_or((0, 0), micros);
        let created = begun
            .or(call.time("created_at").map(Moment::at))
            .or(call.uuid("id").and_then(time_of).map(Moment::at));
        let (created, finished, apart) = match (created, finished) {
            (Some(created), Some(finished)) => (created, finished, finished.from - created.from),
            (Some(created), None) if took.is_some() => {
                (created, widened(created.shifted(length), slack), length)
            }
            (Some(created), None) => (created, now, now.from - created.from),
            (None, Some(finished)) => (widened(finished.shifted(-length), slack), finished, length),
            (None, None) => (widened(now.shifted(-length), slack), now, length),
        };
        Times {
            created,
            finished,
            took: took.unwrap_or(apart as f64 / 1e6),
            apart,
            slack,
        }
    }

    pub fn once(at: Moment) -> Times {
        Times {
            created: at,
            finished: at,
            took: 0.0,
            apart: 0,
            slack: 0,
        }
    }
}

/// To the microsecond, and how far another way of rounding may differ.
pub fn micros(seconds: f64) -> (i64, i64) {
    let exact = seconds * 1e6;
    let rounded = exact.round();
    let slack = i64::from((exact - rounded).abs() > 1e-3);
    (rounded as i64, slack)
}

fn widened(moment: Moment, slack: i64) -> Moment {
    Moment {
        from: moment.from - slack,
        to: moment.to + slack,
    }
}
