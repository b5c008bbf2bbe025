//! The programs of `docs/clients.md`, run with the real clients, and the values that people give them.

mod page;
mod psql;
mod python;
mod rust;
mod shop;
// As it is on the page.
#[rustfmt::skip]
mod tokio_postgres_example;
