//! The processes: that they come, work, leave and come back, and that no event is lost, told twice or made up on the way.

mod comes_back;
mod copies;
mod gives_way;
mod guarded;
mod long_transactions;
mod pickup;
mod procedures;
mod reading_by_position;
mod shop;
mod slots;
mod standby;
mod writers;
