//! The readers of bytes that lie on disk, for the fuzz targets in `fuzz/`:
//! whatever the bytes, none of these panics.

use {
    super::{file::Places, read::Segment, source::Tranche},
    crate::names::{TrancheKind, TrancheName},
    longplay_model::{Access, Digest, IndexRecord},
};

/// A segment that no list names.
///
/// # Panics
/// When a lookup gives what no block holds, or not all that blocks hold.
pub fn read_segment(bytes: &[u8]) {
    let Ok(segment) = Segment::alone(Places::memory(bytes.to_vec())) else {
        return;
    };
    let absent = segment.find(&Digest::of(bytes));
    assert!(absent.is_ok_and(|found| found.is_empty()) || segment.blocks() > 0);
    for number in 0..segment.blocks() {
        let Ok(block) = segment.block(number) else {
            continue;
        };
        for entry in block.entries() {
            let digest = entry.member().digest;
            if let Ok(found) = segment.find(&digest) {
                assert!(found.iter().all(|it| it.member().digest == digest));
            }
        }
    }
}

/// The index of a tranche, line by line.
///
/// # Panics
/// When a line is read otherwise than as the record that it is.
pub fn read_index(bytes: &[u8]) {
    let tranche = Tranche {
        name: TrancheName::new(1, TrancheKind::Audio, Access::Open),
        tagmanifest: Digest::of(b""),
    };
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let (Some(member), Ok(record)) = (
            tranche.member_of(line),
            serde_json::from_slice::<IndexRecord>(line),
        ) else {
            continue;
        };
        assert_eq!(member.digest, record.sha256);
        assert_eq!(
            (member.offset, member.length),
            (record.offset, record.length)
        );
        assert_eq!(tranche.name.pack(member.pack), record.pack);
    }
}
