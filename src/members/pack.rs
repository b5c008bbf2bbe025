//! Members with what they did, as bytes: which numbers there are, how many members, their hashes, then number by number that of each. Lengths and numbers are
//! LEB128. So hashes are read without what is behind them, and nothing is spent on what nobody used.

use super::{Member, Numbers};

/// The place of the price among the numbers, the last.
pub const PRICE: usize = 6;
const OTHER_PRICES: u8 = 1 << 7;
pub const BROKEN: &str = "this is no pack of members";
pub const FULL: &str = "there is no memory for so many members";

/// Room for so many more, asked for where there may be none.
pub fn room<T>(of: &mut Vec<T>, more: usize) -> Result<(), &'static str> {
    of.try_reserve(more).map_err(|_| FULL)
}

pub fn write(
    sums: &[(Member, Numbers)],
    other_prices: &[(usize, String)],
) -> Result<Vec<u8>, &'static str> {
    let used: Vec<usize> = (0..=PRICE)
        .filter(|column| sums.iter().any(|(_, numbers)| numbers[*column] > 0))
        .collect();
    let mut flags = used.iter().fold(0, |flags, column| flags | 1 << column);
    if !other_prices.is_empty() {
        flags |= OTHER_PRICES;
    }
    let mut pack = vec![flags];
    put(&mut pack, sums.len() as u128);
    room(&mut pack, sums.len().saturating_mul(size_of::<Member>()))?;
    for (member, _) in sums {
        pack.extend(member.to_be_bytes());
    }
    for column in used {
        let largest = sums.iter().map(|(_, numbers)| numbers[column]).max();
        let longest = 1 + largest.unwrap_or(0).checked_ilog2().unwrap_or(0) as usize / 7;
        room(&mut pack, sums.len().saturating_mul(longest))?;
        for (_, numbers) in sums {
            put(&mut pack, numbers[column]);
        }
    }
    if !other_prices.is_empty() {
        put(&mut pack, other_prices.len() as u128);
        for (place, price) in other_prices {
            // A length has at most ten bytes, twice.
            room(&mut pack, price.len().saturating_add(20))?;
            put(&mut pack, *place as u128);
            put(&mut pack, price.len() as u128);
            pack.extend(price.as_bytes());
        }
    }
    Ok(pack)
}

/// A pack that is being read, from its beginning to its end.
pub struct Pack<'a> {
    flags: u8,
    hashes: &'a [[u8; 8]],
    rest: &'a [u8],
}

impl<'a> Pack<'a> {
    pub fn open(pack: &'a [u8]) -> Result<Self, &'static str> {
        let (flags, mut rest) = pack.split_first().ok_or(BROKEN)?;
        let length = size(&mut rest)?
            .checked_mul(size_of::<Member>())
            .ok_or(BROKEN)?;
        let (hashes, rest) = rest.split_at_checked(length).ok_or(BROKEN)?;
        Ok(Self {
            flags: *flags,
            hashes: hashes.as_chunks().0,
            rest,
        })
    }

    /// Its hashes as they are written, and where in the pack they begin.
    pub fn hashes(pack: &'a [u8]) -> Result<(usize, &'a [[u8; 8]]), &'static str> {
        let Self { hashes, rest, .. } = Self::open(pack)?;
        let behind = hashes.as_flattened().len() + rest.len();
        Ok((pack.len() - behind, hashes))
    }

    pub fn members(&self) -> impl ExactSizeIterator<Item = Member> + use<'a> {
        self.hashes.iter().map(|hash| Member::from_be_bytes(*hash))
    }

    /// Which numbers follow, one for each member.
    pub fn columns(&self) -> impl Iterator<Item = usize> + use<> {
        let flags = self.flags;
        (0..=PRICE).filter(move |column| flags & 1 << column != 0)
    }

    pub fn number(&mut self) -> Result<u128, &'static str> {
        take(&mut self.rest)
    }

    /// Behind the numbers: prices that are no whole units, each with the place of its member.
    pub fn other_prices(&mut self) -> Result<Vec<(usize, &'a str)>, &'static str> {
        let mut found = Vec::new();
        if self.flags & OTHER_PRICES != 0 {
            for _ in 0..take(&mut self.rest)? {
                let (place, length) = (size(&mut self.rest)?, size(&mut self.rest)?);
                let (price, behind) = self.rest.split_at_checked(length).ok_or(BROKEN)?;
                self.rest = behind;
                room(&mut found, 1)?;
                found.push((place, str::from_utf8(price).map_err(|_| BROKEN)?));
            }
        }
        Ok(found)
    }
}

fn put(pack: &mut Vec<u8>, mut number: u128) {
    while number > 0x7f {
        pack.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    pack.push(number.to_le_bytes()[0]);
}

fn take(rest: &mut &[u8]) -> Result<u128, &'static str> {
    let mut number = 0;
    for shift in (0..u128::BITS).step_by(7) {
        let (byte, behind) = rest.split_first().ok_or(BROKEN)?;
        *rest = behind;
        number |= u128::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(BROKEN)
}

fn size(rest: &mut &[u8]) -> Result<usize, &'static str> {
    usize::try_from(take(rest)?).map_err(|_| BROKEN)
}
