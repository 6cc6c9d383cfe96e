use {
    crate::{arguments::Verify, pace::Timed, report::Report, session::Session},
    anyhow::Result,
    longplay_model::FindingCode,
    longplay_store::{FileState, TrancheReport, VerifyOptions, VerifyReport, verify},
};

pub fn run(session: &Session, arguments: &Verify) -> Result<()> {
    let home = session.write()?;
    home.check_journal(&session.watch)?;
    let options = VerifyOptions {
        share: arguments.share.map(|share| share.0),
        ..chosen(&arguments.tranches)
    };
    let rate = arguments.max_rate.map(|rate| rate.0);
    let pace = Timed::new(rate, arguments.max_duration, &session.watch);
    let verified = verify(&home, &options, &pace, &session.watch)?;
    home.record_all(verified.events(), session.clock())?;
    session.print(&report(&verified)?);
    Ok(())
}

/// The tranches that were named, or all.
pub fn chosen(names: &[String]) -> VerifyOptions {
    VerifyOptions {
        tranches: (!names.is_empty()).then(|| names.to_vec()),
        ..VerifyOptions::default()
    }
}

fn report(verified: &VerifyReport) -> Result<Report> {
    let tranches = &verified.tranches;
    let damaged: usize = tranches.iter().map(damaged).sum();
    let bytes = tranches.iter().map(|tranche| tranche.bytes_read).sum();
    let unread = verified.files_unread;
    let mut report = Report::new(verdict(verified))
        .count("tranches", tranches.len() as u64)
        .bytes("read_bytes", bytes);
    if unread > 0 {
        report = report.count("packs_left_for_another_time", unread);
    }
    let report = report
        .count("damaged_files", damaged as u64)
        .data("files", serde_json::to_value(unsound(verified))?);
    let mut findings = verified.findings();
    let is_disk_absent = findings.any(|finding| finding.code == FindingCode::S030);
    Ok(match verified.is_sound() {
        true => report,
        false if is_disk_absent => {
            report.closing("Next: bring the disk back, or longplay repair --lost-disk DIR")
        }
        false => report.closing("Next: longplay repair"),
    })
}

fn verdict(verified: &VerifyReport) -> &'static str {
    let is_part = verified.files_unread > 0;
    match verified.is_sound() {
        true if verified.tranches.is_empty() && is_part => {
            "Nothing was read: the time was over before."
        }
        true if verified.tranches.is_empty() => {
            "Nothing is sealed yet: there is nothing to verify."
        }
        true if is_part => "What was read is as it was sealed.",
        true => "Every byte is as it was sealed.",
        false => "Not everything is as it was sealed.",
    }
}

fn damaged(tranche: &TrancheReport) -> usize {
    tranche
        .files
        .iter()
        .filter(|file| is_unsound(&file.state))
        .count()
}

const fn is_unsound(state: &FileState) -> bool {
    use FileState::{Unexpected, Unread, Whole};
    !matches!(state, Whole | Unread | Unexpected)
}

/// Files that are not as they should be, by tranche, for JSON readers.
fn unsound(verified: &VerifyReport) -> Vec<serde_json::Value> {
    let tranches = verified.tranches.iter();
    tranches
        .flat_map(|tranche| {
            let files = tranche.files.iter().filter(|file| is_unsound(&file.state));
            files.map(|file| serde_json::json!({ "tranche": tranche.name, "file": file }))
        })
        .collect()
}
