//! What a receiver has got: each span and log by its id, how often, and when first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use dify_observe_tests::Collector;
use dify_observe_tests::collector::{MetricSeen, Received};

use crate::committed::Committed;

#[derive(Clone, Copy)]
struct Arrivals {
    /// In requests that were answered with a 2xx.
    accepted_at: Option<SystemTime>,
    times: usize,
}

#[derive(Default)]
pub struct Tally {
    spans: BTreeMap<String, Arrivals>,
    logs: BTreeMap<String, Arrivals>,
    metrics: BTreeMap<String, MetricSeen>,
}

impl Tally {
    /// Takes in what was accepted since the last time.
    pub fn refresh(&mut self, collector: &Collector) {
        for request in collector.take_accepted() {
            self.absorb(&request);
        }
    }

    /// What was read whole and neither answered nor refused may have been taken by its receiver: once, at the end.
    pub fn close(&mut self, collector: &Collector) {
        self.refresh(collector);
        let unanswered = collector.requests().into_iter();
        for request in unanswered.filter(|request| !request.accepted && !request.refused) {
            self.absorb(&request);
        }
    }

    /// Begins anew, but for the metrics.
    pub fn forget(&mut self) {
        self.spans.clear();
        self.logs.clear();
    }

    fn absorb(&mut self, request: &Received) {
        let at = request.accepted.then_some(request.at);
        let arrived = |place: &mut BTreeMap<String, Arrivals>, id: &str| {
            let arrivals = place.entry(id.to_owned()).or_insert(Arrivals {
                accepted_at: None,
                times: 0,
            });
            arrivals.times += 1;
            arrivals.accepted_at = match (arrivals.accepted_at, at) {
                (Some(before), Some(now)) => Some(before.min(now)),
                (before, now) => before.or(now),
            };
        };
        for span in &request.spans {
            arrived(&mut self.spans, &span.span_id);
        }
        for log in &request.logs {
            arrived(&mut self.logs, &log.span_id);
        }
        if request.accepted {
            for point in &request.metrics {
                let series = format!("{} {:?} {:?}", point.name, point.labels, point.resource);
                self.metrics.insert(series, point.clone());
            }
        }
    }

    /// The latest accepted point of every series.
    pub fn metrics(&self) -> impl Iterator<Item = &MetricSeen> {
        self.metrics.values()
    }

    pub fn spans(&self) -> BTreeSet<String> {
        accepted(&self.spans)
    }

    pub fn logs(&self) -> BTreeSet<String> {
        accepted(&self.logs)
    }

    /// How many of these spans and logs are missing, and how many others are here.
    pub fn differs_from(&self, committed: &Committed) -> (usize, usize) {
        let (spans, logs) = (self.spans(), self.logs());
        let beyond = |some: &BTreeSet<String>, others| some.difference(others).count();
        (
            beyond(&committed.spans, &spans) + beyond(&committed.logs, &logs),
            beyond(&spans, &committed.spans) + beyond(&logs, &committed.logs),
        )
    }

    /// Spans and logs that came once more than needed.
    pub fn duplicates(&self) -> usize {
        let places = self.spans.values().chain(self.logs.values());
        places.map(|arrivals| arrivals.times - 1).sum()
    }

    /// When the last of these spans and logs came first.
    pub fn last_arrival(
        &self,
        spans: &BTreeSet<String>,
        logs: &BTreeSet<String>,
    ) -> Option<SystemTime> {
        let of = |place: &BTreeMap<String, Arrivals>, ids: &BTreeSet<String>| {
            let times = ids.iter().filter_map(|id| place.get(id)?.accepted_at);
            times.max()
        };
        of(&self.spans, spans).max(of(&self.logs, logs))
    }
}

fn accepted(place: &BTreeMap<String, Arrivals>) -> BTreeSet<String> {
    let accepted = place
        .iter()
        .filter(|(_, arrivals)| arrivals.accepted_at.is_some());
    accepted.map(|(id, _)| id.clone()).collect()
}
