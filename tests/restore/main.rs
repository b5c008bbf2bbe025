//! A dump restored into another cluster brings all rows and no news, rows brought in by hand neither; dropping the extension leaves nothing.

mod brought_in;
mod dropped;
mod dumped;
mod restored;
