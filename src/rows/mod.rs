//! Rows into a partitioned table, as INSERT does it: routed, completed and guarded by the table's triggers and constraints, told by its statement triggers.
//! A statement would spend most of its time on preparing the constraints anew; here they are prepared once in a session.

mod executor;
mod expressions;
pub mod identity;
mod insertion;
mod lookup;
mod table;
mod together;
mod transition;
mod unless_known;

pub use insertion::Insertion;
pub use lookup::Lookup;
pub use table::Table;
pub use transition::Transition;
