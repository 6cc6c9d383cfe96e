//! How much a query may keep in memory, and where the rest goes.

use {
    datafusion::{
        common::Result,
        execution::{
            disk_manager::{DiskManagerBuilder, DiskManagerMode},
            memory_pool::FairSpillPool,
            runtime_env::{RuntimeEnv, RuntimeEnvBuilder},
        },
    },
    longplay_model::ByteSize,
    std::{path::Path, sync::Arc},
};

/// What files say of themselves is kept, so that they are opened once.
const OPEN_FILES: usize = 1 << 29;

pub(super) fn bounded(memory: ByteSize, spill: Option<&Path>) -> Result<Arc<RuntimeEnv>> {
    let mode = match spill {
        Some(folder) => DiskManagerMode::Directories(vec![folder.to_owned()]),
        None => DiskManagerMode::Disabled,
    };
    RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(bytes(memory))))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(mode))
        .with_metadata_cache_limit(OPEN_FILES)
        .build_arc()
}

/// What each thread keeps back to merge what it wrote.
pub(super) fn for_merging(memory: ByteSize) -> usize {
    (bytes(memory) / 16 / rayon::current_num_threads()).min(10 << 20)
}

fn bytes(memory: ByteSize) -> usize {
    usize::try_from(memory.0).unwrap_or(usize::MAX)
}
