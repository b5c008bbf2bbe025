//! The parts of Postgres' executor that route a row to its partition, as COPY and logical replication use them, and what of them differs between majors.

use pgrx::pg_sys;
use pgrx::pg_sys::ffi::pg_guard_ffi_boundary;
use std::ptr::null_mut;

use super::table::Row;

/// Only ever handled by Postgres.
#[repr(C)]
pub struct PartitionTupleRouting([u8; 0]);

// Not among the bindings. They raise errors: whoever calls them stands behind `pg_guard_ffi_boundary`.
unsafe extern "C-unwind" {
    fn ExecSetupPartitionTupleRouting(
        estate: *mut pg_sys::EState,
        root: pg_sys::Relation,
    ) -> *mut PartitionTupleRouting;
    fn ExecFindPartition(
        state: *mut pg_sys::ModifyTableState,
        root: *mut pg_sys::ResultRelInfo,
        routing: *mut PartitionTupleRouting,
        row: *mut pg_sys::TupleTableSlot,
        estate: *mut pg_sys::EState,
    ) -> *mut pg_sys::ResultRelInfo;
    fn ExecCleanupTupleRouting(
        state: *mut pg_sys::ModifyTableState,
        routing: *mut PartitionTupleRouting,
    );
    fn ExecComputeStoredGenerated(
        leaf: *mut pg_sys::ResultRelInfo,
        estate: *mut pg_sys::EState,
        row: *mut pg_sys::TupleTableSlot,
        command: pg_sys::CmdType::Type,
    );
    #[cfg(not(feature = "pg15"))]
    fn ExecGetRootToChildMap(
        leaf: *mut pg_sys::ResultRelInfo,
        estate: *mut pg_sys::EState,
    ) -> *mut pg_sys::TupleConversionMap;
}

/// What an INSERT into a partitioned table has open while it runs. All memory is the estate's; an error leaves it to the transaction's end, as with any statement.
pub struct Target {
    pub estate: *mut pg_sys::EState,
    pub root: *mut pg_sys::ResultRelInfo,
    state: *mut pg_sys::ModifyTableState,
    routing: *mut PartitionTupleRouting,
    slot: *mut pg_sys::TupleTableSlot,
}

impl Target {
    pub unsafe fn new(relation: pg_sys::Relation) -> Target {
        unsafe {
            let estate = pg_sys::CreateExecutorState();
            let caller = pg_sys::MemoryContextSwitchTo((*estate).es_query_cxt);
            (*estate).es_output_cid = pg_sys::GetCurrentCommandId(true);
            let root = node::<pg_sys::ResultRelInfo>(pg_sys::NodeTag::T_ResultRelInfo);
            list_in_range_table(estate, relation);
            pg_sys::InitResultRelInfo(root, relation, 1, null_mut(), 0);
            // Where its statement triggers look for it.
            let opened = (*estate).es_opened_result_relations;
            (*estate).es_opened_result_relations = pg_sys::lappend(opened, root.cast());
            let state = node::<pg_sys::ModifyTableState>(pg_sys::NodeTag::T_ModifyTableState);
            (*state).ps.state = estate;
            (*state).operation = pg_sys::CmdType::CMD_INSERT;
            (*state).resultRelInfo = root;
            (*state).rootResultRelInfo = root;
            let routing =
                pg_guard_ffi_boundary(|| ExecSetupPartitionTupleRouting(estate, relation));
            let (shape, kind) = ((*relation).rd_att, &raw const pg_sys::TTSOpsVirtual);
            let slot = pg_sys::ExecInitExtraTupleSlot(estate, shape, kind);
            pg_sys::MemoryContextSwitchTo(caller);
            Target {
                estate,
                root,
                state,
                routing,
                slot,
            }
        }
    }

    /// With its memory as the current one, as Postgres runs a statement.
    pub unsafe fn run<T>(&self, work: impl FnOnce(&Target) -> T) -> T {
        unsafe {
            let caller = pg_sys::MemoryContextSwitchTo((*self.estate).es_query_cxt);
            let result = work(self);
            pg_sys::MemoryContextSwitchTo(caller);
            result
        }
    }

    /// Until the next one.
    pub unsafe fn slot(&self, row: &Row) -> *mut pg_sys::TupleTableSlot {
        unsafe {
            pg_sys::MemoryContextReset((*per_tuple(self.estate)).ecxt_per_tuple_memory);
            let slot = self.slot;
            pg_sys::ExecClearTuple(slot);
            let (values, nulls) = (&row.values, &row.nulls);
            std::ptr::copy_nonoverlapping(values.as_ptr(), (*slot).tts_values, values.len());
            std::ptr::copy_nonoverlapping(nulls.as_ptr(), (*slot).tts_isnull, nulls.len());
            pg_sys::ExecStoreVirtualTuple(slot)
        }
    }

    pub unsafe fn leaf(&self, row: *mut pg_sys::TupleTableSlot) -> *mut pg_sys::ResultRelInfo {
        let (state, root, routing) = (self.state, self.root, self.routing);
        unsafe {
            pg_guard_ffi_boundary(|| ExecFindPartition(state, root, routing, row, self.estate))
        }
    }

    pub unsafe fn close(self) {
        unsafe {
            pg_sys::ExecResetTupleTable((*self.estate).es_tupleTable, false);
            pg_guard_ffi_boundary(|| ExecCleanupTupleRouting(self.state, self.routing));
            pg_sys::FreeExecutorState(self.estate);
        }
    }
}

unsafe fn node<T>(tag: pg_sys::NodeTag) -> *mut T {
    unsafe {
        let node: *mut T = pg_sys::palloc0(size_of::<T>()).cast();
        node.cast::<pg_sys::NodeTag>().write(tag);
        node
    }
}

/// Foreign tables look for it there, before they can be refused.
unsafe fn list_in_range_table(estate: *mut pg_sys::EState, relation: pg_sys::Relation) {
    unsafe {
        let entry = node::<pg_sys::RangeTblEntry>(pg_sys::NodeTag::T_RangeTblEntry);
        (*entry).rtekind = pg_sys::RTEKind::RTE_RELATION;
        (*entry).relid = (*relation).rd_id;
        (*entry).relkind = (*(*relation).rd_rel).relkind;
        (*entry).rellockmode = pg_sys::RowExclusiveLock as i32;
        #[cfg(not(feature = "pg15"))]
        let mut rights = null_mut();
        #[cfg(not(feature = "pg15"))]
        pg_sys::addRTEPermissionInfo(&raw mut rights, entry);
        pg_sys::ExecInitRangeTable(
            estate,
            pg_sys::lappend(null_mut(), entry.cast()),
            #[cfg(not(feature = "pg15"))]
            rights,
            #[cfg(feature = "pg18")]
            pg_sys::bms_make_singleton(1),
        );
    }
}

pub unsafe fn per_tuple(estate: *mut pg_sys::EState) -> *mut pg_sys::ExprContext {
    unsafe {
        let context = (*estate).es_per_tuple_exprcontext;
        if context.is_null() {
            pg_sys::MakePerTupleExprContext(estate)
        } else {
            context
        }
    }
}

/// A partition's columns may be in another order than the root's.
pub unsafe fn in_shape_of(
    leaf: *mut pg_sys::ResultRelInfo,
    row: *mut pg_sys::TupleTableSlot,
    #[cfg_attr(feature = "pg15", allow(unused_variables))] estate: *mut pg_sys::EState,
) -> *mut pg_sys::TupleTableSlot {
    unsafe {
        #[cfg(feature = "pg15")]
        let map = (*leaf).ri_RootToPartitionMap;
        #[cfg(not(feature = "pg15"))]
        let map = pg_guard_ffi_boundary(|| ExecGetRootToChildMap(leaf, estate));
        if map.is_null() {
            return row;
        }
        pg_sys::execute_attr_map_slot((*map).attrMap, row, (*leaf).ri_PartitionTupleSlot)
    }
}

pub unsafe fn generate_columns(
    leaf: *mut pg_sys::ResultRelInfo,
    row: *mut pg_sys::TupleTableSlot,
    estate: *mut pg_sys::EState,
) {
    let insert = pg_sys::CmdType::CMD_INSERT;
    unsafe { pg_guard_ffi_boundary(|| ExecComputeStoredGenerated(leaf, estate, row, insert)) };
}

/// Where a `conflict` can be told, a key that is there already is no error. Gives what deferred constraints look at again.
pub unsafe fn insert_index_tuples(
    leaf: *mut pg_sys::ResultRelInfo,
    row: *mut pg_sys::TupleTableSlot,
    estate: *mut pg_sys::EState,
    conflict: *mut bool,
) -> *mut pg_sys::List {
    unsafe {
        pg_sys::ExecInsertIndexTuples(
            leaf,
            row,
            estate,
            false,
            !conflict.is_null(),
            conflict,
            null_mut(),
            #[cfg(not(feature = "pg15"))]
            false,
        )
    }
}

/// Whether nothing with the same key is there, in any state.
pub unsafe fn is_free(
    leaf: *mut pg_sys::ResultRelInfo,
    row: *mut pg_sys::TupleTableSlot,
    estate: *mut pg_sys::EState,
    known: &mut pg_sys::ItemPointerData,
) -> bool {
    unsafe {
        #[cfg(feature = "pg18")]
        let mut nothing = pg_sys::ItemPointerData::default();
        pg_sys::ExecCheckIndexConstraints(
            leaf,
            row,
            estate,
            known,
            #[cfg(feature = "pg18")]
            &raw mut nothing,
            null_mut(),
        )
    }
}
