//! Who did how much, by keyed hash: many of them in a few bytes each, as rollups keep them. Pure.

mod distinct;
mod pack;
mod price;
mod renamed;

pub use distinct::Distinct;
pub use pack::FULL;
pub use price::DECIMALS;
pub use renamed::renamed;

use pack::{PRICE, Pack, room};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Eight bytes of a SHA-256: nothing spreads them better than they are spread.
pub type Member = u64;

/// count, input_tokens, output_tokens, total_tokens, unpriced_input_tokens, unpriced_output_tokens, price in units.
pub type Numbers = [u128; 7];

/// What each member did, added up.
#[derive(Debug, Default)]
pub struct Members {
    places: HashMap<Member, usize, BuildHasherDefault<AsIs>>,
    sums: Vec<(Member, Numbers)>,
    /// Prices that are no whole units, by place.
    other_prices: Vec<(usize, String)>,
}

impl Members {
    /// An Err where there is no memory for it: a statistic fails then, and not the server.
    pub fn add(
        &mut self,
        member: Member,
        amounts: [u128; 6],
        price: &str,
    ) -> Result<(), &'static str> {
        let place = self.place(member)?;
        for (column, amount) in amounts.into_iter().enumerate() {
            self.add_number(place, column, amount);
        }
        match price::units(price) {
            Some(units) => self.add_number(place, PRICE, units),
            None => {
                room(&mut self.other_prices, 1)?;
                self.other_prices.push((place, price.to_owned()));
            }
        }
        Ok(())
    }

    /// Adds all of a pack. An Err where it is none, or there is no memory for it.
    pub fn add_pack(&mut self, pack: &[u8]) -> Result<(), &'static str> {
        let mut pack = Pack::open(pack)?;
        let mut places = Vec::new();
        room(&mut places, pack.members().len())?;
        for member in pack.members() {
            places.push(self.place(member)?);
        }
        for column in pack.columns() {
            for place in &places {
                self.add_number(*place, column, pack.number()?);
            }
        }
        for (at, price) in pack.other_prices()? {
            let place = *places.get(at).ok_or(pack::BROKEN)?;
            room(&mut self.other_prices, 1)?;
            self.other_prices.push((place, price.to_owned()));
        }
        Ok(())
    }

    /// Each once, with what it did but for prices that are no whole units.
    pub fn sums(&self) -> &[(Member, Numbers)] {
        &self.sums
    }

    /// Decimal numbers to be added to the price of a member.
    pub fn other_prices(&self) -> impl Iterator<Item = (Member, &str)> {
        self.other_prices
            .iter()
            .filter_map(|(place, price)| Some((self.sums.get(*place)?.0, price.as_str())))
    }

    pub fn pack(&self) -> Result<Vec<u8>, &'static str> {
        pack::write(&self.sums, &self.other_prices)
    }

    fn place(&mut self, member: Member) -> Result<usize, &'static str> {
        self.places.try_reserve(1).map_err(|_| FULL)?;
        room(&mut self.sums, 1)?;
        let next = self.sums.len();
        let place = *self.places.entry(member).or_insert(next);
        if place == next {
            self.sums.push((member, [0; 7]));
        }
        Ok(place)
    }

    fn add_number(&mut self, place: usize, column: usize, number: u128) {
        if let Some((_, numbers)) = self.sums.get_mut(place)
            && let Some(sum) = numbers.get_mut(column)
        {
            *sum = sum.saturating_add(number);
        }
    }
}

/// What is a hash already.
#[derive(Default)]
pub struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Told = (u64, [u128; 6], String);

    fn told() -> impl Strategy<Value = Told> {
        let amount = prop_oneof![Just(0), 0..300_u128, 0..1_u128 << 96];
        let price = prop_oneof!["[0-9]{1,4}(\\.[0-9]{1,24})?", "[1-9][0-9]{20,40}"];
        (0..20_u64, prop::array::uniform6(amount), price)
            .prop_map(|(member, amounts, price)| (member << 59, amounts, price))
    }

    fn known(members: &Members) -> BTreeMap<Member, (Numbers, Vec<String>)> {
        let mut known: BTreeMap<_, _> = (members.sums().iter())
            .map(|(member, numbers)| (*member, (*numbers, Vec::new())))
            .collect();
        for (member, price) in members.other_prices() {
            known.entry(member).or_default().1.push(price.to_owned());
        }
        known.values_mut().for_each(|(_, prices)| prices.sort());
        known
    }

    proptest! {
        #[test]
        fn packs_of_parts_are_the_pack_of_the_whole(told in prop::collection::vec((told(), 0..3_usize), 0..60)) {
            let mut whole = Members::default();
            let mut parts = [Members::default(), Members::default(), Members::default()];
            for ((member, amounts, price), part) in &told {
                whole.add(*member, *amounts, price).expect("room");
                parts[*part].add(*member, *amounts, price).expect("room");
            }
            let mut merged = Members::default();
            let mut distinct = Distinct::default();
            for part in &parts {
                merged.add_pack(&part.pack().expect("room")).expect("a pack");
                distinct.add_pack(&part.pack().expect("room")).expect("a pack");
            }
            prop_assert_eq!(known(&merged), known(&whole));
            prop_assert_eq!(distinct.count(), whole.sums().len());
        }

        #[test]
        fn what_is_no_pack_is_refused_or_read_but_never_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = Members::default().add_pack(&bytes);
            let _ = Distinct::default().add_pack(&bytes);
        }
    }

    #[test]
    fn a_member_that_was_counted_once_takes_nine_bytes() {
        let mut some = Members::default();
        for member in 0..100 {
            some.add(member, [1, 0, 0, 0, 0, 0], "0").expect("room");
        }
        assert_eq!(some.pack().expect("room").len(), 2 + 900);
    }
}
