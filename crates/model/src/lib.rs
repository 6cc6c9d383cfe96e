//! What are the words of longplay?
//!
//! Every stage speaks with these types and hands files written in them to the
//! next:
//!
//! ```text
//!   TrackRecord ─ catalog ─► Candidate ─ plan ─► PlanRow ─ intake ─► Receipt
//!                                                                      │
//!                       IndexRecord ◄─ release ◄─ IndexRecord ◄─ store ┘
//! ```
//!
//! A value that exists is valid: constructors and `FromStr` are the only way
//! in, and deserialising goes through them.
//!
//! ```
//! use longplay_model::Isrc;
//! let isrc: Isrc = "gb-ayE-69-00531".parse().unwrap();
//! assert_eq!(isrc.to_string(), "GBAYE6900531");
//! ```
//!
//! This crate does no input or output, reads no clock and prints nothing.

mod digest;
mod event;
mod finding;
mod form;
pub mod fuzzing;
mod id;
mod index;
mod isrc;
mod matching;
mod monitor;
mod path;
mod plan;
mod receipt;
mod rights;
mod rights_choice;
mod rights_file;
mod size;
mod time;
mod track;

pub use {
    digest::{Digest, ParseDigestError},
    event::{Difference, Event, FixityMethod, JournalEntry, PathRange, Tally},
    finding::{Finding, FindingCode, Severity},
    form::{Codec, Form, ParseFormError},
    id::{Mbid, ParseIdError, RecordingId, TrackId},
    index::{IndexRecord, MemberKind},
    isrc::{Isrc, ParseIsrcError},
    matching::{How, Match, Matcher, Probe},
    monitor::{Monitor, Quiet, Silent, Unit},
    path::{PathError, PathTable, RelativePath, portable_component},
    plan::{
        Candidate, CandidateBatch, CandidateColumns, CandidateFile, Candidates, PlanBatch,
        PlanColumns, PlanMark, PlanRow, Reason,
    },
    receipt::{Cover, Receipt},
    rights::{Access, ParseAccessError, ParseRightsError, RightsStatement, RightsUri},
    rights_choice::{ChosenRights, MalformedRights, choose_rights},
    rights_file::{RightsFile, RightsRule, RightsRuleError, RuledRights},
    size::{ByteSize, ParseByteSizeError, grouped},
    time::{Clock, FixedClock, ParseTimeError, PartialDate, Timestamp},
    track::{ArtistCredit, CreditedArtist, TrackRecord},
};
