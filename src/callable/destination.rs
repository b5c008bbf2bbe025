//! The validator of the foreign-data wrapper.

use crate::destinations::{Fault, Known, Options, SERVER, USER_MAPPING, check};
use crate::store::destinations::pairs;
use pgrx::datum::TimestampWithTimeZone;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;
use std::str::FromStr;

/// Refuses options that could not be used. `catalog` says of what they are: of the wrapper, a server or a user mapping.
#[pg_extern(volatile, strict)]
fn check_destination(options: Vec<String>, catalog: pg_sys::Oid) {
    let given = pairs(&options);
    let (place, checked): (&[Known], _) = match catalog {
        pg_sys::ForeignServerRelationId => (SERVER, Options::read(&given, &[]).map(|_| ())),
        pg_sys::UserMappingRelationId => (USER_MAPPING, check(USER_MAPPING, &given)),
        _ => (&[], check(&[], &given)),
    };
    if let Err(fault) = checked {
        refuse(&fault, place);
    }
    let start_at = given.iter().find(|(name, _)| name == "start_at");
    if let Some((_, time)) = start_at
        && !["now", "installation"].contains(&time.as_str())
        && TimestampWithTimeZone::from_str(time).is_err()
    {
        let fault = Fault::Value {
            name: "start_at".to_owned(),
            why: "allowed are now, installation, and a time such as 2026-01-01 00:00Z".to_owned(),
        };
        refuse(&fault, place);
    }
}

fn refuse(fault: &Fault, place: &[Known]) {
    let code = match fault {
        Fault::Unknown { .. } => PgSqlErrorCode::ERRCODE_FDW_INVALID_OPTION_NAME,
        Fault::Missing(_) => PgSqlErrorCode::ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED,
        _ => PgSqlErrorCode::ERRCODE_INVALID_PARAMETER_VALUE,
    };
    let names: Vec<_> = place.iter().map(|(name, _)| *name).collect();
    let detail = if names.is_empty() {
        "There are no options here.".to_owned()
    } else {
        format!("Options here: {}.", names.join(", "))
    };
    let hint = match fault {
        Fault::Unknown {
            elsewhere: true, ..
        } => {
            "Where to send is for the server; headers and credentials are for its mapping, which only the owner sees: CREATE USER MAPPING FOR PUBLIC SERVER … OPTIONS (…)."
        }
        _ => "See COMMENT ON FOREIGN DATA WRAPPER dify_observe (\\dew+ in psql).",
    };
    ErrorReport::new(code, fault.to_string(), "check_destination")
        .set_detail(detail)
        .set_hint(hint.to_owned())
        .report(PgLogLevel::ERROR);
}
