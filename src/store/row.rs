//! A row as a struct whose fields are the columns, in this order and by these names. A field that is itself a struct takes its
//! columns from the same row.

use super::value;
use pgrx::pg_sys;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor, value::Error,
};
use serde::forward_to_deserialize_any;

pub struct Column {
    pub name: String,
    /// Its type.
    pub of: pg_sys::Oid,
}

pub struct Row<'a> {
    columns: &'a [Column],
    values: &'a [pg_sys::Datum],
    nulls: &'a [bool],
    next: usize,
    /// Bytes of text and JSON read so far.
    pub bytes: usize,
}

impl<'a> Row<'a> {
    pub fn new(columns: &'a [Column], values: &'a [pg_sys::Datum], nulls: &'a [bool]) -> Self {
        Self {
            columns,
            values,
            nulls,
            next: 0,
            bytes: 0,
        }
    }

    /// The next columns as a struct, which may borrow its texts.
    pub fn read<T: Deserialize<'a>>(&mut self) -> Result<T, Error> {
        T::deserialize(Field {
            row: self,
            name: "",
        })
    }

    /// Whether the next column is null, or a JSON null: that is no value in a JSON document either.
    fn next_is_nothing(&self) -> bool {
        let at = self.next;
        match (
            self.columns.get(at),
            self.values.get(at),
            self.nulls.get(at),
        ) {
            (Some(column), Some(value), Some(false)) if column.of == pg_sys::JSONBOID => unsafe {
                value::is_json_null(*value)
            },
            (_, _, is_null) => is_null == Some(&true),
        }
    }

    /// Goes to the next column, which must have the field's name.
    fn take(&mut self, name: &str) -> Result<usize, Error> {
        let at = self.next;
        match self.columns.get(at) {
            Some(column) if column.name == name => {
                self.next += 1;
                Ok(at)
            }
            other => Err(Error::custom(format!(
                "column {} is where {name} should be",
                other.map_or("none", |column| column.name.as_str())
            ))),
        }
    }
}

struct Field<'r, 'a> {
    row: &'r mut Row<'a>,
    name: &'static str,
}

impl<'de> Deserializer<'de> for Field<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let at = self.row.take(self.name)?;
        if self.row.nulls[at] {
            return visitor.visit_unit();
        }
        let of = self.row.columns[at].of;
        unsafe { value::visit(self.row.values[at], of, &mut self.row.bytes, visitor) }
    }

    /// An id may be asked for as text too, which is empty when it is null.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let at = self.row.next;
        match self.row.columns.get(at) {
            Some(column) if column.of == pg_sys::UUIDOID => {
                self.row.take(self.name)?;
                if self.row.nulls[at] {
                    return visitor.visit_borrowed_str("");
                }
                visitor.visit_borrowed_str(unsafe { value::id_text(self.row.values[at]) })
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.row.next_is_nothing() {
            self.row.take(self.name)?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(Fields {
            row: self.row,
            names: fields,
        })
    }

    /// So that an id is its sixteen bytes, and JSON a text that holds it.
    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

struct Fields<'r, 'a> {
    row: &'r mut Row<'a>,
    names: &'static [&'static str],
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let Some((name, others)) = self.names.split_first() else {
            return Ok(None);
        };
        self.names = others;
        let field = Field {
            row: &mut *self.row,
            name,
        };
        seed.deserialize(field).map(Some)
    }
}
