//! Charts: what statistics say, from rows and from what is left of them.

mod arguments;
mod charts;
mod copies;
mod dashboards;
mod fold;
mod formulas;
mod prices;
mod sessions;
mod shop;
