//! Foreign servers as destinations: what each is given, and that none is in another's way.

mod filters;
mod kept_apart;
mod options;
mod poison;
mod secrets;
mod signals;
mod standing;
mod status;
mod trying;
