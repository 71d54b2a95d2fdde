//! One failure seals the module for all threads, and its report is the one that stands.
//!
//! Every thread writes its own report where no other does. The first to claim the module
//! copies it here, its message too: a thread's memory may go when the thread ends.

use crate::report::WORDS;
use crate::text::CAPACITY;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering};

/// 0 while the module is live, else the kind that sealed it.
#[no_mangle]
static __unpoison_rt_shared_state: AtomicU32 = AtomicU32::new(0);

/// How far the copy below got. Apart from the state, which seals at once: nobody may run
/// on while a report is copied.
static COPY: AtomicU32 = AtomicU32::new(NONE);
const NONE: u32 = 0;
const UNDER_WAY: u32 = 1;
const DONE: u32 = 2;

/// How often a thread looks whether another one is done with some thousand bytes. That
/// one may have been ended by its host in between, so not for ever.
const PATIENCE: u32 = 1 << 20;

struct Copy {
    words: [u32; WORDS],
    message: [u8; CAPACITY],
}

struct Shared(UnsafeCell<Copy>);

/// Written by the thread that claimed it, read when it is done.
unsafe impl Sync for Shared {}

static SHARED: Shared = Shared(UnsafeCell::new(Copy { words: [0; WORDS], message: [0; CAPACITY] }));

/// Seals the module, unless it is sealed; answers the kind that it is sealed with.
#[no_mangle]
extern "C" fn __unpoison_rt_claim(kind: u32, report: *const u32) -> u32 {
    let claimed = COPY.compare_exchange(NONE, UNDER_WAY, Ordering::AcqRel, Ordering::Acquire);
    if claimed.is_err() {
        // Whoever claims the copy seals next.
        wait_for(|| __unpoison_rt_shared_state.load(Ordering::Acquire) != 0);
    }
    // A host may have sealed already.
    let sealed = __unpoison_rt_shared_state.compare_exchange(
        0,
        kind,
        Ordering::AcqRel,
        Ordering::Acquire,
    );
    if claimed.is_ok() {
        copy(report);
        COPY.store(DONE, Ordering::Release);
    }
    match sealed {
        Ok(_) => kind,
        Err(first) => first,
    }
}

/// The report that sealed the module.
pub fn report() -> Option<*const u32> {
    if COPY.load(Ordering::Acquire) == NONE {
        return None;
    }
    wait_for(|| COPY.load(Ordering::Acquire) == DONE)
        .then(|| unsafe { (&raw const (*SHARED.0.get()).words).cast() })
}

/// Waits for what another thread does in a moment; says whether it did.
fn wait_for(done: impl Fn() -> bool) -> bool {
    (0..PATIENCE).any(|_| {
        core::hint::spin_loop();
        done()
    })
}

/// A report is 13 words, its message lies at word 3, with its length behind.
fn copy(report: *const u32) {
    if report.is_null() {
        return;
    }
    unsafe {
        let shared = SHARED.0.get();
        let words = (&raw mut (*shared).words).cast::<u32>();
        core::ptr::copy_nonoverlapping(report, words, WORDS);
        let length = (words.add(4).read() as usize).min(CAPACITY);
        if length != 0 {
            let message = (&raw mut (*shared).message).cast::<u8>();
            core::ptr::copy_nonoverlapping(words.add(3).read() as *const u8, message, length);
            words.add(3).write(message as u32);
            words.add(4).write(length as u32);
        }
    }
}
