//! Who wakes whom: a board in shared memory, written with atomics alone, so that a commit never waits for it.

use pgrx::prelude::*;
use pgrx::{PGRXSharedMemory, PgAtomic, pg_shmem_init};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::SeqCst};

/// Databases beyond these work too; their workers find out within a second instead of at once.
const SEATS: usize = 64;

/// What a database's worker is told, and by which latch it is woken.
#[derive(Default)]
struct Seat {
    database: AtomicU32,
    latch: AtomicUsize,
    asleep: AtomicBool,
    news: AtomicBool,
    work_wanted: AtomicBool,
}

/// What the launcher is told of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It has, or may have, the extension.
    Wanted = 1,
    /// Its worker has left: the extension is not there.
    Absent = 2,
    /// Its worker has left for a moment, and is to be started again.
    Returning = 3,
}

struct Board {
    launcher: AtomicUsize,
    /// How many launchers there have been.
    launches: AtomicU32,
    /// Notices, each a kind above a database oid; 0 is free.
    notices: [AtomicU64; SEATS],
    seats: [Seat; SEATS],
}

impl Default for Board {
    fn default() -> Self {
        Self {
            launcher: AtomicUsize::new(0),
            launches: AtomicU32::new(0),
            notices: [const { AtomicU64::new(0) }; SEATS],
            seats: std::array::from_fn(|_| Seat::default()),
        }
    }
}

unsafe impl PGRXSharedMemory for Board {}

static BOARD: PgAtomic<Board> = unsafe { PgAtomic::new(c"dify_observe board") };
/// Set in the postmaster and inherited: whether there is a board at all.
static SHARED: AtomicBool = AtomicBool::new(false);
/// Whether the running transaction wrote an event.
static WROTE: AtomicBool = AtomicBool::new(false);

pub fn share() {
    pg_shmem_init!(BOARD);
    SHARED.store(true, SeqCst);
}

pub fn register_callback() {
    unsafe { pg_sys::RegisterXactCallback(Some(at_end_of_transaction), std::ptr::null_mut()) };
}

/// The worker of this database is woken when the running transaction commits.
pub fn on_commit() {
    WROTE.store(true, SeqCst);
}

#[pg_guard]
unsafe extern "C-unwind" fn at_end_of_transaction(
    event: pg_sys::XactEvent::Type,
    _arg: *mut std::ffi::c_void,
) {
    use pg_sys::XactEvent::{XACT_EVENT_ABORT, XACT_EVENT_COMMIT, XACT_EVENT_PREPARE};
    // A prepared transaction commits elsewhere; the worker finds it within a second.
    if matches!(
        event,
        XACT_EVENT_COMMIT | XACT_EVENT_ABORT | XACT_EVENT_PREPARE
    ) && WROTE.swap(false, SeqCst)
        && event == XACT_EVENT_COMMIT
    {
        tell_worker(false);
    }
}

fn board() -> Option<&'static Board> {
    SHARED.load(SeqCst).then(|| BOARD.get())
}

fn my_database() -> u32 {
    unsafe { pg_sys::MyDatabaseId }.to_u32()
}

fn my_seat() -> Option<&'static Seat> {
    let database = my_database();
    board()?
        .seats
        .iter()
        .find(|seat| seat.database.load(SeqCst) == database)
}

/// Tells this database's worker of news, or the launcher where there is none. `work` asks for everything to be done now.
/// Whether a worker was there to be told.
pub fn tell_worker(work: bool) -> bool {
    let Some(seat) = my_seat() else {
        post(Notice::Wanted, my_database());
        return false;
    };
    seat.news.store(true, SeqCst);
    if work {
        seat.work_wanted.store(true, SeqCst);
    }
    if seat.asleep.swap(false, SeqCst) || work {
        set_latch(&seat.latch);
    }
    true
}

/// Leaves a notice for the launcher.
pub fn post(notice: Notice, database: u32) {
    let Some(board) = board() else { return };
    let text = (notice as u64) << 32 | u64::from(database);
    for place in &board.notices {
        match place.compare_exchange(0, text, SeqCst, SeqCst) {
            Ok(_) => break,
            Err(there) if there == text => return,
            Err(_) => (),
        }
    }
    set_latch(&board.launcher);
}

/// The notices that have been left, as kind and database.
pub fn take_notices() -> Vec<(Notice, u32)> {
    let Some(board) = board() else {
        return Vec::new();
    };
    let texts = board.notices.iter().map(|place| place.swap(0, SeqCst));
    texts
        .filter_map(|text| {
            let database = u32::try_from(text & u64::from(u32::MAX)).ok()?;
            let notice = match text >> 32 {
                1 => Notice::Wanted,
                2 => Notice::Absent,
                3 => Notice::Returning,
                _ => return None,
            };
            Some((notice, database))
        })
        .collect()
}

/// This process is the launcher.
pub fn be_launcher() {
    if let Some(board) = board() {
        board.launches.fetch_add(1, SeqCst);
        board
            .launcher
            .store(unsafe { pg_sys::MyLatch } as usize, SeqCst);
        unsafe { pg_sys::before_shmem_exit(Some(leave_launcher), pg_sys::Datum::null()) };
    }
}

/// Changes when another launcher begins, which knows nothing of the workers of the one before it.
pub fn launches() -> u32 {
    board().map_or(0, |board| board.launches.load(SeqCst))
}

/// This process is the worker of its database. The seat is given back when it ends, however it ends.
pub fn take_seat() {
    let Some(board) = board() else { return };
    let database = my_database();
    for seat in &board.seats {
        let free = seat.database.compare_exchange(0, database, SeqCst, SeqCst);
        if free.is_ok() {
            seat.latch
                .store(unsafe { pg_sys::MyLatch } as usize, SeqCst);
            seat.work_wanted.store(false, SeqCst);
            unsafe { pg_sys::before_shmem_exit(Some(leave_seat), pg_sys::Datum::null()) };
            return;
        }
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn leave_launcher(_code: i32, _arg: pg_sys::Datum) {
    if let Some(board) = board() {
        board.launcher.store(0, SeqCst);
    }
}

#[pg_guard]
unsafe extern "C-unwind" fn leave_seat(_code: i32, _arg: pg_sys::Datum) {
    if let Some(seat) = my_seat() {
        seat.database.store(0, SeqCst);
    }
}

/// The worker is about to wait. False when there is news: then it must not.
pub fn may_sleep() -> bool {
    let Some(seat) = my_seat() else { return true };
    seat.asleep.store(true, SeqCst);
    !seat.news.load(SeqCst)
}

/// The worker looks at everything anew: whether somebody asked for all work to be done now.
pub fn take_news() -> bool {
    let Some(seat) = my_seat() else { return false };
    seat.asleep.store(false, SeqCst);
    seat.news.store(false, SeqCst);
    seat.work_wanted.swap(false, SeqCst)
}

/// The latches of processes live as long as shared memory does: a latch of one that has ended is at worst a stranger's.
fn set_latch(latch: &AtomicUsize) {
    let latch = latch.load(SeqCst) as *mut pg_sys::Latch;
    if !latch.is_null() {
        unsafe { pg_sys::SetLatch(latch) };
    }
}
