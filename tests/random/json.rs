//! JSON read by another hand than the extension's: numbers as exact decimals of any size, and what text cannot hold
//! (U+0000, half a surrogate pair) as U+FFFD.

use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    Array(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

/// Digits without zeros at either end, times ten to the exponent; zero has no digits and no sign.
#[derive(Clone, Debug, PartialEq)]
pub struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    pub fn read(text: &str) -> Option<Decimal> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = format!("{whole}{fraction}");
        if whole.is_empty() || !all.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let led = all.trim_start_matches('0');
        let digits = led.trim_end_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Decimal {
                negative: false,
                digits,
                exponent: 0,
            });
        }
        let dropped = (led.len() - digits.len()) as i64;
        Some(Decimal {
            negative,
            digits,
            exponent: exponent - fraction.len() as i64 + dropped,
        })
    }

    pub fn nearest(&self) -> f64 {
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}0{}e{}", self.digits, self.exponent)
            .parse()
            .expect("a number")
    }
}

impl Json {
    pub fn read(text: &str) -> Result<Json, String> {
        let mut reader = Reader {
            text,
            at: 0,
            escapes_beyond_need: false,
        };
        reader.document()
    }

    /// As something that promises readable text may write it: a printable character outside ASCII stands for itself.
    pub fn read_unescaped(text: &str) -> Result<Json, String> {
        let mut reader = Reader {
            text,
            at: 0,
            escapes_beyond_need: false,
        };
        let value = reader.document()?;
        if reader.escapes_beyond_need {
            return Err("a printable character is escaped".to_owned());
        }
        Ok(value)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    escapes_beyond_need: bool,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Json, String> {
        let value = self.value()?;
        self.blank();
        if self.at == self.text.len() {
            Ok(value)
        } else {
            Err(self.wrong("something after the end"))
        }
    }

    fn value(&mut self) -> Result<Json, String> {
        self.blank();
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            _ => self.word(),
        }
    }

    fn object(&mut self) -> Result<Json, String> {
        let mut members = BTreeMap::new();
        self.at += 1;
        if self.takes(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.blank();
            let key = self.string()?;
            self.expect(b':')?;
            members.insert(key, self.value()?);
            if self.takes(b'}') {
                return Ok(Json::Object(members));
            }
            self.expect(b',')?;
        }
    }

    fn array(&mut self) -> Result<Json, String> {
        let mut items = Vec::new();
        self.at += 1;
        if self.takes(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.takes(b']') {
                return Ok(Json::Array(items));
            }
            self.expect(b',')?;
        }
    }

    fn word(&mut self) -> Result<Json, String> {
        let rest = &self.text[self.at..];
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
            .unwrap_or(rest.len());
        let word = &rest[..end];
        self.at += end;
        match word {
            "null" => Ok(Json::Null),
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            _ => Decimal::read(word)
                .map(Json::Number)
                .ok_or_else(|| self.wrong(word)),
        }
    }

    fn string(&mut self) -> Result<String, String> {
        if self.peek() != Some(b'"') {
            return Err(self.wrong("no text"));
        }
        self.at += 1;
        let mut units: Vec<u16> = Vec::new();
        loop {
            let rest = &self.text[self.at..];
            let next = rest.chars().next().ok_or("an open text")?;
            self.at += next.len_utf8();
            match next {
                '"' => break,
                '\\' => {
                    let unit = self.escape()?;
                    units.push(if unit == 0 { 0xfffd } else { unit });
                }
                _ => units.extend(next.encode_utf16(&mut [0; 2]).iter()),
            }
        }
        Ok(char::decode_utf16(units)
            .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect())
    }

    fn escape(&mut self) -> Result<u16, String> {
        let letter = self.peek().ok_or("an open escape")?;
        self.at += 1;
        Ok(match letter {
            b'b' => 8,
            b't' => 9,
            b'n' => 10,
            b'f' => 12,
            b'r' => 13,
            b'u' => {
                let hex = self
                    .text
                    .get(self.at..self.at + 4)
                    .ok_or("a short escape")?;
                self.at += 4;
                let unit = u16::from_str_radix(hex, 16).map_err(|error| error.to_string())?;
                self.escapes_beyond_need |= unit >= 0xa0;
                unit
            }
            b'"' | b'\\' | b'/' => u16::from(letter),
            _ => return Err(self.wrong("an unknown escape")),
        })
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.blank();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Result<(), String> {
        if self.takes(byte) {
            Ok(())
        } else {
            Err(self.wrong(&format!("no {}", byte as char)))
        }
    }

    fn wrong(&self, what: &str) -> String {
        format!("{what} at byte {}", self.at)
    }
}
