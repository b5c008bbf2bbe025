//! Where a call stands among the others: in a run, in a node, nested, of a message, known already or told later.

use uuid::Uuid;

use crate::call::Call;
use crate::draw::Draw;
use crate::kind::Kind;
use crate::value::Value;
use crate::world::World;

/// Ids that others refer to and that are logged later, or never.
#[derive(Clone, Default)]
pub struct Promised {
    runs: Vec<Uuid>,
    nodes: Vec<Uuid>,
    messages: Vec<Uuid>,
}

impl Promised {
    fn of(&mut self, kind: Kind) -> &mut Vec<Uuid> {
        match kind {
            Kind::Run => &mut self.runs,
            Kind::Node => &mut self.nodes,
            Kind::Message => &mut self.messages,
            _ => panic!("nothing refers to {kind:?}"),
        }
    }
}

pub struct Placing<'a> {
    pub draw: &'a mut Draw,
    pub world: &'a World,
    pub promised: &'a mut Promised,
}

const DEEPEST: usize = 4;

impl Placing<'_> {
    /// An id of the client's own: one that was promised, or a new one; or none.
    pub fn id(&mut self, kind: Kind) -> Option<Uuid> {
        if matches!(kind, Kind::Run | Kind::Node | Kind::Message) && self.draw.chance(0.35) {
            let promised = self.promised.of(kind);
            if !promised.is_empty() {
                let at = self.draw.below(promised.len());
                return Some(promised.swap_remove(at));
            }
        }
        let own = !kind.is_app() && kind != Kind::Feedback && self.draw.chance(0.6);
        own.then(|| self.draw.uuid())
    }

    pub fn place(&mut self, call: &mut Call) {
        match call.kind {
            Kind::Run => self.run(call),
            Kind::Node if self.draw.chance(0.15) => {
                call.set("draft", Value::Bool(true));
                self.perhaps_traced(call);
            }
            Kind::Node => {
                let run = self.known_or_promised(Kind::Run);
                call.set("workflow_run_id", Value::Uuid(run));
                self.perhaps_traced(call);
            }
            Kind::Message => {
                self.perhaps(call, "workflow_run_id", Kind::Run);
                self.perhaps(call, "node_execution_id", Kind::Node);
                self.perhaps_traced(call);
            }
            Kind::Feedback => {
                let message = self.known_or_promised(Kind::Message);
                call.set("message_id", Value::Uuid(message));
            }
            Kind::AppCreated | Kind::AppUpdated | Kind::AppDeleted => {}
            _ => {
                self.perhaps(call, "workflow_run_id", Kind::Run);
                self.perhaps(call, "message_id", Kind::Message);
                self.perhaps_traced(call);
                self.perhaps(call, "node_execution_id", Kind::Node);
            }
        }
    }

    fn run(&mut self, call: &mut Call) {
        if self.draw.chance(0.55) {
            return;
        }
        if self.draw.chance(0.2) {
            // Nested, in a run that it does not name.
            self.perhaps(call, "parent_node_execution_id", Kind::Node);
            self.perhaps_traced(call);
            return;
        }
        let parent = self.known_or_promised(Kind::Run);
        if self.depth(parent) >= DEEPEST {
            return;
        }
        call.set("parent_workflow_run_id", Value::Uuid(parent));
        self.perhaps(call, "parent_node_execution_id", Kind::Node);
        if self.draw.chance(0.5) {
            call.set("parent_app_id", Value::Uuid(self.draw.uuid()));
        }
        self.perhaps_traced(call);
    }

    fn depth(&self, run: Uuid) -> usize {
        let outer = |run| {
            self.world
                .row(Kind::Run, run)?
                .call
                .uuid("parent_workflow_run_id")
        };
        std::iter::successors(Some(run), |run| outer(*run))
            .take(DEEPEST)
            .count()
    }

    fn perhaps(&mut self, call: &mut Call, name: &'static str, kind: Kind) {
        if self.draw.chance(0.45) {
            let id = self.known_or_promised(kind);
            call.set(name, Value::Uuid(id));
        }
    }

    fn perhaps_traced(&mut self, call: &mut Call) {
        if self.draw.chance(0.12) {
            let trace = if self.draw.chance(0.5) {
                self.known_or_promised(Kind::Run)
            } else {
                self.draw.uuid()
            };
            call.set("parent_trace_id", Value::Uuid(trace));
        }
    }

    fn known_or_promised(&mut self, kind: Kind) -> Uuid {
        let known: Vec<Uuid> = self
            .world
            .order
            .iter()
            .filter(|(of, _)| *of == kind)
            .map(|(_, id)| *id)
            .collect();
        if !known.is_empty() && self.draw.chance(0.7) {
            // Mostly the latest ones, so that trees grow.
            let latest = known.len().saturating_sub(6);
            return if self.draw.chance(0.7) {
                self.draw.pick(&known[latest..])
            } else {
                self.draw.pick(&known)
            };
        }
        let promised = self.promised.of(kind);
        if !promised.is_empty() && self.draw.chance(0.5) {
            return self.draw.pick(promised);
        }
        let id = self.draw.uuid();
        self.promised.of(kind).push(id);
        id
    }
}
