//! Events as points of counters and histograms, added up exactly. Pure: the state itself lives in tables.

pub mod accumulator;
pub mod bounds;
pub mod instrument;
pub mod measurement;
pub mod overflow;
pub mod point;
pub mod series;
pub mod value;

pub use accumulator::{Accumulator, Totals};
pub use bounds::{DEFAULT_BOUNDS, parse_bounds};
pub use instrument::{Instrument, InstrumentKind};
pub use measurement::{Measurement, extend_key};
pub use point::{Amount, Point, points};
pub use series::Series;
pub use value::Value;
