//! `make demo`: a throwaway cluster logs a chat application's activity, and what an OTLP receiver got is shown.
//! With an address as its argument it sends there instead of to the receiver that comes with it.

mod arrival;
mod guide;
mod logs;
mod metrics;
mod stage;
mod stored;
mod table;
mod traces;

use std::process::ExitCode;

use arrival::Arrival;
use stage::Stage;

fn main() -> ExitCode {
    let elsewhere = std::env::args()
        .nth(1)
        .filter(|endpoint| !endpoint.is_empty());
    let stage = Stage::set(elsewhere);
    stage.play();
    let arrival = Arrival::wait(&stage);
    if let Some(receiver) = &stage.receiver {
        traces::show(receiver);
        logs::show(receiver);
        metrics::show(receiver);
    }
    stored::show(&stage);
    match arrival {
        Arrival::Complete => {
            guide::show();
            ExitCode::SUCCESS
        }
        Arrival::Missing(what) => {
            eprintln!(
                "\nNot everything arrived at {}: {}",
                stage.endpoint,
                what.trim_matches('"')
            );
            eprintln!("{}", stage.complaints());
            ExitCode::FAILURE
        }
    }
}
