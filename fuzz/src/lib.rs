//! What the fuzz targets share: the rule for memory, and what holds for every mesh.
//!
//! The rule: whatever the bytes are, working on them never holds more than ten times their length
//! and 64 MiB, and takes no more than a second. The second is one of the processor: by the clock,
//! a busy machine would find fault with any input. What never ends meets the fuzzer's `-timeout`.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed},
};

use clovers::{Mesh, MeshFormat};
use rustix::time::{ClockId, clock_gettime};

/// Counts what is allocated.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn grow(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed) + bytes;
    PEAK.fetch_max(live, Relaxed);
}

fn shrink(bytes: usize) {
    LIVE.fetch_sub(bytes, Relaxed);
}

// SAFETY: all is done by the system's allocator, and nothing here allocates.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        shrink(layout.size());
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grow(size);
        shrink(layout.size());
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Runs a task on an input, and panics when it breaks the rule. Prints every record, by which
/// `scripts/fuzz.sh` tells the peak memory and the slowest input.
pub fn bounded(input: &[u8], task: impl FnOnce(&[u8])) {
    static MOST_MEMORY: AtomicUsize = AtomicUsize::new(0);
    static MOST_TIME: AtomicI64 = AtomicI64::new(0);

    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let start = processor_microseconds();
    task(input);
    let time = processor_microseconds() - start;
    let memory = PEAK.load(Relaxed) - before;

    let length = input.len();
    assert!(
        memory <= 10 * length + (64 << 20),
        "{memory} bytes of memory for an input of {length} bytes"
    );
    assert!(
        time <= 1_000_000,
        "{time} microseconds for an input of {length} bytes"
    );
    // A tenth more is a record: the first seconds would print a line for each input otherwise.
    if memory > MOST_MEMORY.load(Relaxed) * 11 / 10 {
        MOST_MEMORY.store(memory, Relaxed);
        eprintln!("most memory: {} KiB for {length} bytes", memory >> 10);
    }
    if time > MOST_TIME.load(Relaxed) * 11 / 10 {
        MOST_TIME.store(time, Relaxed);
        eprintln!("slowest: {} ms for {length} bytes", time / 1000);
    }
}

/// What all threads of the process have used.
fn processor_microseconds() -> i64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec * 1_000_000 + time.tv_nsec / 1000
}

/// Reads a mesh within bounds, and checks what holds for every mesh.
pub fn mesh(format: MeshFormat, input: &[u8]) {
    bounded(input, |input| match Mesh::parse(format, input) {
        Ok(mesh) => check(&mesh),
        Err(error) => assert!(!error.to_string().is_empty()),
    });
}

fn check(mesh: &Mesh) {
    assert!(mesh.triangle_count() > 0);
    let bounds = mesh.bounds();
    for corner in mesh.triangles().iter().flatten() {
        assert!(corner.is_finite());
        assert!(corner.cmpge(bounds.min).all() && corner.cmple(bounds.max).all());
    }
    let Some(appearance) = mesh.appearance() else {
        return;
    };
    // That the indices lead somewhere was checked by its constructor.
    for vertex in &appearance.vertices {
        let tangent = vertex.tangent.truncate();
        assert!(vertex.normal.is_normalized(), "{vertex:?}");
        assert!(tangent.is_normalized(), "{vertex:?}");
        assert!(vertex.normal.dot(tangent).abs() < 1e-4, "{vertex:?}");
        assert!(vertex.tangent.w.abs() == 1.0, "{vertex:?}");
        assert!(vertex.uv.iter().all(|uv| uv.is_finite()), "{vertex:?}");
    }
    for material in &appearance.materials {
        let within = |value: f32| (0.0..=1.0).contains(&value);
        assert!(material.base_color.into_iter().all(within), "{material:?}");
        assert!(
            within(material.metallic) && within(material.roughness),
            "{material:?}"
        );
        assert!(
            material
                .emissive
                .iter()
                .all(|&value| value >= 0.0 && value.is_finite()),
            "{material:?}"
        );
    }
}
