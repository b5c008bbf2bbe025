//! Rotel's program, which comes as a Python package.

use std::path::PathBuf;

use crate::packages;

const PACKAGE: &str = "rotel==0.0.1a15";

pub fn program() -> PathBuf {
    packages::python(&[PACKAGE]).join("rotel/rotel-agent")
}
