//! The rollups' part in the fold.

use crate::otlp::record::EventKind;
use crate::position::{Position, Slice};
use crate::rollups::Accumulator;
use crate::store::measurements::{self, Counted, Recorded};
use crate::store::rollups;

/// Events that a dump brought and that were not counted where it comes from: so many at a time.
const MOST: i64 = 2_000;

/// What some events say to charts.
#[derive(Default)]
pub struct Charting {
    sums: Accumulator,
    /// Whether there was feedback: that is kept as it stands, whatever events tell it.
    feedback: bool,
}

impl Charting {
    pub fn add(&mut self, counted: &Counted<'_>) {
        if let Some(charted) = &counted.charted {
            self.sums.add(&counted.measurement, charted);
        }
        self.feedback |= counted.measurement.kind == EventKind::Feedback;
    }

    pub fn sums(&self) -> &Accumulator {
        &self.sums
    }

    /// Adds what the events of a slice have said, and keeps the position that it leads to.
    pub fn store(&self, slice: &Slice, position: &Position) -> Result<(), String> {
        self.write(slice, Recorded::Here)?;
        let standing = rollups::standing()?;
        if !standing.is_ours {
            // A dump may be coming in just now, rows of ours among it. Once something new is logged, it has come.
            if self.sums.is_empty() && !self.feedback {
                return Ok(());
            }
            catch_up(&standing.position)?;
        }
        rollups::settle(position)
    }

    fn write(&self, slice: &Slice, recorded: Recorded) -> Result<(), String> {
        rollups::add(&self.sums)?;
        if self.feedback {
            rollups::add_feedback(slice, recorded)?;
        }
        Ok(())
    }
}

/// Adds what was logged before the dump, and not folded there.
fn catch_up(from: &Position) -> Result<(), String> {
    let late = from.skipped.iter().map(|skip| Slice::Late {
        xid: skip.xid,
        from: skip.from,
        to: skip.to,
    });
    let next = Slice::Next {
        from: from.passed,
        to: i64::MAX,
        without: Vec::new(),
    };
    late.chain([next]).try_for_each(catch_up_with)
}

fn catch_up_with(mut slice: Slice) -> Result<(), String> {
    loop {
        let (part, content) = measurements::part(&slice, Recorded::Elsewhere, MOST)?;
        let mut charting = Charting::default();
        measurements::read(&part, Recorded::Elsewhere, &content, |counted| {
            charting.add(counted)
        })?;
        charting.write(&part, Recorded::Elsewhere)?;
        if part == slice {
            return Ok(());
        }
        match &mut slice {
            Slice::Next { from, .. } | Slice::Late { from, .. } => *from = part.end(),
        }
    }
}
