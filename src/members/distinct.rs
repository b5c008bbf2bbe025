//! How many different members packs have.

use super::pack::{FULL, Pack};
use super::{AsIs, Member};
use std::collections::HashSet;
use std::hash::BuildHasherDefault;

#[derive(Debug, Default)]
pub struct Distinct(HashSet<Member, BuildHasherDefault<AsIs>>);

impl Distinct {
    /// Reads the hashes and nothing behind them.
    pub fn add_pack(&mut self, pack: &[u8]) -> Result<(), &'static str> {
        let pack = Pack::open(pack)?;
        self.0.try_reserve(pack.members().len()).map_err(|_| FULL)?;
        self.0.extend(pack.members());
        Ok(())
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }
}
