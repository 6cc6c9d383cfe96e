//! What should a tranche be? Gathered from whatever is left of it.
//!
//! ```text
//!   leaf files ─┐                     ┌─ what each file should be
//!   kits       ─┤  votes, file        ├─ how packs form stripes
//!   manifests  ─┼─ by file ─► Facts ──┼─ texts of the small files
//!   journal    ─┘  (judge)            └─ which sources were not believed
//! ```
//!
//! Each source is checked by itself first: hashes of a leaf file lead to their
//! root, a kit has the digest that its trailer says, a manifest the digest
//! that its tag manifest says. Where sources disagree, the journal's digest of
//! the tag manifest decides; without it, the number of sources and of files on
//! disk that bear each of them out. So neither a kit of another tranche nor a
//! leftover of an older sealing is believed against the rest.

mod claims;
mod evidence;
mod judge;
pub(crate) mod kits;
pub(crate) mod known;
pub(crate) mod listing;
pub(crate) mod locate;
pub(crate) mod observe;
pub(crate) mod place;
mod recovery_texts;
pub(crate) mod runs;
pub(crate) mod sheets;
mod texts;
pub(crate) mod witness;

pub use judge::gather;
pub use {
    claims::{FileFact, Geometry, Promise, RecoveryFact, StripeFacts},
    judge::Facts,
    place::{Bag, Folders, Place},
    runs::Runs,
    texts::TextFact,
};
