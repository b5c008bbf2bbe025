//! A dump restored into another cluster brings all rows and no news; dropping the extension leaves nothing.

mod dropped;
mod dumped;
mod restored;
