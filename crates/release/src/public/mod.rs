//! What stands in the public folder, which any web server can serve as it is.
//!
//! ```text
//!   public/
//!   ├── index.html            for people
//!   ├── feed.atom             for feed readers (RFC 4287)
//!   ├── tranches.json         for programs: every tranche with its infohashes
//!   ├── map.jsonl             for programs: every item with pack and offset
//!   ├── 0002-audio-open -> ../tranches/0002-audio-open
//!   ├── 0002-audio-open.torrent
//!   ├── 0002-audio-open.proofs
//!   ├── 0002-audio-open-recovery -> …
//!   └── 0002-audio-open-recovery.torrent
//! ```

pub mod feed;
pub mod listing;
pub mod map;
pub mod page;
pub mod place;
pub mod proofs;
