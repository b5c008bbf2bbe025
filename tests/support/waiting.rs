//! Waiting for a condition. Tests never sleep for a guessed time.

use std::fmt::Debug;
use std::thread::sleep;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(20);

/// One look at a condition: a value when it holds, else a description of how far things are.
pub trait Attempt {
    type Value;
    fn outcome(self) -> Result<Self::Value, String>;
}

impl<T> Attempt for Option<T> {
    type Value = T;
    fn outcome(self) -> Result<T, String> {
        self.ok_or_else(|| "nothing yet".to_owned())
    }
}

impl<T, E: Debug> Attempt for Result<T, E> {
    type Value = T;
    fn outcome(self) -> Result<T, String> {
        self.map_err(|state| format!("{state:?}"))
    }
}

impl Attempt for bool {
    type Value = ();
    fn outcome(self) -> Result<(), String> {
        if self {
            Ok(())
        } else {
            Err("false".to_owned())
        }
    }
}

/// Looks again and again until the condition holds, and panics with `what` and the last state after `timeout`.
/// The condition is an `Option`, a `bool`, or a `Result` whose error describes the state.
#[track_caller]
pub fn eventually<A: Attempt>(what: &str, timeout: Duration, look: impl FnMut() -> A) -> A::Value {
    match within(timeout, look) {
        Ok(value) => value,
        Err(state) => panic!("{what}: not within {timeout:?}; last state: {state}"),
    }
}

/// The same for callers that go on: the last state is the error.
pub fn within<A: Attempt>(
    timeout: Duration,
    mut look: impl FnMut() -> A,
) -> Result<A::Value, String> {
    let deadline = Instant::now() + timeout;
    loop {
        match look().outcome() {
            Ok(value) => return Ok(value),
            Err(state) if Instant::now() >= deadline => return Err(state),
            Err(_) => sleep(POLL),
        }
    }
}
