//! What one signal of a destination has read and the other will read next.

use super::batch::Read;
use crate::position::Slice;
use std::time::{Duration, Instant};

/// What waits longer is read again: it may have been erased meanwhile.
const FRESH: Duration = Duration::from_secs(5);

#[derive(Default)]
pub struct Shelf(Option<(Slice, Read, Instant)>);

impl Shelf {
    pub fn put(&mut self, slice: &Slice, read: &Read) {
        self.0 = Some((slice.clone(), read.clone(), Instant::now()));
    }

    /// What was read from the beginning of this slice.
    pub fn take(&mut self, slice: &Slice) -> Option<Read> {
        let (_, read, _) = self
            .0
            .take_if(|(of, _, at)| of.begins(slice) && at.elapsed() < FRESH)?;
        Some(read)
    }
}
