//! CHECK constraints and WHEN clauses as Postgres runs them. It reads them from their stored text for every statement, which costs more than
//! inserting a row; here each text is read once in a session, and what came of it is lent to the relation that is about to be written.

use pgrx::prelude::*;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char};
use std::ptr::null_mut;
use std::slice;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// All tables of ours have some seventy; more come from changed constraints, and from partitions with columns in another order.
const MOST: usize = 512;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Check,
    When,
}

/// What an expression may be made of to run again in other statements. Whole rows and their conversions, domains and JSON expressions
/// remember what they have found in the memory of the statement that runs them, or for as long as a type is not changed.
const LASTING: [&str; 22] = [
    "ARRAYCOERCEEXPR",
    "ARRAYEXPR",
    "BOOLEANTEST",
    "BOOLEXPR",
    "CASEEXPR",
    "CASETESTEXPR",
    "CASEWHEN",
    "COALESCEEXPR",
    "COERCEVIAIO",
    "COLLATEEXPR",
    "CONST",
    "DISTINCTEXPR",
    "FUNCEXPR",
    "MINMAXEXPR",
    "NULLIFEXPR",
    "NULLTEST",
    "OPEXPR",
    "RELABELTYPE",
    "SCALARARRAYOPEXPR",
    "SQLVALUEFUNCTION",
    "SUBSCRIPTINGREF",
    "VAR",
];

fn lasts(text: &CStr) -> bool {
    let text = text.to_string_lossy();
    let mut parts = text.split('{').skip(1);
    let names = |part: &str| {
        let name = part.split([' ', '}']).next();
        name.is_some_and(|name| LASTING.contains(&name))
    };
    !text.contains(":varattno 0 ") && parts.all(names)
}

/// As ExecRelCheck and TriggerEnabled prepare them.
impl Kind {
    unsafe fn planned(self, text: *mut c_char) -> *mut pg_sys::Node {
        unsafe {
            let node: *mut pg_sys::Node = pg_sys::stringToNode(text).cast();
            let node = match self {
                Kind::Check => node,
                Kind::When => {
                    let (old, new) = (pg_sys::PRS2_OLD_VARNO as i32, pg_sys::PRS2_NEW_VARNO as i32);
                    pg_sys::ChangeVarNodes(node, old, pg_sys::INNER_VAR, 0);
                    pg_sys::ChangeVarNodes(node, new, pg_sys::OUTER_VAR, 0);
                    pg_sys::make_ands_implicit(node.cast()).cast()
                }
            };
            pg_sys::expression_planner(node.cast()).cast()
        }
    }

    unsafe fn runnable(self, node: *mut pg_sys::Node) -> *mut pg_sys::ExprState {
        unsafe {
            match self {
                Kind::Check => pg_sys::ExecInitExpr(node.cast(), null_mut()),
                Kind::When => pg_sys::ExecInitQual(node.cast(), null_mut()),
            }
        }
    }
}

struct Kept {
    kind: Kind,
    /// Who was found to have the right to the functions in it.
    user: pg_sys::Oid,
    text: Vec<u8>,
    /// Nothing where it is prepared anew for every relation.
    run: Option<*mut pg_sys::ExprState>,
}

#[derive(Default)]
struct Shelf {
    /// Owns the memory of everything that is kept.
    estate: Option<*mut pg_sys::EState>,
    kept: Vec<Kept>,
}

thread_local! {
    static SHELF: RefCell<Shelf> = RefCell::default();
    static LENT: Cell<bool> = const { Cell::new(false) };
}

/// A function may have been replaced that was put into an expression in place of its call.
static STALE: AtomicBool = AtomicBool::new(false);
static WATCHING: AtomicBool = AtomicBool::new(false);

/// While one lasts no other is given: what a trigger inserts on its part is not run by the same expressions.
pub struct Loan {
    first: bool,
}

impl Loan {
    pub fn new() -> Loan {
        let first = !LENT.replace(true);
        if first {
            watch();
            SHELF.with_borrow_mut(|shelf| {
                if STALE.swap(false, Relaxed) || shelf.kept.len() > MOST {
                    shelf.clear();
                }
            });
        }
        Loan { first }
    }

    /// What the relation would otherwise prepare when it needs it.
    pub unsafe fn lend(&self, relation: *mut pg_sys::ResultRelInfo) {
        if self.first {
            // Their definition has to be put in their place.
            #[cfg(feature = "pg18")]
            if unsafe { has_virtual_columns(relation) } {
                return;
            }
            SHELF.with_borrow_mut(|shelf| unsafe {
                shelf.lend_checks(relation);
                shelf.lend_clauses(relation);
            });
        }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if self.first {
            LENT.set(false);
        }
    }
}

impl Shelf {
    fn clear(&mut self) {
        self.kept.clear();
        if let Some(estate) = self.estate.take() {
            unsafe { pg_sys::FreeExecutorState(estate) };
        }
    }

    unsafe fn lend_checks(&mut self, relation: *mut pg_sys::ResultRelInfo) {
        unsafe {
            let shape = (*(*relation).ri_RelationDesc).rd_att;
            let Some(constraints) = (*shape).constr.as_ref() else {
                return;
            };
            if constraints.num_check == 0
                || (*(*(*relation).ri_RelationDesc).rd_rel).relkind
                    == pg_sys::RELKIND_PARTITIONED_TABLE as i8
            {
                return;
            }
            let checks =
                slice::from_raw_parts(constraints.check, usize::from(constraints.num_check));
            let lent = pg_sys::palloc0(size_of_val(checks)).cast::<*mut pg_sys::ExprState>();
            for (number, check) in checks.iter().enumerate() {
                #[cfg(feature = "pg18")]
                if !check.ccenforced {
                    continue;
                }
                let run = self.prepared(Kind::Check, check.ccbin);
                lent.add(number).write(
                    run.unwrap_or_else(|| Kind::Check.runnable(Kind::Check.planned(check.ccbin))),
                );
            }
            #[cfg(not(feature = "pg18"))]
            {
                (*relation).ri_ConstraintExprs = lent;
            }
            #[cfg(feature = "pg18")]
            {
                (*relation).ri_CheckConstraintExprs = lent;
            }
        }
    }

    unsafe fn lend_clauses(&mut self, relation: *mut pg_sys::ResultRelInfo) {
        unsafe {
            let Some(all) = (*relation).ri_TrigDesc.as_ref() else {
                return;
            };
            let triggers = slice::from_raw_parts(all.triggers, all.numtriggers as usize);
            for (number, trigger) in triggers.iter().enumerate() {
                let on_insert = u32::from(trigger.tgtype as u16) & pg_sys::TRIGGER_TYPE_INSERT != 0;
                if on_insert && !trigger.tgqual.is_null() {
                    let run = self.prepared(Kind::When, trigger.tgqual);
                    let lent = (*relation).ri_TrigWhenExprs.add(number);
                    lent.write(run.unwrap_or(null_mut()));
                }
            }
        }
    }

    unsafe fn prepared(&mut self, kind: Kind, text: *mut c_char) -> Option<*mut pg_sys::ExprState> {
        unsafe {
            let user = pg_sys::GetUserId();
            let bytes = CStr::from_ptr(text).to_bytes();
            let found = self
                .kept
                .iter()
                .find(|kept| kept.kind == kind && kept.user == user && kept.text == bytes);
            if let Some(kept) = found {
                return kept.run;
            }
            let estate = self.estate();
            let caller = pg_sys::MemoryContextSwitchTo((*estate).es_query_cxt);
            let node = kind.planned(text);
            // As it was written, too: planning takes away a domain that is not restricted yet, and brings what functions are made of.
            let lasting = lasts(CStr::from_ptr(text))
                && lasts(CStr::from_ptr(pg_sys::nodeToString(node.cast())));
            let run = lasting.then(|| kind.runnable(node));
            pg_sys::MemoryContextSwitchTo(caller);
            self.kept.push(Kept {
                kind,
                user,
                text: bytes.to_vec(),
                run,
            });
            run
        }
    }

    unsafe fn estate(&mut self) -> *mut pg_sys::EState {
        *self.estate.get_or_insert_with(|| unsafe {
            let caller = pg_sys::MemoryContextSwitchTo(pg_sys::TopMemoryContext);
            let estate = pg_sys::CreateExecutorState();
            pg_sys::MemoryContextSwitchTo(caller);
            estate
        })
    }
}

#[cfg(feature = "pg18")]
unsafe fn has_virtual_columns(relation: *mut pg_sys::ResultRelInfo) -> bool {
    unsafe {
        let shape = (*(*relation).ri_RelationDesc).rd_att;
        let constraints = (*shape).constr.as_ref();
        constraints.is_some_and(|constraints| constraints.has_generated_virtual)
    }
}

fn watch() {
    if !WATCHING.swap(true, Relaxed) {
        let functions = pg_sys::SysCacheIdentifier::PROCOID as i32;
        let nothing = pg_sys::Datum::null();
        unsafe { pg_sys::CacheRegisterSyscacheCallback(functions, Some(changed), nothing) };
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn changed(_arg: pg_sys::Datum, _cache: i32, _hash: u32) {
    STALE.store(true, Relaxed);
}
