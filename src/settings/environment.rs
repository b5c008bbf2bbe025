//! Boot values from the server's environment, under the names of the data dictionary.

use super::Text;
use pgrx::guc::GucSetting;
use pgrx::prelude::*;
use std::ffi::{CStr, CString};

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

pub(super) fn boot_bool(name: &str, default: bool) -> &'static GucSetting<bool> {
    let value = match environment(name)
        .map(|value| value.to_ascii_lowercase())
        .as_deref()
    {
        Some("true" | "on" | "yes" | "1") => true,
        Some("false" | "off" | "no" | "0") => false,
        Some(_) => {
            warning!("the environment variable {name} is not a boolean and is ignored");
            default
        }
        None => default,
    };
    Box::leak(Box::new(GucSetting::<bool>::new(value)))
}

pub(super) fn boot_text(name: &str, default: Option<&'static CStr>) -> &'static Text {
    let given = environment(name).and_then(|value| CString::new(value).ok());
    let value = given.map(|value| &*Box::leak(value.into_boxed_c_str()));
    Box::leak(Box::new(Text::new(value.or(default))))
}

pub(super) fn boot_number(name: &str, default: i32, least: i32) -> &'static GucSetting<i32> {
    let given = environment(name).map(|value| value.parse::<i32>());
    let value = match given {
        Some(Ok(number)) if number >= least => number,
        Some(_) => {
            warning!(
                "the environment variable {name} is not a whole number from {least} and is ignored"
            );
            default
        }
        None => default,
    };
    Box::leak(Box::new(GucSetting::<i32>::new(value)))
}

pub(super) fn boot_rate(name: &str) -> &'static GucSetting<f64> {
    let given = environment(name).map(|value| value.parse::<f64>());
    let value = match given {
        Some(Ok(rate)) if (0.0..=1.0).contains(&rate) => rate,
        Some(_) => {
            warning!("the environment variable {name} is not a number from 0 to 1 and is ignored");
            1.0
        }
        None => 1.0,
    };
    Box::leak(Box::new(GucSetting::<f64>::new(value)))
}
