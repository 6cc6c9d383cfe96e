//! Torrents: what a swarm agrees on.
//!
//! ```text
//!   files ─ hash_files ─► HashedFile ─ create ─► Metainfo ─ to_bytes ─► .torrent
//!                                                   ▲                      │
//!                                                   └────────── parse ─────┘
//! ```
//!
//! longplay makes hybrid torrents only: one folder, one set of files, a swarm
//! of v1 and a swarm of v2 (BEP 3, 47, 52). It never talks to a swarm itself.

mod check;
mod create;
mod hash;
mod infohash;
mod layer;
mod list;
mod magnet;
mod metainfo;
mod names;
mod parse;
mod refusal;
mod tree;

pub(crate) use layer::{piece_of_leaves, root_of_layer};

pub use {
    check::{Verdict, check},
    create::create,
    hash::{Broken, Hashed, HashedFile, Promise, Wanted, hash_files},
    infohash::{InfohashV1, ParseInfohashError},
    metainfo::{Around, EntryKind, FileEntry, Metainfo},
    parse::parse,
    refusal::TorrentError,
};
